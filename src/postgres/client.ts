import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient as Client, type Prisma } from '../generated/prisma/client.ts';
import { type Cells, TextQuery } from './text-query.ts';

export type { Cells };

/** Prisma's client, with a way past it for what is read all the time. */
export type PrismaClient = Client & {
  /**
   * The rows that a statement gives, as texts in the order of its columns: nothing is parsed, nothing has a name. Many rows
   * are read `step` by step, so that too much of them ends the reading with QUERY_TOO_LARGE.
   */
  $rows(
    statement: Pick<Prisma.Sql, 'text' | 'values'>,
    options?: { step?: number },
  ): Promise<Cells[]>;
};

/** What questions to the database are asked by. */
export type Reader = Pick<PrismaClient, '$rows' | '$queryRaw'>;

/** A client inside a transaction: the only one that may be used there. */
export type Transaction = Parameters<Parameters<Client['$transaction']>[0]>[0];

export interface Database {
  db: PrismaClient;
  /** Takes a sign, from elsewhere, that the database has gone away. */
  onConnectionError: (sign: Error) => void;
  close(): Promise<void>;
}

/** Hears of a database that goes away, once for all the signs of it, and of its return. */
export interface AvailabilityListener {
  onUnavailable: (sign: Error) => void;
  /** `milliseconds` since it went away. */
  onAvailable: (milliseconds: number) => void;
}

const seconds = 1000;

/**
 * Every wait has an end: for a connection, a statement, a lock, a forgotten transaction.
 * Times are milliseconds, as node-postgres and PostgreSQL take them.
 */
const limits: pg.PoolConfig = {
  // Eight for writes, eight for reads, and some for keys and what is seldom.
  max: 20,
  connectionTimeoutMillis: 5 * seconds,
  idleTimeoutMillis: 60 * seconds,
  statement_timeout: 15 * seconds,
  lock_timeout: 10 * seconds,
  idle_in_transaction_session_timeout: 20 * seconds,
  query_timeout: 20 * seconds,
  keepAlive: true,
  application_name: 'items-gateway',
};

/** Where the database is: what node-postgres takes to connect. */
export type Connection = Pick<
  pg.PoolConfig,
  'connectionString' | 'host' | 'port' | 'user' | 'database' | 'password'
>;

/** One pool of connections, and one Prisma client on it. Lost connections are made anew when they are needed. */
export function openDatabase(connection: Connection, watcher?: AvailabilityListener): Database {
  const pool = new pg.Pool({ ...limits, ...connection });
  let isAway = false;
  let isClosing = false;
  async function onConnectionError(sign: Error): Promise<void> {
    // What a connection says that we are closing is no news.
    if (isAway || isClosing || watcher === undefined) return;
    isAway = true;
    const since = performance.now();
    watcher.onUnavailable(sign);
    do await sleep(100, undefined, { ref: false });
    while (!isClosing && !(await answers(connection)));
    isAway = false;
    if (!isClosing) watcher.onAvailable(Math.round(performance.now() - since));
  }
  // An error that nobody hears ends the process: the adapter stops listening before the last connection is closed.
  pool.on('error', onConnectionError);
  pool.on('connect', (client) => void client.on('error', onConnectionError));
  const nameOf = statementNames();
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) => nameOf(sql),
  });
  const client = new Client({
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 5 * seconds, timeout: 20 * seconds },
  });
  const db = Object.assign(client, {
    async $rows({ text, values }: Pick<Prisma.Sql, 'text' | 'values'>, { step = 0 } = {}) {
      const query = new TextQuery({ name: nameOf(text), text, values, step });
      // The types tell of clients, which give back the query itself; a pool promises its end.
      await (pool.query(query) as unknown as Promise<unknown>);
      return query.rowsFound;
    },
  });
  return {
    db,
    onConnectionError,
    async close() {
      isClosing = true;
      await db.$disconnect();
      await pool.end();
    },
  };
}

/** An array of texts as PostgreSQL writes it. */
export const parseTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(
  // What PostgreSQL calls text[]; the types know no arrays.
  1009 as never,
  'text',
);

/** Whether the database takes a new connection: an old one may still answer that has not heard yet. */
async function answers(connection: Connection): Promise<boolean> {
  const client = new pg.Client({ ...limits, ...connection });
  client.on('error', () => {});
  const isThere = await client.connect().then(
    () => true,
    () => false,
  );
  await client.end().catch(() => {});
  return isThere;
}

/** The words, in a comment, of a statement whose plan must fit its values: it is planned each time. */
export const customPlan = 'planned anew';

/**
 * Names for prepared statements. The same text always has the same name; texts beyond the first
 * thousand stay unnamed, so that no caller can fill a connection's memory with statements.
 */
function statementNames(): (sql: string) => string {
  const names = new Map<string, string>();
  return (sql) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= 1000 || sql.includes(customPlan)) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
