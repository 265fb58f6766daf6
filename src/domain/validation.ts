import { invalid } from '../errors.ts';
import { foldedName } from '../sql/fold.ts';

/** True for a text in which nothing can be seen. */
export const isBlank = (text: string): boolean => foldedName(text) === '';

/** Checks a text that people read: not empty, and at most `max` characters. Undefined passes. Throws VALIDATION_ERROR. */
export function checkText(
  field: string,
  text: string | null | undefined,
  { max, mayBeEmpty = false }: { max: number; mayBeEmpty?: boolean },
): void {
  if (text === undefined) return;
  if (text === null) throw invalid(field, 'must not be null; leave it out to keep it');
  if (!mayBeEmpty && isBlank(text)) throw invalid(field, 'must not be empty');
  // Code points, as PostgreSQL counts characters; `length` counts UTF-16 units.
  if (text.length > max && [...text].length > max) {
    throw invalid(field, `must not be longer than ${max} characters`);
  }
}

/**
 * Throws VALIDATION_ERROR for a null at any place of a filter, whose path is `field`. Read as no condition, it would widen
 * the filter to everything. Undefined is no condition.
 */
export function checkNoNull(field: string, filter: unknown): void {
  if (filter === null)
    throw invalid(
      field,
      'must not be null: leave it out for no condition, or use exists: false for what is missing',
    );
  if (typeof filter !== 'object') return;
  for (const [name, part] of Object.entries(filter)) checkNoNull(`${field}.${name}`, part);
}

/** The fields of an object that are neither undefined nor null. */
export function withoutNulls<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value != null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** True if a row has all these values already. */
export const isUnchanged = (row: object, data: object): boolean =>
  Object.entries(data).every(([key, value]) => row[key as keyof typeof row] === value);
