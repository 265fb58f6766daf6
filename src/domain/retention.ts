import { Prisma } from '../generated/prisma/client.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { toText } from '../sql/decode.ts';

const { sql } = Prisma;

type Database = Pick<PrismaClient, '$rows' | '$executeRaw'>;

/** Rows of one deletion: few, so that it is short. A revision is deleted whole, whatever its size. */
const batchSize = 1000;
/** Boards of one statement. */
const boardsAtOnce = 100;

/**
 * Deletes the changes of all boards that were made before a time. Whole revisions, and never the newest of a board: so a
 * gap between a cursor and the first change after it shows that changes are missing. Returns the number of changes.
 */
export async function pruneChangeLogs(db: Database, before: Date): Promise<number> {
  let deleted = 0;
  for (let after: [string, string] | undefined = ['', '']; after !== undefined; ) {
    const boards = await boardsWithOlderChanges(db, { before, after });
    for (const [workspaceId, boardId] of boards)
      deleted += await pruneChangeLog(db, { workspaceId, boardId }, before);
    after = boards.length === boardsAtOnce ? boards.at(-1) : undefined;
  }
  return deleted;
}

async function boardsWithOlderChanges(
  db: Database,
  { before, after }: { before: Date; after: [string, string] },
): Promise<[string, string][]> {
  const rows = await db.$rows(sql`SELECT b.workspace_id, b.id FROM board b
    CROSS JOIN LATERAL (SELECT l.at, l.revision FROM board_change l
      WHERE l.workspace_id = b.workspace_id AND l.board_id = b.id ORDER BY l.revision, l.n LIMIT 1) oldest
    WHERE (b.workspace_id, b.id) > (${after[0]}, ${after[1]}) AND oldest.at < ${before} AND oldest.revision < b.revision
    ORDER BY b.workspace_id, b.id LIMIT ${boardsAtOnce}`);
  return rows.map(([workspaceId, id]) => [toText(workspaceId), toText(id)]);
}

async function pruneChangeLog(
  db: Database,
  { workspaceId, boardId }: { workspaceId: string; boardId: string },
  before: Date,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const count = await db.$executeRaw`
      WITH oldest AS (
        SELECT l.revision, l.at FROM board_change l
        WHERE l.workspace_id = ${workspaceId} AND l.board_id = ${boardId} AND l.revision < (
          SELECT b.revision FROM board b WHERE b.workspace_id = ${workspaceId} AND b.id = ${boardId})
        ORDER BY l.revision, l.n LIMIT ${batchSize}
      ), batch AS (
        -- The last revision of a full batch may go on after it.
        SELECT CASE WHEN (SELECT count(*) FROM oldest) < ${batchSize} THEN max(revision)
          ELSE greatest(min(revision), max(revision) - 1) END AS revision
        FROM oldest WHERE at < ${before}
      )
      DELETE FROM board_change l USING batch
      WHERE l.workspace_id = ${workspaceId} AND l.board_id = ${boardId} AND l.revision <= batch.revision`;
    deleted += count;
    if (count === 0) return deleted;
  }
}

/** Deletes the records of idempotency keys that are older than the 24 hours for which they count. */
export async function deleteOldIdempotencyRecords(db: Database): Promise<number> {
  let deleted = 0;
  for (;;) {
    const count = await db.$executeRaw`
      DELETE FROM idempotency_record WHERE (workspace_id, agent_id, key, part) IN (
        SELECT r.workspace_id, r.agent_id, r.key, r.part FROM workspace w
        CROSS JOIN LATERAL (SELECT * FROM idempotency_record k
          WHERE k.workspace_id = w.id AND k.created_at <= now() - interval '24 hours'
          ORDER BY k.created_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED) r
        LIMIT ${batchSize})`;
    deleted += count;
    if (count < batchSize) return deleted;
  }
}
