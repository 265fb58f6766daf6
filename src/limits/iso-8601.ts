/** A date, or a date with a time of day, as RFC 3339 writes it. */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  seconds: number;
  /** The digits of the rest of the second; empty for none. */
  fraction: string;
  /** False for a date alone, which is its midnight in UTC. */
  hasTime: boolean;
  /** False where neither `Z` nor an offset follows the time, which is then in UTC. */
  hasOffset: boolean;
}

const pattern =
  /^(?!0000)(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?([Zz]|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?$/;

const maxLength = 300;

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * Reads RFC 3339, with a space for the `T`, without seconds or offset, and with outer white space too, as the database's
 * value_instant does; undefined for any other text, and for days that do not exist.
 */
export function parseInstant(text: string): Instant | undefined {
  const parts = text.length > maxLength ? null : pattern.exec(text.trim());
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
    fraction: parts[7] ?? '',
    hasTime: parts[4] !== undefined,
    hasOffset: parts[8] !== undefined,
  };
}

/** An instant to the millisecond, which is what the database keeps of times. */
export const dateOf = ({ seconds, fraction }: Instant): Date =>
  new Date(seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0')));

/** A time as text: whole seconds where the fraction is zero, otherwise milliseconds. */
export function toIsoString(date: Date): string {
  const text = date.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

/** A bare date: its first moment, which as a bound means the whole day in UTC. */
export class WholeDay extends Date {
  /** The first moment of the next day. */
  get end(): Date {
    return new Date(this.getTime() + 86_400_000);
  }

  /** Without a time: the identity of a query must not equal that of its first moment. */
  override toJSON(): string {
    return this.toISOString().slice(0, 10);
  }
}
