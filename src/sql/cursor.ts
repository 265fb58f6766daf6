import { hash } from 'node:crypto';
import { ApiError } from '../errors.ts';

/** The sort keys of a row, as text; null for a missing value. The last one is the id. */
export type SortKeys = readonly (string | null)[];

const checksum = (text: string): string => hash('sha256', text, 'base64url').slice(0, 11);

/** The text of INVALID_CURSOR: whose cursor it may be instead, and the next step. */
export interface CursorAdvice {
  owner: string;
  remedy: string;
}

const listAdvice: CursorAdvice = {
  owner: 'another query, whose filter, order or parent was different',
  remedy: 'Start again without a cursor.',
};

/** The advice for cursors of all logs of changes. */
export const changesAdvice: CursorAdvice = {
  owner: 'other changes, or to a list',
  remedy:
    'Send the next_cursor (GraphQL: endCursor) of the changes before, or now to begin at the end of the log; a revision is no cursor.',
};

/** INVALID_CURSOR, for a cursor that was changed or belongs to another query. */
export const invalidCursor = ({ owner, remedy } = listAdvice): ApiError =>
  new ApiError(
    'INVALID_CURSOR',
    `This cursor belongs to ${owner}, or it is not complete. ${remedy}`,
  );

/**
 * A position in a list. It contains the sort keys of a row, not a reference to it, so it never expires and outlives the
 * row. A checksum binds it to the identity of its query.
 */
export const encodeCursor = (identity: string, keys: SortKeys): string =>
  seal(identity, JSON.stringify(keys));

const seal = (identity: string, content: string): string =>
  `${checksum(identity + content)}.${Buffer.from(content).toString('base64url')}`;

/** Throws INVALID_CURSOR for a cursor that was changed or belongs to another query. */
export function decodeCursor(identity: string, cursor: string, advice?: CursorAdvice): SortKeys {
  const content = Buffer.from(cursor.slice(cursor.indexOf('.') + 1), 'base64url').toString();
  // The whole cursor is compared: base64 has several spellings for the same bytes.
  if (cursor !== seal(identity, content)) throw invalidCursor(advice);
  const keys: unknown = JSON.parse(content);
  if (!Array.isArray(keys) || keys.some((key) => key !== null && typeof key !== 'string'))
    throw invalidCursor(advice);
  return keys;
}
