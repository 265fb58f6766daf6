import { parseInstant } from '../../../limits/iso-8601.ts';

/** The operand of a comparison with a value of an item. */
export type Operand = string | number | boolean;

/** The type as which a value and its operand are compared. */
export type ValueType = 'NUMBER' | 'DATE' | 'TEXT' | 'EMAIL' | 'PHONE';

const number = /^(-?)((?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/;
const maxLength = 300;

/** True for a number, and for a text that is one as in JSON, also with outer white space, `.5` and `5.`. */
export const isNumber = (operand: Operand): operand is string | number =>
  typeof operand === 'number' ||
  (typeof operand === 'string' && operand.length <= maxLength && number.test(operand.trim()));

/** True for the text of a date or a date-time, as `parseInstant` reads it. */
export const isInstant = (operand: Operand): operand is string =>
  typeof operand === 'string' && parseInstant(operand) !== undefined;

/** A number, or a text that is one, compares as a number; an RFC 3339 date as an instant; anything else as text. */
export const valueTypeOf = (operand: Operand): 'NUMBER' | 'DATE' | 'TEXT' =>
  isNumber(operand) ? 'NUMBER' : isInstant(operand) ? 'DATE' : 'TEXT';

const code = /^[+0]\d[\d ()-]*$/;
const beginsWithDate = /^(?:\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{8}T\d\d|\d{4}-?W\d\d)/i;
const namesMonth =
  /^(?:\d{1,2}(?:st|nd|rd|th)?[\s.,-]*)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.,-]*\d/i;
const notANumber = /^[+-]?(?:nan|inf|infinity|∞|0x[\da-f]+)$/i;
const currency =
  /^(?:usd|eur|gbp|jpy|cny|inr|idr|chf|aud|cad|rp|kr)\.?(?=\W*\d)|(?<=\d\W*)(?:usd|eur|gbp|jpy|cny|inr|idr|chf|aud|cad|kr|k|m|bn|e[+-]?\d+)\.?$/gi;

/**
 * True for a text that people take for a number or a date, and that is none: `$50000`, `1,000`, `50%`, `NaN`,
 * `20/03/2025`, `2025-02-29`, `2025-W12`. Codes and phone numbers, with a leading zero or plus, and times of day are texts.
 */
export function looksTyped(text: string): boolean {
  // Full-width digits and letters are those that they look like. To normalize a long text can take seconds.
  const trimmed = text.slice(0, maxLength).normalize('NFKC').trim();
  if (beginsWithDate.test(trimmed) || namesMonth.test(trimmed) || notANumber.test(trimmed))
    return true;
  const isText = code.test(trimmed) || /^\d{1,2}:\d\d/.test(trimmed) || !/\p{N}/u.test(trimmed);
  return !isText && !/\p{L}/u.test(trimmed.replace(currency, ''));
}

/** Exactly `units` / 10^`places`. */
export interface Decimal {
  units: bigint;
  places: number;
}

/** A number, or the text of one. */
export function toDecimal(operand: Operand): Decimal {
  const [, sign, digits = '', exponent = '0'] = number.exec(String(operand).trim()) ?? [];
  const [whole = '', fraction = ''] = digits.split('.');
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, places: fraction.length - Number(exponent) };
}

/** Seconds since 1970-01-01T00:00:00Z: of a bare date its first moment, and in `high` that of the next day. */
export function toSpan(operand: Operand): { low: Decimal; high?: Decimal | undefined } {
  const { seconds = 0, fraction = '', hasTime } = parseInstant(String(operand)) ?? {};
  const places = fraction.length;
  const low = { units: BigInt(seconds) * 10n ** BigInt(places) + BigInt(fraction), places };
  return hasTime === false ? { low, high: { units: low.units + 86_400n, places } } : { low };
}

/** Without an exponent, as PostgreSQL writes a number. */
export function plainText({ units, places }: Decimal): string {
  if (places <= 0) return String(units * 10n ** BigInt(-places));
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Negative if the first is less, 0 if they are equal. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const places = Math.max(a.places, b.places);
  const scaled = ({ units, places: from }: Decimal) => units * 10n ** BigInt(places - from);
  const difference = scaled(a) - scaled(b);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** An operand as text, as the database reads a JSON value as text. */
export const textOf = (operand: Operand): string =>
  typeof operand === 'number' ? plainText(toDecimal(operand)) : String(operand);

/** By code point, which is the order of UTF-8 bytes. */
export const compareTexts = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
