import { Prisma } from '../../generated/prisma/client.ts';
import type { Reader } from '../../postgres/client.ts';
import { toText } from '../../sql/decode.ts';
import { textArrayParam, textParam } from '../../sql/generic-plan.ts';
import { cursorExpired, cursorUnknown, type LogEntry, type LogKey } from './log.ts';
import { decodePositions, endOfRevision, maxBigint, type Position } from './position.ts';

const { sql } = Prisma;

/** The revisions that a log has. */
export interface RevisionRange {
  oldest: number;
  newest: number;
  /** False where the log has no change at the position that was asked about. */
  hasPosition: boolean;
}

export type RevisionRanges = ReadonlyMap<string, RevisionRange>;

/** The ranges of logs by id, each with a position that is asked about or without; unknown ids are left out. */
export async function readRevisionRanges(
  db: Reader,
  workspaceId: string,
  logs: readonly (readonly [logId: string, position?: Position | undefined])[],
): Promise<RevisionRanges> {
  const places = logs.map(([, position]) => position ?? endOfRevision(0));
  const workspace = textParam(workspaceId);
  const asked = sql`unnest(${textArrayParam(logs.map(([logId]) => logId))},
    ${textArrayParam(places.map(({ revision }) => revision))}::bigint[],
    ${textArrayParam(places.map(({ n }) => n))}::bigint[]) AS p (log_id, revision, n)`;
  const columns = (newest: Prisma.Sql, log: Prisma.Sql) => sql`p.log_id, ${newest},
    (SELECT l.revision FROM ${log} ORDER BY l.revision LIMIT 1),
    p.n = ${maxBigint}::bigint OR EXISTS (SELECT FROM ${log} AND l.revision = p.revision AND l.n = p.n)`;
  // Citus sends the statement to one worker only where each table has the workspace.
  const ofBoard = sql`board_change l WHERE l.workspace_id = ${workspace} AND l.board_id = b.id`;
  const ofContacts = sql`contact_change l WHERE l.workspace_id = ${workspace}`;
  const rows = await db.$rows(sql`SELECT ${columns(sql`b.revision`, ofBoard)}
    FROM ${asked} JOIN board b ON b.workspace_id = ${workspace} AND b.id = p.log_id
    UNION ALL SELECT ${columns(sql`w.contacts_revision`, ofContacts)}
    FROM ${asked} JOIN workspace w ON w.id = ${workspace} AND p.log_id = ''`);
  return new Map(
    rows.map(([id, newest, oldest, hasPosition]) => [
      toText(id),
      {
        newest: Number(newest),
        oldest: Number(oldest ?? newest),
        hasPosition: hasPosition === 't',
      },
    ]),
  );
}

/**
 * Throws CURSOR_EXPIRED where a log lacks changes after the position of a cursor, or never had the position: after its moment, a
 * restored backup has another history. Changes are known by their numbers, which are times; the end of a revision only where
 * it is later than the log.
 */
export function checkPosition(logId: string, position: Position, range: RevisionRange): void {
  if (isPrunedAfter(position, range.oldest)) throw cursorExpired(logId);
  if (!range.hasPosition || Number(position.revision) > range.newest) throw cursorUnknown(logId);
}

/**
 * True where changes after a position were pruned, by the oldest revision that is left. For a position inside a revision (`n` is
 * not its end), the rest of that revision must still exist too.
 */
export const isPrunedAfter = ({ revision, n }: Position, oldest: number): boolean =>
  Number(revision) + (n === maxBigint ? 1 : 0) < oldest;

/**
 * Throws CURSOR_EXPIRED like `checkPosition` for the cursor after which a page was read. Only for a whole log in commit
 * order. `first` is the first change of the page; `newest` the newest revision, where it is known.
 */
export async function checkCursor(
  db: Reader,
  { workspaceId, logId }: LogKey,
  {
    after,
    last,
    first,
    newest,
  }: {
    after?: string | null | undefined;
    last?: number | null | undefined;
    first: LogEntry | undefined;
    newest?: number | undefined;
  },
): Promise<void> {
  if (after == null || last != null) return;
  const position = decodePositions([logId], after).get(logId);
  const isEnd = first === undefined && Number(position?.revision) === newest;
  if (position === undefined || isEnd) return;
  const range = (await readRevisionRanges(db, workspaceId, [[logId, position]])).get(logId);
  if (range !== undefined) checkPosition(logId, position, range);
}
