import { invalid } from '../../errors.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '../../sql/cursor.ts';
import { changeCursorIdentity } from '../change-log.ts';

/** A position in the log of a board: after the change `n` of a revision. Both are numbers of up to 19 digits. */
export interface Position {
  revision: string;
  n: string;
}

/** The position after all changes of a revision. */
export const endOfRevision = (revision: number | string): Position => ({
  revision: String(revision),
  n: '9223372036854775807',
});

/**
 * A cursor of a feed of several boards has their positions in the order of their ids. That of one board is a cursor of
 * its log: `changes`, streams and both interfaces take the cursors of each other.
 */
const identityOf = (boardIds: readonly string[]): string =>
  boardIds.length === 1 && boardIds[0] !== undefined
    ? changeCursorIdentity(boardIds[0])
    : JSON.stringify(['changes', ...[...boardIds].sort()]);

export function encodePositions(positions: ReadonlyMap<string, Position>): string {
  const boardIds = [...positions.keys()].sort();
  const keys = boardIds.flatMap((id) => {
    const { revision = '', n = '' } = positions.get(id) ?? {};
    return [revision, n];
  });
  return encodeCursor(identityOf(boardIds), keys);
}

/** Throws INVALID_CURSOR for a cursor of other boards. */
export function decodePositions(
  boardIds: readonly string[],
  cursor: string,
): Map<string, Position> {
  const keys = decodeCursor(identityOf(boardIds), cursor);
  const sorted = [...boardIds].sort();
  if (keys.length !== sorted.length * 2 || keys.some((key) => !/^\d{1,19}$/.test(key ?? '')))
    throw invalidCursor();
  return new Map(
    sorted.map((id, board) => [
      id,
      { revision: keys[board * 2] ?? '', n: keys[board * 2 + 1] ?? '' },
    ]),
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
