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

type DuePosition = Pick<Claim, 'workspaceId' | 'webhookId' | 'logId'>;

interface ClaimRow extends DuePosition, Pick<Claim, 'attempts'> {
  revision: bigint;
  n: bigint;
  endRevision: bigint | null;
  endN: bigint | null;
}

/** Milliseconds: longer than a whole attempt. */
export const leaseTime = 60_000;

/**
 * Boards that were created since get the position before their first change; those from before the webhook have one. A day
 * earlier, as servers have different clocks, and a board is committed after its time. Returns the number of new positions.
 */
export async function addNewBoards(db: PrismaClient): Promise<number> {
  const positions = await db.$queryRaw<Prisma.WebhookPositionCreateManyInput[]>`
    SELECT w.workspace_id AS "workspaceId", w.id AS "webhookId", b.id AS "boardId", 0::bigint AS revision, 0::bigint AS n,
      TRUE AS "hasMore"
    FROM webhook w JOIN board b ON b.workspace_id = w.workspace_id AND b.created_at >= w.created_at - interval '1 day'
    WHERE w.board_ids = '{}' AND NOT EXISTS (SELECT FROM webhook_position p
      WHERE p.workspace_id = w.workspace_id AND p.webhook_id = w.id AND p.board_id = b.id)
    ORDER BY b.created_at LIMIT 1000`;
  if (positions.length === 0) return 0;
  const { count } = await db.webhookPosition.createMany({ data: positions, skipDuplicates: true });
  return count;
}

/**
 * Leases positions whose boards have new changes, to one process each: at most `limit`, those first that have waited
 * the longest, and `perWebhook` of one endpoint, counting those that are leased already.
 */
export async function claim(
  db: PrismaClient,
  { now, limit, perWebhook }: { now: Date; limit: number; perWebhook: number },
): Promise<Claim[]> {
  const due = await db.$queryRaw<DuePosition[]>`
    SELECT due.workspace_id AS "workspaceId", due.webhook_id AS "webhookId", due.board_id AS "logId" FROM (
      SELECT p.workspace_id, p.webhook_id, p.board_id, p.next_at,
        row_number() OVER (PARTITION BY p.workspace_id, p.webhook_id ORDER BY p.next_at, p.board_id)
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
    ) due WHERE due.place <= ${perWebhook} ORDER BY due.next_at LIMIT ${limit}`;
  const claims: Claim[] = [];
  for (const position of due) claims.push(...(await lease(db, position, now)));
  return claims;
}

/** Leases a position, unless another process has leased it in the meantime. */
async function lease(
  db: PrismaClient,
  { workspaceId, webhookId, logId }: DuePosition,
  now: Date,
): Promise<Claim[]> {
  const rows = await db.$queryRaw<ClaimRow[]>`
    UPDATE webhook_position SET leased_until = ${new Date(now.getTime() + leaseTime)}
    WHERE workspace_id = ${workspaceId} AND webhook_id = ${webhookId} AND board_id = ${logId}
      AND next_at <= ${now} AND leased_until <= ${now}
    RETURNING workspace_id AS "workspaceId", webhook_id AS "webhookId", board_id AS "logId", revision, n,
      end_revision AS "endRevision", end_n AS "endN", attempts`;
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
