import { createHash } from 'node:crypto';
import { contactsLog } from '../domain/contacts/contact-log.ts';
import type { ItemStates } from '../domain/feed/item-states.ts';
import { encodePositions, endOfRevision, type Position } from '../domain/feed/position.ts';
import { type FeedPage, readDeletion, readFeed } from '../domain/feed/read.ts';
import { readRevisionRanges } from '../domain/feed/revision-range.ts';
import { disable, noteFailure } from '../domain/webhooks/endpoint-health.ts';
import { storedFilter } from '../domain/webhooks/input.ts';
import {
  advance,
  type Claim,
  fixEnd,
  postpone,
  removePosition,
} from '../domain/webhooks/positions.ts';
import { ApiError } from '../errors.ts';
import type { Webhook } from '../generated/prisma/client.ts';
import { toIsoString } from '../limits/iso-8601.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { deliveryAttempts } from '../postgres/diagnostics.ts';
import { type Attempt, type AttemptOptions, attempt, type Message } from './attempt.ts';
import { disabledAfter, retryDelay } from './retry.ts';

/** The parts of a process that a delivery uses. */
export interface DeliveryOptions extends AttemptOptions {
  /** The rows of changes, as `GET /boards/:boardId/changes` and `GET /contacts/changes` return them. */
  toRows: (workspaceId: string, page: Pick<FeedPage, 'logId' | 'changes'>) => Promise<ChangeRow[]>;
  onDisabled: (webhook: Webhook, reason: string) => void;
  states: ItemStates;
}

export interface ChangeRow {
  fields?: unknown;
}

/** The most changes of a message. */
const maxChanges = 100;
/** Bytes of a row with the values of its fields; a larger one is sent without them. */
const maxRowBytes = 20_000;

const eventOf = ({ subject, action }: FeedPage['changes'][number]): string =>
  `${subject}_${action}`;

/** Delivers the next changes of a claimed position. */
export async function deliver(options: DeliveryOptions, claim: Claim): Promise<void> {
  const { db } = options;
  const { workspaceId, webhookId, logId, from, until } = claim;
  const webhook = await db.webhook.findUnique({
    where: { workspaceId_id: { workspaceId, id: webhookId } },
  });
  // Deleted or disabled in the meantime.
  if (webhook === null || webhook.disabledAt !== null) return;
  const filter = storedFilter(webhook.filter);
  const scope = { workspaceId, logId, filter, until, size: maxChanges, states: options.states };
  const page = await readFeed(db, scope, from).catch((error: unknown) =>
    lostPage(db, claim, error),
  );
  // The board was deleted, and its deletion is delivered or forgotten.
  if (page === undefined) return void (await removePosition(db, claim));
  const message = await messageOf(options, webhook, { ...page, from });
  if (message !== undefined) {
    if (until === undefined) await fixEnd(db, claim, page.end);
    const outcome = await attempt(options, webhook, { message, number: claim.attempts + 1 });
    publishAttempt(page, outcome);
    if (outcome.error !== null) return retryLater(options, { webhook, claim, outcome });
  }
  await advance(db, claim, { end: page.end, hasMore: page.hasMore || until !== undefined });
}

function publishAttempt({ changes: [first] }: DeliveredPage, { error }: Attempt): void {
  if (first === undefined || !deliveryAttempts.hasSubscribers) return;
  const lag = Date.now() - new Date(first.at).getTime();
  deliveryAttempts.publish({ isDelivered: error === null, lag });
}

type DeliveredPage = Pick<FeedPage, 'logId' | 'changes' | 'end' | 'hasMore'> & {
  /** True where changes were pruned before they were delivered. */
  isExpired?: true;
};

/**
 * The end of a log whose changes were pruned before they were delivered, or the deletion of a board; undefined where
 * nothing is left to deliver. Throws other errors.
 */
async function lostPage(
  db: PrismaClient,
  { workspaceId, logId, from }: Claim,
  error: unknown,
): Promise<DeliveredPage | undefined> {
  const code = error instanceof ApiError ? error.code : undefined;
  if (code === 'BOARD_NOT_FOUND') return readDeletion(db, { workspaceId, logId }, from);
  if (code !== 'CURSOR_EXPIRED') throw error;
  const range = (await readRevisionRanges(db, workspaceId, [[logId]])).get(logId);
  const end = endOfRevision(range?.newest ?? from.revision);
  return { logId, changes: [], end, hasMore: false, isExpired: true };
}

/** The message about a page; undefined where the webhook has asked for none of its changes. */
async function messageOf(
  { toRows }: DeliveryOptions,
  { workspaceId, id: webhookId, events }: Webhook,
  page: DeliveredPage & { from: Position },
): Promise<Message | undefined> {
  const { logId, end, from, isExpired } = page;
  const changes = page.changes.filter(
    (change) => events.length === 0 || events.includes(eventOf(change)),
  );
  if (changes.length === 0 && !isExpired) return undefined;
  const rows = isExpired ? [] : await toRows(workspaceId, { ...page, changes });
  const [first, last] = [changes[0], changes.at(-1)];
  const isOfContacts = logId === contactsLog;
  return {
    id: messageId([webhookId, logId, from, end]),
    body: JSON.stringify({
      type: `${isOfContacts ? 'contacts' : 'board'}.${isExpired ? 'expired' : 'changed'}`,
      timestamp: toIsoString(last?.at ?? new Date()),
      data: {
        ...(!isOfContacts && { board_id: logId }),
        changes: rows.map(shorten),
        next_cursor: encodePositions(new Map([[logId, end]])),
      },
    }),
    boardId: isOfContacts ? null : logId,
    firstRevision: BigInt(first?.revision ?? end.revision),
    lastRevision: BigInt(last?.revision ?? end.revision),
  };
}

/** Tries again later, or disables an endpoint that is gone or has failed for days. */
async function retryLater(
  { db, onDisabled }: DeliveryOptions,
  { webhook, claim, outcome }: { webhook: Webhook; claim: Claim; outcome: Attempt },
): Promise<void> {
  const at = new Date();
  await noteFailure(db, claim, at);
  await postpone(
    db,
    claim,
    new Date(at.getTime() + retryDelay(claim.attempts + 1, outcome.retryAfter)),
  );
  const firstFailure = webhook.firstFailedAt ?? at;
  const reason =
    outcome.status === 410
      ? 'The endpoint responded that it is gone (status 410).'
      : at.getTime() - firstFailure.getTime() >= disabledAfter
        ? `The endpoint has failed since ${toIsoString(firstFailure)}. ${outcome.error}`
        : undefined;
  if (reason !== undefined && (await disable(db, claim, { now: at, reason })))
    onDisabled(webhook, reason);
}

/** The same for each attempt, as it is made of what is delivered. */
const messageId = (parts: unknown): string =>
  `msg_${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32)}`;

function shorten(row: ChangeRow): ChangeRow {
  if (Buffer.byteLength(JSON.stringify(row)) <= maxRowBytes) return row;
  const { fields, ...rest } = row;
  return { ...rest, truncated: true } as ChangeRow;
}
