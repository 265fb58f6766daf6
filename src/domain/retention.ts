import { Prisma } from '../generated/prisma/client.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { toText } from '../sql/decode.ts';
import { contactsLog } from './contacts/contact-log.ts';
import { type LogKey, logOf } from './feed/log.ts';

const { sql } = Prisma;

type Database = Pick<PrismaClient, '$rows' | '$executeRaw'>;

/** Rows of one deletion: few, so that it is short. A revision is deleted whole, whatever its size. */
const batchSize = 1000;
/** Logs or workspaces of one statement. */
const atOnce = 100;

/**
 * Deletes the changes of all boards and contacts that were made before a time. Whole revisions, and never the newest of a
 * log: so a gap between a cursor and the first change after it shows that changes are missing. The newest of the old revisions
 * is kept too: a cursor at its last change stays valid until the next revision is old. Returns the number of changes.
 */
export async function pruneChangeLogs(db: Database, before: Date): Promise<number> {
  let deleted = 0;
  for (let after: LogKey | undefined = { workspaceId: '', logId: '' }; after !== undefined; ) {
    const logs = await logsWithOlderChanges(db, { before, after });
    for (const log of logs) deleted += await pruneChangeLog(db, log, before);
    after = logs.length === atOnce ? logs.at(-1) : undefined;
  }
  deleted += await pruneDeletions(db, before);
  await pruneFeeds(db);
  return deleted;
}

async function logsWithOlderChanges(
  db: Database,
  { before, after: { workspaceId, logId } }: { before: Date; after: LogKey },
): Promise<LogKey[]> {
  const isOlder = sql`l.revision = oldest.revision + 1 AND l.at < ${before}`;
  const rows = await db.$rows(sql`
    SELECT b.workspace_id, b.id FROM board b
    CROSS JOIN LATERAL (SELECT l.at, l.revision FROM board_change l
      WHERE l.workspace_id = b.workspace_id AND l.board_id = b.id ORDER BY l.revision, l.n LIMIT 1) oldest
    WHERE (b.workspace_id, b.id) > (${workspaceId}, ${logId}) AND EXISTS (SELECT FROM board_change l
      WHERE l.workspace_id = b.workspace_id AND l.board_id = b.id AND ${isOlder})
    UNION ALL
    SELECT w.id, ${contactsLog} FROM workspace w
    CROSS JOIN LATERAL (SELECT l.at, l.revision FROM contact_change l
      WHERE l.workspace_id = w.id ORDER BY l.revision, l.n LIMIT 1) oldest
    WHERE (w.id, ${contactsLog}) > (${workspaceId}, ${logId}) AND EXISTS (SELECT FROM contact_change l
      WHERE l.workspace_id = w.id AND ${isOlder})
    ORDER BY 1, 2 LIMIT ${atOnce}`);
  return rows.map(([workspace, id]) => ({ workspaceId: toText(workspace), logId: toText(id) }));
}

async function pruneChangeLog(db: Database, key: LogKey, before: Date): Promise<number> {
  const { workspaceId, logId } = key;
  const { table, where, newest } = logOf(key);
  return inBatches(
    () => db.$executeRaw`
      WITH oldest AS (
        SELECT l.revision, l.at FROM ${table} WHERE ${where} AND l.revision < (${newest})
        ORDER BY l.revision, l.n LIMIT ${batchSize}
      ), whole AS (
        -- The last revision of a full batch may go on after it.
        SELECT CASE WHEN (SELECT count(*) FROM oldest) < ${batchSize} THEN max(revision)
          ELSE greatest(min(revision), max(revision) - 1) END AS revision
        FROM oldest WHERE at < ${before}
      ), batch AS (
        SELECT CASE WHEN (SELECT l.at FROM ${table} WHERE ${where} AND l.revision = whole.revision + 1
            ORDER BY l.n LIMIT 1) < ${before} THEN whole.revision ELSE whole.revision - 1 END AS revision
        FROM whole
      ), lost AS (
        -- The feed of the workspace begins after its last range that loses changes.
        UPDATE feed f SET first_number = greatest(f.first_number, r.number + 1)
        FROM batch CROSS JOIN LATERAL (
          SELECT r.number FROM feed_range r WHERE r.workspace_id = ${workspaceId} AND r.log_id = ${logId}
            AND r.first_revision <= batch.revision ORDER BY r.first_revision DESC LIMIT 1
        ) r
        WHERE f.workspace_id = ${workspaceId}
      )
      DELETE FROM ${table} USING batch WHERE ${where} AND l.revision <= batch.revision`,
    1,
  );
}

