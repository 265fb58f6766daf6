import { ApiError, invalid } from '../../errors.ts';
import { Prisma, type Webhook } from '../../generated/prisma/client.ts';
import { newId } from '../../ids.ts';
import type { PrismaClient, Transaction } from '../../postgres/client.ts';
import { jsonRow } from '../../sql/json-row.ts';
import { oneParent, type PageQuery, type Source, table } from '../../sql/page.ts';
import { contactsLog } from '../contacts/contact-log.ts';
import { logOf } from '../feed/log.ts';
import { maxBigint } from '../feed/position.ts';
import { boardNotFound } from '../not-found.ts';
import { transact, type WriteContext } from '../transaction.ts';
import { withoutNulls } from '../validation.ts';
import { filterToJson, type WebhookFields } from './input.ts';
import { addPositions, followContacts, positionsOf } from './start-positions.ts';

const { sql } = Prisma;

/** Webhooks of one workspace. */
export const maxWebhooks = 50;

/** Milliseconds during which the old secret signs too, after a rotation. */
const rotationTime = 24 * 3_600_000;

/** WEBHOOK_NOT_FOUND, about the input `id`. */
export const webhookNotFound = (id: string): ApiError =>
  new ApiError('WEBHOOK_NOT_FOUND', `Webhook '${id}' not found`, [
    { field: 'id', message: 'not found' },
  ]);

const queue = 'webhooks';

/** Creates a webhook that gets all changes from now on. Throws BOARD_NOT_FOUND. */
export function createWebhook(
  write: WriteContext,
  { url, secret, ...fields }: WebhookFields & { url: string; secret: string },
): Promise<Webhook> {
  const { workspaceId, agentId } = write;
  const id = newId('webhook');
  const work = async (tx: Transaction) => {
    const count = await tx.webhook.count({ where: { workspaceId } });
    if (count >= maxWebhooks)
      throw invalid(
        'input',
        `is refused: your workspace has ${count} webhooks; the limit is ${maxWebhooks}`,
      );
    const webhook = await tx.webhook.create({
      data: { ...dataOf(fields), url, secret, workspaceId, id, createdById: agentId },
    });
    await addPositions(tx, webhook);
    await followContacts(tx, webhook);
    return webhook;
  };
  return transact(write, { queue, work });
}

/** Updates the given fields; boards that are added begin with their next change. Throws WEBHOOK_NOT_FOUND. */
export function updateWebhook(
  write: WriteContext,
  { id, ...fields }: WebhookFields & { id: string },
): Promise<Webhook> {
  return change(write, id, async (tx, webhook) => {
    const changed = await update(tx, webhook, dataOf(fields));
    if (fields.boardIds !== undefined) {
      if (changed.boardIds.length > 0)
        await tx.webhookPosition.deleteMany({
          where: {
            ...positionsOf(changed),
            boardId: { notIn: [...changed.boardIds, contactsLog] },
          },
        });
      await addPositions(tx, changed);
    }
    await followContacts(tx, changed);
    return changed;
  });
}

/** Deletes a webhook. Returns its id in a list, which is empty for an unknown id. */
export function deleteWebhook(write: WriteContext, id: string): Promise<string[]> {
  const { workspaceId } = write;
  const work = async (tx: Transaction) => {
    const { count } = await tx.webhook.deleteMany({ where: { workspaceId, id } });
    return count === 0 ? [] : [id];
  };
  return transact(write, { queue, work });
}

/** Enables a webhook again: it gets everything that has changed in the meantime. Throws WEBHOOK_NOT_FOUND. */
export function enableWebhook(write: WriteContext, id: string): Promise<Webhook> {
  return change(write, id, async (tx, webhook) => {
    await tx.webhookPosition.updateMany({
      where: positionsOf(webhook),
      data: { attempts: 0, nextAt: new Date(0) },
    });
    return update(tx, webhook, { disabledAt: null, disabledReason: null, firstFailedAt: null });
  });
}

