import type { Json } from '../../../src/domain/items/write/values.ts';
import { type Decimal, isDigits, parseDecimal, plainText } from './decimal.ts';
import { parseInstant } from './instant.ts';
import type { ValueType } from './query.ts';

export type Comparable = Decimal | string;

export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return undefined;
  return plainText(parseDecimal(String(value)) ?? { units: 0n, places: 0 });
}

/** Caches the results of a pure function: the queries repeat a few texts thousands of times. */
export function memoize<In, Out>(run: (input: In) => Out): (input: In) => Out {
  const results = new Map<In, Out>();
  return (input) => {
    if (!results.has(input)) results.set(input, run(input));
    return results.get(input) as Out;
  };
}

/** An e-mail address without case and outer white space, of at most 200 characters; undefined for a text without @. */
function emailOf(value: Json | undefined): string | undefined {
  const text = textOf(value);
  const cut = text === undefined ? '' : [...text].slice(0, 200).join('').trim();
  return cut.includes('@') ? cut.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : undefined;
}

/** The digits of a phone number without an extension; undefined for a text with letters or fewer than 7 digits. */
function phoneOf(value: Json | undefined): string | undefined {
  const text = textOf(value) ?? '';
  if ([...text].length > 200) return undefined;
  // NFKD has the digits of full width.
  const ascii = [...text].map((char) =>
    /[\uff10-\uff19]/.test(char) ? char.normalize('NFKD') : char,
  );
  const number = ascii.map(arabicDigit).join('').split('(0)').join('');
  const [, main] =
    /^(.*?)[ ,;]*(?:x|ext\.|ext|extension|[#,;])[ .:=]*\d{1,6} *$/is.exec(number) ?? [];
  return significantDigits(main ?? '') ?? significantDigits(number);
}

const arabicDigit = (char: string): string =>
  char >= '\u0660' && char <= '\u0669' ? String(char.charCodeAt(0) - 0x660) : char;

function significantDigits(text: string): string | undefined {
  const digits = [...text].filter(isDigits).join('');
  const significant = digits.slice([...digits, '1'].findIndex((digit) => digit !== '0'));
  const hasLetters = [...text].some((char) => /[a-z@]/i.test(char));
  return hasLetters || significant.length < 7 ? undefined : significant;
}

/** A value as a type; undefined where it does not parse. Objects, arrays and null have no type. */
export const readAs = (value: Json | undefined, as: ValueType): Comparable | undefined =>
  parsers[as](value);

const parsers = {
  NUMBER: memoize((value: Json | undefined) => parse(value, 'NUMBER')),
  DATE: memoize((value: Json | undefined) => parse(value, 'DATE')),
  TEXT: textOf,
  EMAIL: memoize(emailOf),
  PHONE: memoize(phoneOf),
};

function parse(value: Json | undefined, as: 'NUMBER' | 'DATE'): Comparable | undefined {
  if (as === 'NUMBER' && typeof value === 'number') return parseDecimal(String(value));
  if (typeof value !== 'string') return undefined;
  return as === 'NUMBER' ? parseDecimal(value) : parseInstant(value);
}

export const valueTypes = ['NUMBER', 'DATE', 'TEXT'] as const;
export const keyTypes = ['EMAIL', 'PHONE'] as const;

/** The first type that a value parses as: the rule for operands, and the groups of the default value order. */
export const valueTypeOf = (value: Json | undefined): (typeof valueTypes)[number] | undefined =>
  valueTypes.find((as) => readAs(value, as) !== undefined);

/** By code point, as UTF-8 bytes sort; UTF-16 code units would not. */
const compareTexts = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));

export function compareValues(a: Comparable, b: Comparable): number {
  if (typeof a === 'string' || typeof b === 'string') return compareTexts(String(a), String(b));
  const places = Math.max(a.places, b.places);
  const [left, right] = [a, b].map((one) => one.units * 10n ** BigInt(places - one.places));
  if (left === undefined || right === undefined || left === right) return 0;
  return left < right ? -1 : 1;
}
