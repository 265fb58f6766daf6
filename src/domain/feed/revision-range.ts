import { invalid } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Reader } from '../../postgres/client.ts';
import { toText } from '../../sql/decode.ts';
import { textArrayParam, textParam } from '../../sql/generic-plan.ts';
import { cursorExpired, type LogEntry } from './log.ts';
import { decodePositions, type Position } from './position.ts';

const { sql } = Prisma;

/** The revisions that a log has. */
export interface RevisionRange {
  oldest: number;
  newest: number;
}

/** The ranges of logs by id; unknown ids are left out. */
export async function readRevisionRanges(
  db: Reader,
  workspaceId: string,
  logIds: readonly string[],
): Promise<Map<string, RevisionRange>> {
  const rows = await db.$rows(sql`SELECT b.id, b.revision, (
      SELECT l.revision FROM board_change l WHERE l.workspace_id = b.workspace_id AND l.board_id = b.id
      ORDER BY l.revision LIMIT 1)
    FROM board b WHERE b.workspace_id = ${textParam(workspaceId)} AND b.id = ANY(${textArrayParam(logIds)})
    UNION ALL SELECT '', w.contacts_revision, (
      SELECT l.revision FROM contact_change l WHERE l.workspace_id = w.id ORDER BY l.revision LIMIT 1)
    FROM workspace w WHERE w.id = ${textParam(workspaceId)} AND '' = ANY(${textArrayParam(logIds)})`);
  return new Map(
    rows.map(([id, newest, oldest]) => [
      toText(id),
      { newest: Number(newest), oldest: Number(oldest ?? newest) },
    ]),
  );
}

/** Throws CURSOR_EXPIRED, and VALIDATION_ERROR for a revision that the log does not have yet. */
export function checkPosition(
  logId: string,
  { revision }: Position,
  { oldest, newest }: RevisionRange,
): void {
  if (Number(revision) > newest)
    throw invalid(
      'revisions',
      `must not be newer than the boards: ${revision} of '${logId}', whose revision is ${newest}`,
    );
  if (Number(revision) + 1 < oldest) throw cursorExpired(logId);
}

/**
 * Throws CURSOR_EXPIRED where changes are missing between a cursor and the first change after it. Only for a whole log in
 * commit order: revisions have no gaps.
 */
export function checkNotExpired(
  logId: string,
  { after, last }: { after?: string | null | undefined; last?: number | null | undefined },
  first: LogEntry | undefined,
): void {
  if (after == null || last != null || first === undefined) return;
  const revision = Number(decodePositions([logId], after).get(logId)?.revision);
  if (first.revision > revision + 1) throw cursorExpired(logId);
}
