import { invalid } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Reader } from '../../postgres/client.ts';
import { toText } from '../../sql/decode.ts';
import { textArrayParam, textParam } from '../../sql/generic-plan.ts';
import { cursorExpired, type LogEntry, type LogKey } from './log.ts';
import { decodePositions, maxBigint, type Position } from './position.ts';

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
  { revision, n }: Position,
  { oldest, newest }: RevisionRange,
): void {
  if (Number(revision) > newest)
    throw invalid(
      'revisions',
      `must not be newer than the boards: ${revision} of '${logId}', whose revision is ${newest}`,
    );
  if (isExpired({ revision, n }, oldest)) throw cursorExpired(logId);
}

/**
 * True where changes after a position were pruned, by the oldest revision that is left. Within a revision, the rest of it may
 * be one of them.
 */
export const isExpired = ({ revision, n }: Position, oldest: number): boolean =>
  Number(revision) + (n === maxBigint ? 1 : 0) < oldest;

/**
 * Throws CURSOR_EXPIRED where changes are missing between a cursor and the first change after it. Only for a whole log in
 * commit order: revisions have no gaps, so a first change of the same revision shows that there are none.
 */
export async function checkNotExpired(
  db: Reader,
  { workspaceId, logId }: LogKey,
  {
    after,
    last,
    first,
  }: {
    after?: string | null | undefined;
    last?: number | null | undefined;
    first: LogEntry | undefined;
  },
): Promise<void> {
  if (after == null || last != null || first === undefined) return;
  const position = decodePositions([logId], after).get(logId);
  if (position === undefined || first.revision === Number(position.revision)) return;
  const range = (await readRevisionRanges(db, workspaceId, [logId])).get(logId);
  if (range !== undefined && isExpired(position, range.oldest)) throw cursorExpired(logId);
}
