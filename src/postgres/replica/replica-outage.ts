import type { AvailabilityListener } from '../availability.ts';

/** Milliseconds between two attempts with a replica that failed or did not catch up. Reads in between do not wait. */
const retryInterval = 100;
/** Milliseconds that the replica may be away until it is reported. */
const reportAfter = 1000;

/** When to try a replica that fails, and when to report it. */
export function trackOutage(listener: AvailabilityListener | undefined) {
  let since: number | undefined;
  let nextTry = 0;
  let isReported = false;
  return {
    mayTry(): boolean {
      if (since === undefined) return true;
      const now = performance.now();
      if (now < nextTry) return false;
      nextTry = now + retryInterval;
      return true;
    },
    fail(error: Error): void {
      const now = performance.now();
      since ??= now;
      nextTry = now + retryInterval;
      if (isReported || now - since < reportAfter) return;
      isReported = true;
      listener?.onUnavailable(error);
    },
    end(): void {
      if (isReported && since !== undefined)
        listener?.onAvailable(Math.round(performance.now() - since));
      since = undefined;
      isReported = false;
    },
  };
}
