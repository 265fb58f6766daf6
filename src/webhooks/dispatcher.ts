import { addNewBoards, type Claim, claim } from '../domain/webhooks/positions.ts';
import { readWorkspacesWithWebhooks } from '../domain/webhooks/webhooks.ts';
import { classifyDatabaseError } from '../postgres/errors.ts';
import { type DeliveryOptions, deliver } from './delivery.ts';

/** Milliseconds between two looks for changes to deliver, also for those whose time to retry has come. */
const defaultPollInterval = 2000;
/** Milliseconds from a commit to the look for its changes: those of many writes are delivered together. */
const gatherTime = 50;
/** Deliveries of this process that run at once: of all webhooks, and of one. */
const maxDeliveries = 16;
const maxPerWebhook = 4;
/** Milliseconds that running deliveries have to finish when the process stops; others repeat them later. */
const closeTimeout = 5000;

export interface DispatcherOptions extends DeliveryOptions {
  onError: (error: unknown) => void;
}

/**
 * Delivers changes to webhooks, beside any number of other dispatchers of the database. The change log is the queue: the
 * position of each webhook and board is leased, delivered from, and moved forward.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #pollInterval: number;
  readonly #running = new Set<Promise<void>>();
  /** The workspaces with webhooks: commits of others need no look. */
  #workspaces: ReadonlySet<string> = new Set();
  #poll: NodeJS.Timeout | undefined;
  #gather: NodeJS.Timeout | undefined;
  #isClaiming = false;
  #isClosed = false;

  constructor(options: DispatcherOptions, pollInterval = defaultPollInterval) {
    this.#options = options;
    this.#pollInterval = pollInterval;
  }

  start(): void {
    this.#poll = setInterval(() => this.#look(), this.#pollInterval).unref();
    this.#look();
  }

  /** A board of the workspace has changed. */
  wake(workspaceId: string): void {
    if (this.#workspaces.has(workspaceId)) this.#lookSoon();
  }

  /** Ends after the deliveries that run, within a few seconds. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#gather);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, closeTimeout);
    });
    await Promise.race([Promise.all(this.#running), timeout]);
    clearTimeout(timer);
    this.#options.sender.close();
  }

  #lookSoon(): void {
    if (this.#isClosed) return;
    this.#gather ??= setTimeout(() => {
      this.#gather = undefined;
      this.#claim();
    }, gatherTime).unref();
  }

  async #look(): Promise<void> {
    await this.#catchErrors(async () => {
      const { db } = this.#options;
      this.#workspaces = await readWorkspacesWithWebhooks(db);
      if (this.#workspaces.size === 0) return;
      await addNewBoards(db);
      await this.#claim();
    });
  }

  async #claim(): Promise<void> {
    const limit = maxDeliveries - this.#running.size;
    // A delivery that ends looks again.
    if (this.#isClosed || limit <= 0) return;
    if (this.#isClaiming) return this.#lookSoon();
    this.#isClaiming = true;
    await this.#catchErrors(async () => {
      const { db } = this.#options;
      const options = { now: new Date(), limit, perWebhook: maxPerWebhook };
      for (const claimed of await claim(db, options)) this.#run(claimed);
    });
    this.#isClaiming = false;
  }

  /** After an error, the lease ends the pause before the next attempt. */
  #run(claimed: Claim): void {
    const delivery = this.#catchErrors(() => deliver(this.#options, claimed)).finally(() => {
      this.#running.delete(delivery);
      this.#lookSoon();
    });
    this.#running.add(delivery);
  }

  /** Without a database there is nothing to do; the next look may find it again. */
  async #catchErrors(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (classifyDatabaseError(error) === undefined) this.#options.onError(error);
    }
  }
}
