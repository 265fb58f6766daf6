import { hash } from 'node:crypto';
import { ApiError } from '../errors.ts';

/** The sort keys of a row, as text; null for a missing value. The last one is the id. */
export type SortKeys = readonly (string | null)[];

const checksum = (text: string): string => hash('sha256', text, 'base64url').slice(0, 11);

const anotherQuery = 'another query, whose filter, order or parent was different';

/** INVALID_CURSOR, for a cursor that was changed or belongs to another query. */
export const invalidCursor = (owner = anotherQuery): ApiError =>
  new ApiError(
    'INVALID_CURSOR',
    `This cursor belongs to ${owner}, or it is not complete. Start again without a cursor.`,
  );

/**
 * A position in a list. It contains the sort keys of a row, not a reference to it, so it never expires and outlives the
 * row. A checksum binds it to the identity of its query.
 */
export const encodeCursor = (identity: string, keys: SortKeys): string =>
  seal(identity, JSON.stringify(keys));

const seal = (identity: string, content: string): string =>
  `${checksum(identity + content)}.${Buffer.from(content).toString('base64url')}`;

/** Throws INVALID_CURSOR for a cursor that was changed or belongs to another query; `owner` says to which kind of query. */
export function decodeCursor(identity: string, cursor: string, owner?: string): SortKeys {
  const content = Buffer.from(cursor.slice(cursor.indexOf('.') + 1), 'base64url').toString();
  // The whole cursor is compared: base64 has several spellings for the same bytes.
  if (cursor !== seal(identity, content)) throw invalidCursor(owner);
  const keys: unknown = JSON.parse(content);
  if (!Array.isArray(keys) || keys.some((key) => key !== null && typeof key !== 'string'))
    throw invalidCursor(owner);
  return keys;
}
