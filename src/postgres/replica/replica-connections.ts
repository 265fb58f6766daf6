import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Connection, type DatabaseLimits, poolOptions, type Reader } from '../client.ts';
import { identity, notAReplica } from './replica-identity.ts';
import { once } from './shared-calls.ts';

/** Milliseconds between two looks at a replica that has not caught up: it usually does within 10. */
const checkInterval = 2;

/** Null where the server is no replica, or no longer. */
const replayed = `SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END - '0/0')::text`;

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
   * where that takes longer than until `deadline`. Throws where the server is no replica of the primary.
   */
  async connectAt(target: number, deadline: number): Promise<pg.PoolClient | undefined> {
    const client = await this.#pool.connect();
    try {
      await this.#verify(client);
      for (;;) {
        const { rows } = await client.query({ name: 'replayed', text: replayed, rowMode: 'array' });
        if (rows[0]?.[0] === null) throw new Error('the server is not a replica');
        const isInTime = performance.now() < deadline;
        if (Number(rows[0]?.[0]) >= target && isInTime) return client;
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
    const { rows } = await client.query({ ...identity, rowMode: 'array' });
    if (String(rows[0]) !== (await this.#primaryIdentity())) throw new Error(notAReplica);
    this.#verified.add(client);
  }
}
