import { saveAttempt } from '../domain/webhooks/attempts.ts';
import { noteSuccess } from '../domain/webhooks/endpoint-health.ts';
import type { Webhook, WebhookAttempt } from '../generated/prisma/client.ts';
import { newId } from '../ids.ts';
import { toIsoString } from '../limits/iso-8601.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { decryptSecret, type Encryption } from './encryption.ts';
import type { Outcome, Sender } from './sender.ts';
import { signedHeaders } from './signature.ts';

/** The parts of a process that an attempt uses. */
export interface AttemptOptions {
  db: PrismaClient;
  sender: Sender;
  encryption: Encryption;
}

/** The body of a message, and what identifies it. */
export interface Message {
  id: string;
  body: string;
  boardId: string | null;
  firstRevision: bigint | null;
  lastRevision: bigint | null;
}

/** An attempt as it is saved, with what the endpoint said of the next one. */
export type Attempt = WebhookAttempt & Pick<Outcome, 'retryAfter'>;

/** Sends a message, signed, and saves the attempt. */
export async function attempt(
  { db, sender, encryption }: AttemptOptions,
  webhook: Webhook,
  { message: { id, body, ...place }, number }: { message: Message; number: number },
): Promise<Attempt> {
  const at = new Date();
  const headers = signedHeaders(
    { id, timestamp: Math.floor(at.getTime() / 1000), body },
    secretsOf(webhook, encryption, at),
  );
  const { status, error, milliseconds, retryAfter } = await sender.post(webhook.url, {
    headers,
    body,
  });
  const { workspaceId, id: webhookId } = webhook;
  const saved = await saveAttempt(db, {
    workspaceId,
    webhookId,
    messageId: id,
    ...place,
    attempt: number,
    createdAt: at,
    milliseconds,
    status: status ?? null,
    error: error ?? null,
  });
  if (error === undefined) await noteSuccess(db, { workspaceId, webhookId });
  return { ...saved, ...(retryAfter !== undefined && { retryAfter }) };
}

/** The secrets that sign. The old one is left out where another key has encrypted it: a rotation is the way to a new key. */
function secretsOf(webhook: Webhook, encryption: Encryption, at: Date): string[] {
  const { oldSecret, oldSecretExpiresAt } = webhook;
  const isOldValid = oldSecretExpiresAt !== null && oldSecretExpiresAt > at;
  const old = oldSecret !== null && isOldValid ? encryption.decrypt(oldSecret) : undefined;
  return [decryptSecret(encryption, webhook), ...(old === undefined ? [] : [old])];
}

/** Sends a ping and returns the attempt. */
export function ping(options: AttemptOptions, webhook: Webhook): Promise<Attempt> {
  const message = {
    id: newId('message'),
    body: JSON.stringify({
      type: 'webhook.ping',
      timestamp: toIsoString(new Date()),
      data: { webhook_id: webhook.id },
    }),
    boardId: null,
    firstRevision: null,
    lastRevision: null,
  };
  return attempt(options, webhook, { message, number: 1 });
}
