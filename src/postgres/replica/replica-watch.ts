import pg from 'pg';
import type { Connection } from '../client.ts';

/** Milliseconds between two looks at statements: one that runs for longer is watched. */
const interval = 500;
/** Milliseconds in which a server accepts a connection, if it is alive. */
const timeout = 1000;

/**
 * Ends the connections whose statements wait for a server that no longer answers. A frozen server or a broken network ends
 * none of them, and the statements would wait until their timeout, and other reads for them.
 */
export class ReplicaWatch {
  readonly #connection: Connection;
  /** The connections that run a statement, and since when. */
  readonly #running = new Map<pg.PoolClient, number>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Watches the statement that a connection runs. Returns a function that ends this. */
  begin(client: pg.PoolClient): () => void {
    this.#running.set(client, performance.now());
    this.#timer ??= setInterval(() => void this.#check(), interval).unref();
    return () => this.#running.delete(client);
  }

  async #check(): Promise<void> {
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const began = performance.now() - interval;
    const waiting = [...this.#running].filter(([, since]) => since <= began);
    if (waiting.length === 0 || this.#isAsking) return;
    this.#isAsking = true;
    // Twice, as a name that does not resolve for a moment is no reason to end statements.
    const answers = (await isAlive(this.#connection)) || (await isAlive(this.#connection));
    this.#isAsking = false;
    if (answers) return;
    for (const [client, since] of waiting)
      if (this.#running.get(client) === since) client.connection.stream.destroy();
  }
}

/** Whether a server answers, if only with an error. Never rejects. */
async function isAlive(connection: Connection): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: timeout });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    return error instanceof pg.DatabaseError;
  } finally {
    void client.end().catch(() => {});
  }
}
