import {
  checkRevisions,
  decodePositions,
  endOfRevision,
  now,
  type Position,
} from '../domain/feed/position.ts';
import { checkPosition, readRevisionRanges } from '../domain/feed/revision-range.ts';
import type { ItemFilter } from '../domain/items/filter/filter.ts';
import { boardNotFound } from '../domain/not-found.ts';
import { invalid } from '../errors.ts';
import type { Reader } from '../postgres/client.ts';

const maxBoards = 50;

/** The boards that a stream follows, and where it begins: after a cursor, after revisions, or now. */
export interface ChangeStreamArgs {
  boardIds: readonly string[];
  after?: string | null | undefined;
  revisions?: readonly number[] | null | undefined;
  filter?: ItemFilter | null | undefined;
}

/** True for a stream that begins at the end of its logs. */
export const isNow = (after: string | null | undefined): after is typeof now | null | undefined =>
  after == null || after === now;

/**
 * The positions at which a stream begins, by log. Throws VALIDATION_ERROR, BOARD_NOT_FOUND, INVALID_CURSOR, and
 * CURSOR_EXPIRED where a log does not reach back that far.
 */
export async function readStart(
  db: Reader,
  workspaceId: string,
  { boardIds, after, revisions }: ChangeStreamArgs,
): Promise<Map<string, Position>> {
  if (boardIds.length < 1 || boardIds.length > maxBoards)
    throw invalid('boardIds', `must be 1 to ${maxBoards}, not ${boardIds.length}`);
  if (new Set(boardIds).size < boardIds.length)
    throw invalid('boardIds', 'must not have a board twice');
  const positions = isNow(after) ? undefined : decodePositions(boardIds, after);
  if (revisions != null) checkRevisions(boardIds, revisions);
  const ranges = await readRevisionRanges(
    db,
    workspaceId,
    boardIds.map((id) => [id, positions?.get(id)] as const),
  );
  const starts = boardIds.map((boardId, n): [string, Position] => {
    const range = ranges.get(boardId);
    if (range === undefined) throw boardNotFound(boardId, 'boardIds');
    const revision = revisions?.[n] ?? range.newest;
    if (revision > range.newest)
      throw invalid(
        'revisions',
        `must not be newer than the boards: ${revision} of '${boardId}', whose revision is ${range.newest}`,
      );
    const start = positions?.get(boardId) ?? endOfRevision(revision);
    checkPosition(boardId, start, range);
    return [boardId, start];
  });
  return new Map(starts);
}
