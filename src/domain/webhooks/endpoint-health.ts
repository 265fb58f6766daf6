import type { PrismaClient } from '../../postgres/client.ts';

interface WebhookKey {
  workspaceId: string;
  webhookId: string;
}

const whereOf = ({ workspaceId, webhookId }: WebhookKey) => ({ workspaceId, id: webhookId });

/** Notes that an endpoint works. */
export const noteSuccess = (db: PrismaClient, webhook: WebhookKey) =>
  db.webhook.updateMany({
    where: { ...whereOf(webhook), firstFailedAt: { not: null } },
    data: { firstFailedAt: null },
  });

/** Notes that an endpoint fails since now, unless it has failed before. */
export const noteFailure = (db: PrismaClient, webhook: WebhookKey, now: Date) =>
  db.webhook.updateMany({
    where: { ...whereOf(webhook), firstFailedAt: null },
    data: { firstFailedAt: now },
  });

/** Stops deliveries until the webhook is enabled again. Returns false where it was disabled already. */
export async function disable(
  db: PrismaClient,
  webhook: WebhookKey,
  { now, reason }: { now: Date; reason: string },
): Promise<boolean> {
  const { count } = await db.webhook.updateMany({
    where: { ...whereOf(webhook), disabledAt: null },
    data: { disabledAt: now, disabledReason: reason },
  });
  return count > 0;
}