/** Gives a webhook a new secret; for 24 hours, the old one signs too. Throws WEBHOOK_NOT_FOUND. */
export function rotateSecret(
  write: WriteContext,
  { id, secret }: { id: string; secret: string },
): Promise<Webhook> {
  return change(write, id, (tx, webhook) =>
    update(tx, webhook, {
      secret,
      oldSecret: webhook.secret,
      oldSecretExpiresAt: new Date(Date.now() + rotationTime),
    }),
  );
}

/** Delivers changes of a log once more, from a revision on. Throws WEBHOOK_NOT_FOUND or BOARD_NOT_FOUND. */
export function resend(
  write: WriteContext,
  { id, logId, fromRevision }: { id: string; logId: string; fromRevision: number },
): Promise<Webhook> {
  if (!Number.isSafeInteger(fromRevision) || fromRevision < 0)
    throw invalid('fromRevision', `must be a revision of the log, not ${fromRevision}`);
  const { workspaceId } = write;
  return change(write, id, async (tx, webhook) => {
    // The creation of a board has revision 0.
    const count = await tx.$executeRaw`UPDATE webhook_position p
      SET revision = least(l.revision, ${Math.max(0, fromRevision - 1)}),
        n = ${fromRevision === 0 ? 0n : BigInt(maxBigint)}, has_more = ${fromRevision === 0},
        end_revision = NULL, end_n = NULL, attempts = 0, next_at = '-infinity'
      FROM (${logOf({ workspaceId, logId }).newest}) l (revision)
      WHERE p.workspace_id = ${workspaceId} AND p.webhook_id = ${id} AND p.board_id = ${logId}`;
    if (count === 0 && logId === contactsLog)
      throw invalid('boardId', 'is missing: the webhook does not follow the contacts');
    if (count === 0) throw boardNotFound(logId);
    return webhook;
  });
}

/** Changes a locked webhook. */
function change(
  write: WriteContext,
  id: string,
  work: (tx: Transaction, webhook: Webhook) => Promise<Webhook>,
): Promise<Webhook> {
  const { workspaceId } = write;
  return transact(write, {
    queue,
    work: async (tx) => {
      const [found] = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM webhook
        WHERE workspace_id = ${workspaceId} AND id = ${id} FOR UPDATE`;
      if (found === undefined) throw webhookNotFound(id);
      const where = { workspaceId_id: { workspaceId, id } };
      return work(tx, await tx.webhook.findUniqueOrThrow({ where }));
    },
  });
}

const update = (
  tx: Transaction,
  { workspaceId, id }: Webhook,
  data: Prisma.WebhookUncheckedUpdateInput,
): Promise<Webhook> =>
  tx.webhook.update({
    where: { workspaceId_id: { workspaceId, id } },
    data: { ...data, updatedAt: new Date() },
  });

/** The given fields as data; null lists are empty. */
const dataOf = ({ url, description, boardIds, events, filter }: WebhookFields) => ({
  ...withoutNulls({ url, description }),
  ...(boardIds === undefined ? {} : { boardIds: [...new Set(boardIds)] }),
  ...(events === undefined ? {} : { events: [...new Set(events)] }),
  ...(filter === undefined
    ? {}
    : { filter: filter === null ? Prisma.DbNull : filterToJson(filter) }),
});

/** The workspaces that have an enabled webhook. */
export async function readWorkspacesWithWebhooks(db: PrismaClient): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT workspace_id AS id FROM webhook WHERE disabled_at IS NULL`;
  return new Set(rows.map(({ id }) => id));
}

/** The webhooks of a workspace. */
export const webhookSource = (workspaceId: string): Source<Webhook> => ({
  row: sql`to_jsonb(w)`,
  pick: table(sql`webhook w`, sql`w.workspace_id = ${workspaceId}`),
  parents: oneParent,
  names: [''],
  read: jsonRow,
});

/** Webhooks, oldest first. */
export const webhookPageQuery: PageQuery = {
  where: [],
  order: [
    { by: sql`w.created_at`, cast: sql`timestamptz`, descending: false },
    { by: sql`w.id`, cast: sql`text`, descending: false },
  ],
  identity: 'webhooks',
};
