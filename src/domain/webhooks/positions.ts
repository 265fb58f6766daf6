import type { Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient } from '../../postgres/client.ts';
import { contactsLog } from '../contacts/contact-log.ts';
import type { Position } from '../feed/position.ts';

/** Changes of a log that this process delivers to an endpoint until the lease ends. */
export interface Claim {
  workspaceId: string;
  webhookId: string;
  /** The id of a board, or `contactsLog`. */
  logId: string;
  /** All changes up to here are delivered. */
  from: Position;
  /** The end of a delivery that has been tried before; its message is repeated. */
  until: Position | undefined;
  /** Attempts that have failed. */
  attempts: number;
}

interface ClaimRow extends Pick<Claim, 'workspaceId' | 'webhookId' | 'logId' | 'attempts'> {
  revision: bigint;
  n: bigint;
  endRevision: bigint | null;
  endN: bigint | null;
}

/** Milliseconds: longer than a whole attempt. */
export const leaseTime = 60_000;

/** Boards that were created since get the position before their first change. Returns the number of new positions. */
export const addNewBoards = (db: PrismaClient): Prisma.PrismaPromise<number> => db.$executeRaw`
  INSERT INTO webhook_position (workspace_id, webhook_id, board_id, revision, n, has_more)
  SELECT w.workspace_id, w.id, b.id, 0, 0, TRUE FROM webhook w
  JOIN board b ON b.workspace_id = w.workspace_id AND b.created_at >= w.created_at
  WHERE w.board_ids = '{}' AND NOT EXISTS (SELECT FROM webhook_position p
    WHERE p.workspace_id = w.workspace_id AND p.webhook_id = w.id AND p.board_id = b.id)
  ORDER BY b.created_at LIMIT 1000
  ON CONFLICT DO NOTHING`;

/**
 * Leases positions whose boards have new changes, to one process each: at most `limit`, those first that have waited
 * the longest, and `perWebhook` of one endpoint, counting those that are leased already.
 */
export async function claim(
  db: PrismaClient,
  { now, limit, perWebhook }: { now: Date; limit: number; perWebhook: number },
): Promise<Claim[]> {
  const until = new Date(now.getTime() + leaseTime);
  const rows = await db.$queryRaw<ClaimRow[]>`
    WITH due AS MATERIALIZED (
      SELECT p.*, row_number() OVER (PARTITION BY p.workspace_id, p.webhook_id ORDER BY p.next_at, p.board_id)
        + (SELECT count(*) FROM webhook_position l WHERE l.workspace_id = p.workspace_id
          AND l.webhook_id = p.webhook_id AND l.leased_until > ${now}) AS place
      FROM webhook_position p
      JOIN webhook w ON w.workspace_id = p.workspace_id AND w.id = p.webhook_id AND w.disabled_at IS NULL
      LEFT JOIN board b ON b.workspace_id = p.workspace_id AND b.id = p.board_id
      LEFT JOIN workspace s ON s.id = p.workspace_id AND p.board_id = ${contactsLog}
      WHERE p.next_at <= ${now} AND p.leased_until <= ${now}
        -- A board without a row was deleted.
        AND (p.has_more OR coalesce(b.revision, s.contacts_revision) > p.revision
          OR (b.id IS NULL AND s.id IS NULL))
    ), chosen AS MATERIALIZED (
      SELECT p.workspace_id, p.webhook_id, p.board_id FROM webhook_position p
      JOIN due ON due.workspace_id = p.workspace_id AND due.webhook_id = p.webhook_id AND due.board_id = p.board_id
      WHERE due.place <= ${perWebhook} AND p.leased_until <= ${now}
      ORDER BY due.next_at LIMIT ${limit} FOR UPDATE OF p SKIP LOCKED
    )
    UPDATE webhook_position p SET leased_until = ${until} FROM chosen c
    WHERE p.workspace_id = c.workspace_id AND p.webhook_id = c.webhook_id AND p.board_id = c.board_id
    RETURNING p.workspace_id AS "workspaceId", p.webhook_id AS "webhookId", p.board_id AS "logId", p.revision, p.n,
      p.end_revision AS "endRevision", p.end_n AS "endN", p.attempts`;
  return rows.map(({ revision, n, endRevision, endN, ...row }) => ({
    ...row,
    from: { revision: String(revision), n: String(n) },
    until:
      endRevision === null || endN === null
        ? undefined
        : { revision: String(endRevision), n: String(endN) },
  }));
}

const whereOf = ({ workspaceId, webhookId, logId, from }: Claim) => ({
  workspaceId,
  webhookId,
  boardId: logId,
  // Not where the position was set back in the meantime.
  revision: BigInt(from.revision),
  n: BigInt(from.n),
});

/** Fixes the end of a delivery before its first attempt. */
export const fixEnd = (db: PrismaClient, claim: Claim, { revision, n }: Position) =>
  db.webhookPosition.updateMany({
    where: whereOf(claim),
    data: { endRevision: BigInt(revision), endN: BigInt(n) },
  });

/** Moves the position forward after a delivery, or past changes that the endpoint has not asked for; ends the lease. */
export const advance = (
  db: PrismaClient,
  claim: Claim,
  { end, hasMore }: { end: Position; hasMore: boolean },
) =>
  db.webhookPosition.updateMany({
    where: whereOf(claim),
    data: {
      revision: BigInt(end.revision),
      n: BigInt(end.n),
      hasMore,
      endRevision: null,
      endN: null,
      attempts: 0,
      leasedUntil: new Date(0),
    },
  });

/** Forgets a board that was deleted. */
export const removePosition = (db: PrismaClient, claim: Claim) =>
  db.webhookPosition.deleteMany({ where: whereOf(claim) });

/** Ends the lease after a failed attempt. */
export const postpone = (db: PrismaClient, claim: Claim, nextAt: Date) =>
  db.webhookPosition.updateMany({
    where: whereOf(claim),
    data: { attempts: { increment: 1 }, nextAt, leasedUntil: new Date(0) },
  });
