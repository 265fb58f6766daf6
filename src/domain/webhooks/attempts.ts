import { Prisma, type WebhookAttempt } from '../../generated/prisma/client.ts';
import { newId } from '../../ids.ts';
import type { PrismaClient } from '../../postgres/client.ts';
import { jsonRow } from '../../sql/json-row.ts';
import { oneParent, type PageQuery, type Source, table } from '../../sql/page.ts';

const { sql } = Prisma;

/** Attempts of one webhook that are kept. */
export const keptAttempts = 100;

/** Saves an attempt, and deletes the oldest ones of the webhook. */
export async function saveAttempt(
  db: PrismaClient,
  attempt: Omit<WebhookAttempt, 'id'>,
): Promise<WebhookAttempt> {
  const { workspaceId, webhookId } = attempt;
  const saved = await db.webhookAttempt.create({ data: { ...attempt, id: newId('attempt') } });
  await db.$executeRaw`DELETE FROM webhook_attempt WHERE workspace_id = ${workspaceId}
    AND webhook_id = ${webhookId} AND id IN (SELECT id FROM webhook_attempt
      WHERE workspace_id = ${workspaceId} AND webhook_id = ${webhookId} ORDER BY id DESC OFFSET ${keptAttempts})`;
  return saved;
}

/** The attempts of one webhook. */
export const attemptSource = (workspaceId: string, webhookId: string): Source<WebhookAttempt> => ({
  row: sql`to_jsonb(a)`,
  pick: table(
    sql`webhook_attempt a`,
    sql`a.workspace_id = ${workspaceId} AND a.webhook_id = ${webhookId}`,
  ),
  parents: oneParent,
  names: [webhookId],
  read: jsonRow,
});

/** Attempts, newest first. */
export const attemptPageQuery: PageQuery = {
  where: [],
  order: [{ by: sql`a.id`, cast: sql`text`, descending: true }],
  identity: 'attempts',
};
