/** A date, or a date with a time of day, as ISO 8601 writes it. */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  seconds: number;
  /** The rest of the second, 0 to 999,999,999. */
  nanoseconds: number;
  /** False for a date alone, which is its midnight in UTC. */
  hasTime: boolean;
  /** False where neither `Z` nor an offset follows the time, which is then in UTC. */
  hasOffset: boolean;
}

const pattern =
  /^(?!0000)(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?$/;

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Reads ISO 8601 as the database's value_instant does; undefined for any other text, and for days that do not exist. */
export function parseInstant(text: string): Instant | undefined {
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const number = (n: number): number => Number(parts[n] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  if (day > daysIn(year, month)) return undefined;
  const offset = (parts[9] === '-' ? -1 : 1) * (number(10) * 60 + number(11));
  const minutes = number(4) * 60 + number(5) - offset;
  // Date.UTC would make the years 1 to 99 those of the 20th century.
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day) / 1000;
  return {
    seconds: midnight + minutes * 60 + number(6),
    nanoseconds: Number((parts[7] ?? '').padEnd(9, '0')),
    hasTime: parts[4] !== undefined,
    hasOffset: parts[8] !== undefined,
  };
}

/** An instant to the millisecond, which is what the database keeps of times. */
export const dateOf = ({ seconds, nanoseconds }: Instant): Date =>
  new Date(seconds * 1000 + Math.floor(nanoseconds / 1_000_000));

/** A time as text: whole seconds where the fraction is zero, otherwise milliseconds. */
export function toIsoString(date: Date): string {
  const text = date.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}
