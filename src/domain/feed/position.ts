import { invalid } from '../../errors.ts';
import { changesAdvice, decodeCursor, encodeCursor, invalidCursor } from '../../sql/cursor.ts';
import { changeCursorIdentity } from '../change-log.ts';
import { contactCursorIdentity, contactsLog } from '../contacts/contact-log.ts';

/** Instead of a cursor, the position at the end of the log. */
export const now = 'now';

/** A position in a log: after the change `n` of a revision. Both are numbers of up to 19 digits. */
export interface Position {
  revision: string;
  n: string;
}

/** The largest number of PostgreSQL's bigint: as `n`, the end of a revision. */
export const maxBigint = '9223372036854775807';

/** The position after all changes of a revision. */
export const endOfRevision = (revision: number | string): Position => ({
  revision: String(revision),
  n: maxBigint,
});

/**
 * A cursor of a feed of several boards has their positions in the order of their ids. That of one log is a cursor of
 * this log: `changes`, streams and both interfaces take the cursors of each other.
 */
function identityOf(logIds: readonly string[]): string {
  const [logId = '', ...others] = logIds;
  if (others.length > 0) return JSON.stringify(['changes', ...[...logIds].sort()]);
  return logId === contactsLog ? contactCursorIdentity() : changeCursorIdentity(logId);
}

/** The cursor of positions by log. */
export function encodePositions(positions: ReadonlyMap<string, Position>): string {
  const logIds = [...positions.keys()].sort();
  const keys = logIds.flatMap((id) => {
    const { revision = '', n = '' } = positions.get(id) ?? {};
    return [revision, n];
  });
  return encodeCursor(identityOf(logIds), keys);
}

/** True for a number that PostgreSQL's bigint can hold, and that is not negative. */
export const isBigint = (key: string | null): key is string =>
  key !== null && /^\d{1,19}$/.test(key) && BigInt(key) <= BigInt(maxBigint);

/** The positions of a cursor, by log. Throws INVALID_CURSOR for a cursor of other logs. */
export function decodePositions(logIds: readonly string[], cursor: string): Map<string, Position> {
  const keys = decodeCursor(identityOf(logIds), cursor, changesAdvice);
  const sorted = [...logIds].sort();
  if (keys.length !== sorted.length * 2 || !keys.every(isBigint))
    throw invalidCursor(changesAdvice);
  return new Map(
    sorted.map((id, n) => [id, { revision: keys[n * 2] ?? '', n: keys[n * 2 + 1] ?? '' }]),
  );
}

/** Throws VALIDATION_ERROR unless there is one revision for each board. */
export function checkRevisions(boardIds: readonly string[], revisions: readonly number[]): void {
  if (revisions.length !== boardIds.length)
    throw invalid(
      'revisions',
      `must be one for each of the ${boardIds.length} boards, not ${revisions.length}`,
    );
  for (const revision of revisions) {
    if (!Number.isSafeInteger(revision) || revision < 0)
      throw invalid('revisions', `must be revisions of boards, not ${revision}`);
  }
}

/** The cursor after a revision of one log. */
export const endOfLog = (logId: string, revision: number | bigint): string =>
  encodePositions(new Map([[logId, endOfRevision(String(revision))]]));
