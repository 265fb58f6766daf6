const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const days = 24 * hours;

/** Milliseconds between attempts; the last one repeats. */
const delays = [5 * seconds, 5 * minutes, 30 * minutes, 2 * hours, 5 * hours, 10 * hours];

/** An endpoint that has failed for this long is disabled, in milliseconds. */
export const disabledAfter = 5 * days;

/** Milliseconds until the next attempt, after `attempts` have failed: up to a fifth more, so that endpoints spread. */
export function retryDelay(attempts: number, retryAfter = 0): number {
  const delay = delays[Math.min(attempts, delays.length) - 1] ?? 0;
  return Math.round(Math.max(delay * (1 + Math.random() / 5), Math.min(retryAfter, 1 * days)));
}
