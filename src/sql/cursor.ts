import { createHash } from 'node:crypto';
import { ApiError } from '../errors.ts';

/** The sort keys of one row, as text; null where the row has none. The last one is the id. */
export type SortKeys = readonly (string | null)[];

const checksum = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 11);

export const invalidCursor = (): ApiError =>
  new ApiError(
    'INVALID_CURSOR',
    'This cursor was not given by this query: filter, order and place must be the same. Start again without a cursor.',
  );

/**
 * A place between two rows. It holds the keys of a row rather than the row, so it never expires and outlives
 * the row; the checksum binds it to the question that it was given for.
 */
export const encodeCursor = (question: string, keys: SortKeys): string =>
  seal(question, JSON.stringify(keys));

const seal = (question: string, content: string): string =>
  `${checksum(question + content)}.${Buffer.from(content).toString('base64url')}`;

/** Throws INVALID_CURSOR where the cursor was changed, or belongs to another question. */
export function decodeCursor(question: string, cursor: string): SortKeys {
  const content = Buffer.from(cursor.slice(cursor.indexOf('.') + 1), 'base64url').toString();
  // Compared whole: base64 has many spellings for the same bytes, and only one of them is ours.
  if (cursor !== seal(question, content)) throw invalidCursor();
  const keys: unknown = JSON.parse(content);
  if (!Array.isArray(keys) || keys.some((key) => key !== null && typeof key !== 'string'))
    throw invalidCursor();
  return keys;
}