/** Deletes old deletions of boards, and their part of the feed. One that is not in the feed yet is kept for it. */
function pruneDeletions(db: Database, before: Date): Promise<number> {
  const isOld = sql`d.at < ${before}`;
  return inWorkspaces(
    db,
    sql`EXISTS (SELECT FROM deleted_board d WHERE d.workspace_id = w.id AND ${isOld})`,
    (workspaceId) => db.$executeRaw`
      WITH old AS MATERIALIZED (
        SELECT d.board_id FROM deleted_board d WHERE d.workspace_id = ${workspaceId} AND ${isOld}
          AND (NOT EXISTS (SELECT FROM feed f WHERE f.workspace_id = ${workspaceId})
          OR EXISTS (SELECT FROM feed_log g
            WHERE g.workspace_id = ${workspaceId} AND g.log_id = d.board_id AND g.revision >= d.revision))
        ORDER BY d.at LIMIT ${batchSize}
      ), lost AS (
        UPDATE feed f SET first_number = greatest(f.first_number, r.number + 1)
        FROM (SELECT max(r.number) AS number FROM old
          JOIN feed_range r ON r.workspace_id = ${workspaceId} AND r.log_id = old.board_id) r
        WHERE f.workspace_id = ${workspaceId} AND r.number IS NOT NULL
      ), forgotten AS (
        DELETE FROM feed_log g USING old WHERE g.workspace_id = ${workspaceId} AND g.log_id = old.board_id
      )
      DELETE FROM deleted_board d USING old WHERE d.workspace_id = ${workspaceId} AND d.board_id = old.board_id`,
  );
}

/** Deletes the ranges of feeds that lack changes. */
const pruneFeeds = (db: Database): Promise<number> =>
  inWorkspaces(
    db,
    sql`EXISTS (SELECT FROM feed f JOIN feed_range r ON r.workspace_id = f.workspace_id AND r.number < f.first_number
      WHERE f.workspace_id = w.id)`,
    (workspaceId) => db.$executeRaw`
      DELETE FROM feed_range WHERE workspace_id = ${workspaceId} AND number IN (
        SELECT r.number FROM feed f JOIN feed_range r ON r.workspace_id = ${workspaceId} AND r.number < f.first_number
        WHERE f.workspace_id = ${workspaceId} LIMIT ${batchSize})`,
  );

/** Deletes the records of idempotency keys that are older than the 24 hours for which they count. */
export function deleteOldIdempotencyRecords(db: Database): Promise<number> {
  const isOld = sql`k.created_at <= now() - interval '24 hours'`;
  return inWorkspaces(
    db,
    sql`EXISTS (SELECT FROM idempotency_record k WHERE k.workspace_id = w.id AND ${isOld})`,
    (workspaceId) => db.$executeRaw`
      DELETE FROM idempotency_record WHERE workspace_id = ${workspaceId} AND (agent_id, key, part) IN (
        SELECT k.agent_id, k.key, k.part FROM idempotency_record k
        WHERE k.workspace_id = ${workspaceId} AND ${isOld}
        ORDER BY k.created_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED)`,
  );
}

/** Repeats a deletion in each workspace `w` that meets a condition. Returns the number of rows. */
async function inWorkspaces(
  db: Database,
  condition: Prisma.Sql,
  deleteSome: (workspaceId: string) => Promise<number>,
): Promise<number> {
  let deleted = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const rows = await db.$rows(sql`
      SELECT w.id FROM workspace w WHERE w.id > ${after} AND ${condition} ORDER BY w.id LIMIT ${atOnce}`);
    const ids = rows.map(([id]) => toText(id));
    for (const id of ids) deleted += await inBatches(() => deleteSome(id));
    after = ids.length === atOnce ? ids.at(-1) : undefined;
  }
  return deleted;
}

/** Repeats a deletion until it deletes fewer than so many rows. Returns the number of all. */
async function inBatches(deleteSome: () => Promise<number>, atLeast = batchSize): Promise<number> {
  let deleted = 0;
  for (;;) {
    const count = await deleteSome();
    deleted += count;
    if (count < atLeast) return deleted;
  }
}
