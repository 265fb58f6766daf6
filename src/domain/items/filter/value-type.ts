import { parseInstant } from '../../../limits/iso-8601.ts';

/** The operand of a comparison with a value of an item. */
export type Operand = string | number | boolean;

/** The type as which a value and its operand are compared. */
export type ValueType = 'NUMBER' | 'DATE' | 'TEXT';

const number = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/;

export const isNumber = (operand: Operand): boolean =>
  typeof operand === 'number' ||
  (typeof operand === 'string' && operand.length <= 300 && number.test(operand));

export const isInstant = (operand: Operand): boolean =>
  typeof operand === 'string' && parseInstant(operand) !== undefined;

/** A number, or a text that is one, compares as a number; an ISO 8601 date as an instant; anything else as text. */
export const valueTypeOf = (operand: Operand): ValueType =>
  isNumber(operand) ? 'NUMBER' : isInstant(operand) ? 'DATE' : 'TEXT';

/** Exactly `units` / 10^`places`. */
interface Decimal {
  units: bigint;
  places: number;
}

function toDecimal(text: string): Decimal {
  const [, sign, digits = '', exponent = '0'] = number.exec(text) ?? [];
  const [whole = '', fraction = ''] = digits.split('.');
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, places: fraction.length - Number(exponent) };
}

/** Seconds since 1970-01-01T00:00:00Z. */
function toSeconds(text: string): Decimal {
  const { seconds = 0, nanoseconds = 0 } = parseInstant(text) ?? {};
  return { units: BigInt(seconds) * 10n ** 9n + BigInt(nanoseconds), places: 9 };
}

/** A number as PostgreSQL writes it: without an exponent. */
function plainText(operand: Operand): string {
  if (typeof operand !== 'number') return String(operand);
  const { units, places } = toDecimal(String(operand));
  if (places <= 0) return String(units * 10n ** BigInt(-places));
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Compares two operands as a type that both have: negative if the first is less, 0 if they are equal. */
export function compareAs(type: ValueType, a: Operand, b: Operand): number {
  if (type === 'TEXT') {
    // The order of UTF-8 bytes is that of code points.
    return Buffer.compare(Buffer.from(plainText(a)), Buffer.from(plainText(b)));
  }
  const read = type === 'NUMBER' ? toDecimal : toSeconds;
  const [left, right] = [read(String(a)), read(String(b))];
  const places = Math.max(left.places, right.places);
  const scaled = ({ units, places: from }: Decimal) => units * 10n ** BigInt(places - from);
  const difference = scaled(left) - scaled(right);
  return difference < 0n ? -1 : Number(difference > 0n);
}
