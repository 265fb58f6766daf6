import { ApiError, invalid } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Reader } from '../../postgres/client.ts';
import { toText } from '../../sql/decode.ts';
import { textArrayParam, textParam } from '../../sql/generic-plan.ts';
import type { Change, ChangeParent } from '../change-log.ts';
import { decodePositions, type Position } from './position.ts';

const { sql } = Prisma;

/** The revisions that the log of a board has. */
export interface RevisionRange {
  oldest: number;
  /** The revision of the board. */
  newest: number;
}

/** The ranges of boards by id; unknown ids are left out. */
export async function readRevisionRanges(
  db: Reader,
  workspaceId: string,
  boardIds: readonly string[],
): Promise<Map<string, RevisionRange>> {
  const rows = await db.$rows(sql`SELECT b.id, b.revision, (
      SELECT l.revision FROM board_change l WHERE l.workspace_id = b.workspace_id AND l.board_id = b.id
      ORDER BY l.revision LIMIT 1)
    FROM board b WHERE b.workspace_id = ${textParam(workspaceId)} AND b.id = ANY(${textArrayParam(boardIds)})`);
  return new Map(
    rows.map(([id, newest, oldest]) => [
      toText(id),
      { newest: Number(newest), oldest: Number(oldest ?? newest) },
    ]),
  );
}

export const cursorExpired = (boardId: string): ApiError =>
  new ApiError(
    'CURSOR_EXPIRED',
    `The log of board '${boardId}' no longer has all changes after this position. Read the board again, and continue from its revision.`,
  );

/** Throws CURSOR_EXPIRED, and VALIDATION_ERROR for a revision that the board does not have yet. */
export function checkPosition(
  boardId: string,
  { revision }: Position,
  { oldest, newest }: RevisionRange,
): void {
  if (Number(revision) > newest)
    throw invalid(
      'revisions',
      `must not be newer than the boards: ${revision} of '${boardId}', whose revision is ${newest}`,
    );
  if (Number(revision) + 1 < oldest) throw cursorExpired(boardId);
}

/**
 * Throws CURSOR_EXPIRED where changes are missing between a cursor and the first change after it. Only for the whole log
 * of a board in commit order: revisions have no gaps.
 */
export function checkNotExpired(
  { boardId, subjectId }: ChangeParent,
  { after, last }: { after?: string | null | undefined; last?: number | null | undefined },
  first: Change | undefined,
): void {
  if (after == null || last != null || subjectId !== undefined || first === undefined) return;
  const revision = Number(decodePositions([boardId], after).get(boardId)?.revision);
  if (first.revision > revision + 1) throw cursorExpired(boardId);
}
