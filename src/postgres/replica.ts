import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ApiError } from '../errors.ts';
import { runCancellable } from './cancel.ts';
import {
  type AvailabilityListener,
  type Cells,
  type Connection,
  type DatabaseLimits,
  poolOptions,
  type Reader,
  type RowsOptions,
  type RowsStatement,
  statementNames,
} from './client.ts';
import { isConnectionLost, isStatementCancelled } from './errors.ts';
import { trackOutage } from './replica-outage.ts';
import { StartupError } from './startup-error.ts';
import { TextQuery } from './text-query.ts';

/** Milliseconds that a read waits for the replica until it goes to the primary. */
const maxWait = 50;
/** Milliseconds between two looks at a replica that has not caught up: it usually does within 10. */
const checkInterval = 2;

/**
 * The end of what has been committed: a position in the log that the replica replays. What is visible has been flushed,
 * unless commits are asynchronous.
 */
const committed = {
  text: `SELECT (CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
    ELSE pg_current_wal_flush_lsn() END - '0/0')::text`,
  values: [],
};
/** Null where the server is no replica, or no longer. */
const replayed = `SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END - '0/0')::text`;
/** A replica has the identity of its primary. */
const identity = {
  text: 'SELECT system_identifier::text, current_database()::text FROM pg_control_system()',
  values: [],
};

export interface Replica extends Reader {
  close(): Promise<void>;
}

interface ReplicaOptions {
  connection: Connection;
  limits?: DatabaseLimits;
  listener?: AvailabilityListener | undefined;
}

/**
 * A reader that sends each statement to a replica once that has everything that was committed on the primary before;
 * otherwise, and where the replica fails, to the primary. So it never reads behind any write (docs/decisions/read-replicas.md).
 */
export function openReplica(
  primary: Reader,
  { connection, limits = {}, listener }: ReplicaOptions,
): Replica {
  const pool = new pg.Pool({
    ...poolOptions(connection, limits),
    connectionTimeoutMillis: 1000,
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  const nameOf = statementNames();
  const position = shared(async () => Number((await primary.$rows(committed))[0]?.[0]));
  const primaryIdentity = once(async () => String((await primary.$rows(identity))[0]));
  const verified = new WeakSet<pg.PoolClient>();
  const outage = trackOutage(listener);

  /** Throws where the connection leads to another database. */
  async function verify(client: pg.PoolClient): Promise<void> {
    if (verified.has(client)) return;
    const { rows } = await client.query({ ...identity, rowMode: 'array' });
    if (String(rows[0]) !== (await primaryIdentity())) throw new Error(notAReplica);
    verified.add(client);
  }

  /**
   * Returns a connection whose server has replayed up to `target`. It is released, and the result is undefined, where
   * that takes longer than until `deadline`.
   */
  async function connectAt(target: number, deadline: number): Promise<pg.PoolClient | undefined> {
    const client = await pool.connect();
    try {
      await verify(client);
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

  /** Undefined where the primary is to be read. */
  async function connect(): Promise<pg.PoolClient | undefined> {
    if (!outage.mayTry()) return undefined;
    const target = await position();
    const deadline = performance.now() + maxWait;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      // Later than the deadline, so that only a server that does not answer is left alone.
      timer = setTimeout(() => resolve(undefined), maxWait * 2);
    });
    try {
      const client = await Promise.race([connectAt(target, deadline), timeout]);
      if (client === undefined) outage.fail(new Error('it has not caught up'));
      else outage.end();
      return client;
    } catch (error) {
      outage.fail(error as Error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async $rows(statement, options = {}) {
      const client = await connect();
      if (client === undefined) return primary.$rows(statement, options);
      try {
        return await rowsOf(client, statement, options);
      } catch (error) {
        options.cancellation?.throwIfCancelled();
        if (error instanceof ApiError || isStatementCancelled(error)) throw error;
        if (isConnectionLost(error)) outage.fail(error as Error);
        // Among others, a statement is cancelled that sees rows which the replica has to remove.
        return primary.$rows(statement, options);
      }
    },
    close: () => pool.end(),
  };

  async function rowsOf(
    client: pg.PoolClient,
    { text, values }: RowsStatement,
    { step = 0, cancellation }: RowsOptions,
  ): Promise<Cells[]> {
    const query = new TextQuery({ name: nameOf(text), text, values, step });
    await runCancellable(client, query, cancellation);
    return query.rowsFound;
  }
}

const notAReplica =
  'it has another database than DATABASE_URL, or a copy that is not a streaming replica of it';

/** Throws StartupError where a server can be reached that is no replica of the primary. */
export async function checkReplica(primary: Reader, connection: Connection): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query({ ...identity, rowMode: 'array' });
    if (String(rows[0]) === String((await primary.$rows(identity))[0])) return;
  } catch {
    // It may come later: reads go to the primary until then.
    return;
  } finally {
    await client.end().catch(() => {});
  }
  throw new StartupError(`READ_DATABASE_URL cannot be used: ${notAReplica}.`);
}

/** Calls that are made while one runs share the next one, which begins after all of them. */
function shared<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Result> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      const result = read();
      running = result.catch(() => {});
      return result;
    });
    return next;
  };
}

/** Keeps the first result that does not fail. */
function once<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => {
    result ??= read().catch((error) => {
      result = undefined;
      throw error;
    });
    return result;
  };
}
