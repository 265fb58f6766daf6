import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  type Cells,
  type Connection,
  type DatabaseLimits,
  poolOptions,
  type Reader,
} from '../client.ts';
import { type LogEnd, logEndOf, replayed } from './log-end.ts';
import { identity, notAReplica } from './replica-identity.ts';
import { once } from './shared-calls.ts';

/** Milliseconds between two looks at a replica that has not caught up: it usually does within 10. */
const checkInterval = 2;
/** Milliseconds for what is asked before the statement; a connection that takes longer is closed. */
const askTimeout = 1000;

/** Connections to a replica, each given out once its server has caught up. */
export class ReplicaConnections {
  readonly #pool: pg.Pool;
  readonly #primaryIdentity: () => Promise<string>;
  /** The connections that lead to a replica of the primary. */
  readonly #verified = new WeakSet<pg.PoolClient>();

  constructor(primary: Reader, connection: Connection, limits: DatabaseLimits) {
    this.#pool = new pg.Pool({ ...poolOptions(connection, limits), connectionTimeoutMillis: 1000 });
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => void client.on('error', () => {}));
    this.#primaryIdentity = once(async () => String((await primary.$rows(identity))[0]));
  }

  /**
   * Returns a connection whose server has replayed the log up to `target`. It is released, and the result is undefined,
   * where that takes longer than until `deadline`. Throws where the server is no replica of the primary, or has been
   * promoted, even if it is a replica again: its log is another one than the primary's.
   */
  async connectAt(target: LogEnd, deadline: number): Promise<pg.PoolClient | undefined> {
    const client = await this.#pool.connect();
    try {
      await this.#verify(client);
      for (;;) {
        const [row] = await ask(client, replayed);
        if (row?.[0] === null) throw new Error('the server is not a replica');
        const end = logEndOf(row);
        if (end.timeline !== target.timeline)
          throw new Error(`it is on timeline ${end.timeline}, the primary on ${target.timeline}`);
        const isInTime = performance.now() < deadline;
        if (end.position >= target.position && isInTime) return client;
        if (!isInTime) break;
        await sleep(checkInterval);
      }
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
    client.release();
    return undefined;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** Throws where the connection leads to another database. */
  async #verify(client: pg.PoolClient): Promise<void> {
    if (this.#verified.has(client)) return;
    const rows = await ask(client, identity);
    if (String(rows[0]) !== (await this.#primaryIdentity())) throw new Error(notAReplica);
    this.#verified.add(client);
  }
}

async function ask(client: pg.PoolClient, question: pg.QueryConfig): Promise<Cells[]> {
  const query = { ...question, rowMode: 'array' as const, query_timeout: askTimeout };
  return (await client.query<(string | null)[]>(query)).rows;
}
