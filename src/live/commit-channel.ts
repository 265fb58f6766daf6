import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Connection } from '../postgres/client.ts';
import type { Commit } from './log-watch.ts';

/** Milliseconds that commits are gathered before they are sent: NOTIFY takes a lock that all writers share. */
const gatherTime = 20;
/** Milliseconds between two attempts to connect. */
const reconnectInterval = 1000;
/** Milliseconds of each wait for the server. */
const timeout = 5000;
/** Bytes of one notification; PostgreSQL allows 7,999. */
const maxBytes = 7500;

const channel = 'items_gateway_commits';

/**
 * Tells the other processes of the database about commits, after them and on a connection of its own: a NOTIFY inside of
 * a write's transaction would let writers wait for each other. Nothing depends on it, since streams also poll. Behind a
 * pooler in transaction mode nothing arrives.
 */
export class CommitChannel {
  readonly #connection: Connection;
  readonly #onCommit: (commit: Commit) => void;
  readonly #pending = new Map<string, Commit>();
  #client: pg.Client | undefined;
  #isListening = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /** `onCommit` is called for each commit of another process. */
  constructor(connection: Connection, onCommit: (commit: Commit) => void) {
    this.#connection = connection;
    this.#onCommit = onCommit;
  }

  /** Connects, and again whenever the connection is lost. */
  async start(): Promise<void> {
    while (!this.#isClosed) {
      const client = new pg.Client({
        application_name: 'items-gateway',
        connectionTimeoutMillis: timeout,
        query_timeout: timeout,
        keepAlive: true,
        ...this.#connection,
      });
      const lost = new Promise<unknown>((resolve) =>
        client.on('error', resolve).on('end', resolve as () => void),
      );
      client.on('notification', (message) => {
        // A process knows its own commits already.
        if (message.processId === (client as unknown as { processID: number }).processID) return;
        for (const commit of parse(message.payload)) this.#onCommit(commit);
      });
      try {
        await client.connect();
        await client.query(`LISTEN ${channel}`);
        this.#client = client;
        this.#isListening = true;
        await lost;
      } catch {
        // Tried again below.
      }
      this.#client = undefined;
      this.#isListening = false;
      client.end().catch(() => {});
      if (!this.#isClosed) await sleep(reconnectInterval, undefined, { ref: false });
    }
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** Tells the other processes, within `gatherTime`. */
  report(commit: Commit): void {
    this.#pending.set(JSON.stringify(commit), commit);
    this.#timer ??= setTimeout(() => this.#send(), gatherTime).unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }

  async #send(): Promise<void> {
    const commits = [...this.#pending.values()];
    this.#pending.clear();
    try {
      for (const payload of payloadsOf(commits))
        await this.#client?.query('SELECT pg_notify($1, $2)', [channel, payload]);
    } catch {
      // The other processes poll.
    }
    this.#timer = undefined;
    if (this.#pending.size > 0) this.#timer = setTimeout(() => this.#send(), gatherTime).unref();
  }
}

/** Commits as JSON texts that each fit into a notification. An id that is too long for one is left to the poll. */
function* payloadsOf(commits: readonly Commit[]): Generator<string> {
  let texts: string[] = [];
  let bytes = 0;
  for (const { workspaceId, logId } of commits) {
    const text = JSON.stringify([workspaceId, logId]);
    const size = Buffer.byteLength(text) + 1;
    if (size > maxBytes) continue;
    if (bytes + size > maxBytes) {
      yield `[${texts.join(',')}]`;
      [texts, bytes] = [[], 0];
    }
    texts.push(text);
    bytes += size;
  }
  if (texts.length > 0) yield `[${texts.join(',')}]`;
}

function parse(payload: string | undefined): Commit[] {
  try {
    const commits = JSON.parse(payload ?? '[]') as [string, string | null][];
    return commits.map(([workspaceId, logId]) => ({ workspaceId, logId }));
  } catch {
    // Another program uses the channel.
    return [];
  }
}
