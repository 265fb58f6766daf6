import { invalid } from '../../../errors.ts';
import { isLonger } from '../../../sql/operand.ts';
import { indexedLength, indexPart } from '../../../sql/value-index.ts';
import { emailKey, phoneWords, uniquePhoneKey } from '../../readings.ts';
import { isBlank } from '../../validation.ts';
import { textOf } from '../filter/value-type.ts';
import type { Json, Values } from './values.ts';

/** How an upsert finds its item. */
export interface Match {
  /** The key of the value that the item has too. */
  matchOn: string;
  /** Compares the values as e-mail addresses or phone numbers, not as they are written. */
  as?: 'EMAIL' | 'PHONE' | null | undefined;
}

const maxMatch = 1000;

const keyed = {
  EMAIL: { keyOf: emailKey, words: 'an e-mail address, which has an @' },
  PHONE: {
    keyOf: uniquePhoneKey,
    words: phoneWords,
  },
};

/** The other form of a value: a number or boolean and the text that writes it the same way are equal. */
function otherFormOf(value: string | number | boolean): string | number | boolean {
  if (typeof value !== 'string') return String(value);
  if (value === 'true' || value === 'false') return value === 'true';
  return Number.isFinite(Number(value)) && String(Number(value)) === value ? Number(value) : value;
}

/** Filters and orders name a key with its path, as in `values.ext_id`. */
const hintOf = (key: string): string =>
  key.startsWith('values.')
    ? `; did you mean ${key.slice('values.'.length)}, without 'values.'?`
    : '';

function scalarOf(key: string, value: Json | undefined): string | number | boolean {
  const isScalar =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  // A cell that looks empty would make one item of all rows that have it.
  if (!isScalar || (typeof value === 'string' && !isLonger(value, maxMatch) && isBlank(value)))
    throw invalid(
      'values',
      `must have the key '${key}' to match on, with a text, a number or a boolean${hintOf(key)}`,
    );
  return value;
}

function keyOf(matchOn: string, as: 'EMAIL' | 'PHONE', value: string | number | boolean): string {
  const text = textOf(value);
  if (isLonger(text, indexedLength))
    throw invalid(
      `values.${matchOn}`,
      `cannot match as ${as} on a text of over ${indexedLength} characters`,
    );
  const key = keyed[as].keyOf(text);
  if (key === undefined)
    throw invalid(`values.${matchOn}`, `is '${text}', but must be ${keyed[as].words}`);
  return key;
}

/**
 * A search of the database: the two forms of a value, or the key of an e-mail address or a phone number. Throws
 * VALIDATION_ERROR.
 */
export function encodeMatch({ matchOn, as }: Match, values: Values | null | undefined): object {
  const value = scalarOf(matchOn, values?.[matchOn]);
  if (indexPart({ key: matchOn }) === undefined)
    throw invalid(`values.${matchOn}`, 'cannot match on a key of over 200 bytes');
  if (as != null) return { as, key: matchOn, value: keyOf(matchOn, as, value) };
  if (String(value).length > maxMatch)
    throw invalid('values', `must not match on a text longer than ${maxMatch} characters`);
  return [{ [matchOn]: value }, { [matchOn]: otherFormOf(value) }];
}

const lastDigits = 7;

/** Equal for values that may match each other: of phone numbers it has the last digits only. */
export function nameOfMatch({ matchOn, as }: Match, values: Values): string {
  const text = textOf(values[matchOn] as string | number | boolean);
  const key = as == null ? text : (keyed[as].keyOf(text) ?? text);
  return JSON.stringify([matchOn, as, as === 'PHONE' ? key.slice(-lastDigits) : key]);
}
