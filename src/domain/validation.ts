import { invalid } from '../errors.ts';

/** A text that people see: neither empty nor longer than `max` characters. Null is refused, undefined passes. */
export function checkText(
  field: string,
  text: string | null | undefined,
  { max, mayBeEmpty = false }: { max: number; mayBeEmpty?: boolean },
): void {
  if (text === undefined) return;
  if (text === null) throw invalid(field, 'must not be null; leave it out to keep it');
  if (!mayBeEmpty && text.trim() === '') throw invalid(field, 'must not be empty');
  // Characters as people count them: a 4-byte one is one.
  if (text.length > max && [...text].length > max) {
    throw invalid(field, `must not be longer than ${max} characters`);
  }
}

/** What was given of an object: without the keys that are undefined or null. */
export function withoutNulls<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value != null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** Whether a row says all of that already. */
export const isUnchanged = (row: object, data: object): boolean =>
  Object.entries(data).every(([key, value]) => row[key as keyof typeof row] === value);
