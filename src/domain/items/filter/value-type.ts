/** What a value is compared with. */
export type Operand = string | number | boolean;

/** How a value and its operand are read. */
export type ValueType = 'NUMBER' | 'DATE' | 'TEXT';

const number = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/;
const instant =
  /^(?!0000)(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?$/;

export const isNumber = (operand: Operand): boolean =>
  typeof operand === 'number' ||
  (typeof operand === 'string' && operand.length <= 300 && number.test(operand));

export function isInstant(operand: Operand): boolean {
  const part = typeof operand === 'string' ? instant.exec(operand) : null;
  if (part === null) return false;
  const [, year, month, day] = part.map(Number);
  return new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate() >= (day ?? 0);
}

/** The rule: a number, or a text that is one, compares as number; an ISO 8601 date as instant; else text. */
export const valueTypeOf = (operand: Operand): ValueType =>
  isNumber(operand) ? 'NUMBER' : isInstant(operand) ? 'DATE' : 'TEXT';

/** Exactly `units` / 10^`places`. */
interface Decimal {
  units: bigint;
  places: number;
}

function decimalOf(text: string): Decimal {
  const [, sign, digits = '', exponent = '0'] = number.exec(text) ?? [];
  const [whole = '', fraction = ''] = digits.split('.');
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, places: fraction.length - Number(exponent) };
}

/** Nanoseconds since 1970-01-01T00:00:00Z. */
function nanosecondsOf(text: string): Decimal {
  const [, year, month, day, hour, minute, second, fraction, sign, hours, minutes] =
    instant.exec(text) ?? [];
  const midnight = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const [own, away] = [Number(hour ?? 0) * 60, Number(hours ?? 0) * 60 + Number(minutes ?? 0)];
  const time = own + Number(minute ?? 0) - (sign === '-' ? -away : away);
  const seconds = midnight / 1000 + time * 60 + Number(second ?? 0);
  const units = BigInt(seconds) * 10n ** 9n + BigInt((fraction ?? '').padEnd(9, '0'));
  return { units, places: 0 };
}

/** A number as PostgreSQL writes it: without an exponent. */
function plainText(operand: Operand): string {
  if (typeof operand !== 'number') return String(operand);
  const { units, places } = decimalOf(String(operand));
  if (places <= 0) return String(units * 10n ** BigInt(-places));
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Negative where the first operand comes first, in a reading that both have; 0 where they are equal. */
export function compareAs(reading: ValueType, one: Operand, other: Operand): number {
  if (reading === 'TEXT') {
    // Bytes of UTF-8 sort as code points do.
    return Buffer.compare(Buffer.from(plainText(one)), Buffer.from(plainText(other)));
  }
  const read = reading === 'NUMBER' ? decimalOf : nanosecondsOf;
  const [left, right] = [read(String(one)), read(String(other))];
  const places = Math.max(left.places, right.places);
  const [a, b] = [left, right].map(({ units, places: own }) => units * 10n ** BigInt(places - own));
  return (a ?? 0n) < (b ?? 0n) ? -1 : Number(a !== b);
}
