import { ItemStates } from '../domain/feed/item-states.ts';
import { ApiError } from '../errors.ts';
import type { Webhook } from '../generated/prisma/client.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { type Attempt, ping } from './attempt.ts';
import type { DeliveryOptions } from './delivery.ts';
import { Dispatcher } from './dispatcher.ts';
import { createEncryption, decryptSecret, type Encryption } from './encryption.ts';
import { createSender, type Sender, type SenderOptions } from './sender.ts';
import { newSecret } from './signature.ts';

export interface WebhookOptions extends Partial<SenderOptions> {
  /** Encrypts secrets; without it, there are no webhooks. */
  encryptionKey?: string | undefined;
  /** Milliseconds between two looks for changes to deliver; tests lower it. */
  pollInterval?: number;
}

type Events = Pick<DeliveryOptions, 'toRows' | 'onDisabled'> & {
  onError: (error: unknown) => void;
};

/** The webhooks of a process: it creates their secrets, pings them, and delivers changes to them. */
export class Webhooks {
  /** True where endpoints may be in private networks, and without TLS. */
  readonly allowsPrivate: boolean;
  readonly #db: PrismaClient;
  readonly #encryption: Encryption | undefined;
  readonly #sender: Sender;
  readonly #pollInterval: number | undefined;
  #dispatcher: Dispatcher | undefined;

  constructor(
    db: PrismaClient,
    { encryptionKey, allowsPrivate = false, pollInterval, ...options }: WebhookOptions = {},
  ) {
    this.allowsPrivate = allowsPrivate;
    this.#db = db;
    this.#encryption = encryptionKey === undefined ? undefined : createEncryption(encryptionKey);
    this.#sender = createSender({ allowsPrivate, ...options });
    this.#pollInterval = pollInterval;
  }

  /** A new secret, encrypted. Throws SERVICE_UNAVAILABLE without a key. */
  newSecret(): string {
    return this.#required().encrypt(newSecret());
  }

  /** The secret of a webhook, decrypted. Throws SERVICE_UNAVAILABLE without the key that encrypted it. */
  secretOf(webhook: Pick<Webhook, 'id' | 'secret'>): string {
    return decryptSecret(this.#required(), webhook);
  }

  /** Sends a ping. Throws SERVICE_UNAVAILABLE without the key of its secret; never rejects for what the endpoint does. */
  ping(webhook: Webhook): Promise<Attempt> {
    return ping(this.#context(), webhook);
  }

  /** Begins to deliver. Without a key there are no secrets, and so nothing to deliver. */
  start({ onError, ...events }: Events): void {
    if (this.#encryption === undefined) return;
    this.#dispatcher = new Dispatcher(
      { ...this.#context(), ...events, onError, states: new ItemStates() },
      this.#pollInterval,
    );
    this.#dispatcher.start();
  }

  /** A board of the workspace has changed. */
  wake(workspaceId: string): void {
    this.#dispatcher?.wake(workspaceId);
  }

  async close(): Promise<void> {
    await this.#dispatcher?.close();
    this.#sender.close();
  }

  #required(): Encryption {
    if (this.#encryption !== undefined) return this.#encryption;
    throw new ApiError(
      'SERVICE_UNAVAILABLE',
      'Webhooks are off, as their secrets could not be encrypted: set ENCRYPTION_KEY on all servers of this database.',
    );
  }

  #context() {
    return {
      db: this.#db,
      sender: this.#sender,
      encryption: this.#required(),
    };
  }
}
