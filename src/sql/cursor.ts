import { createHash, hash } from 'node:crypto';
import { ApiError } from '../errors.ts';

/** The sort keys of a row, as text; null for a missing value. The last one is the id. */
export type SortKeys = readonly (string | null)[];

/** Characters of an identity up to which hashing it for each cursor costs less than a copy of the state of a hash. */
const maxHashedLength = 1000;

/** Returns a function that computes the checksum of the identity and a content. A long identity is hashed once. */
function checksumsOf(identity: string): (content: string) => string {
  const digestOf = (content: string) => hash('sha256', identity + content, 'base64url');
  if (identity.length <= maxHashedLength) return (content) => digestOf(content).slice(0, 11);
  const hashed = createHash('sha256').update(identity);
  return (content) => hashed.copy().update(content).digest('base64url').slice(0, 11);
}

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
  seal(checksumsOf(identity), JSON.stringify(keys));

/**
 * Returns a function that encodes the cursors of one list as encodeCursor does. The identity is created at the first
 * cursor, and read no more after it: it may have a megabyte, and a response thousands of cursors.
 */
export function cursorEncoder(createIdentity: () => string): (keys: SortKeys) => string {
  let checksum: ReturnType<typeof checksumsOf> | undefined;
  return (keys) => {
    checksum ??= checksumsOf(createIdentity());
    return seal(checksum, JSON.stringify(keys));
  };
}

const seal = (checksum: (content: string) => string, content: string): string =>
  `${checksum(content)}.${Buffer.from(content).toString('base64url')}`;

/** Throws INVALID_CURSOR for a cursor that was changed or belongs to another query. */
export function decodeCursor(identity: string, cursor: string, advice?: CursorAdvice): SortKeys {
  const content = Buffer.from(cursor.slice(cursor.indexOf('.') + 1), 'base64url').toString();
  // The whole cursor is compared: base64 has several spellings for the same bytes.
  if (cursor !== seal(checksumsOf(identity), content)) throw invalidCursor(advice);
  const keys: unknown = JSON.parse(content);
  if (!Array.isArray(keys) || keys.some((key) => key !== null && typeof key !== 'string'))
    throw invalidCursor(advice);
  return keys;
}
