import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.ts';

export type { PrismaClient };

/** A client inside a transaction: the only one that may be used there. */
export type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

/** What can run statements: the client itself, or a transaction of it. */
export type Queries = PrismaClient | Transaction;

export interface Database {
  db: PrismaClient;
  close(): Promise<void>;
}

const seconds = 1000;

/**
 * Every wait has an end: for a connection, a statement, a lock, a forgotten transaction.
 * Times are milliseconds, as node-postgres and PostgreSQL take them.
 */
const limits: pg.PoolConfig = {
  max: 10,
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

/** One pool of connections, and one Prisma client on it. `onError` hears of idle connections lost. */
export function openDatabase(
  connection: Connection,
  onError: (error: Error) => void = () => {},
): Database {
  const pool = new pg.Pool({ ...limits, ...connection });
  // An error that nobody hears ends the process: the adapter stops listening before the last connection is closed,
  // and what a connection says that we are closing is no news.
  let isClosing = false;
  const hear = (error: Error): void => {
    if (!isClosing) onError(error);
  };
  pool.on('error', hear);
  pool.on('connect', (client) => void client.on('error', hear));
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: statementNames(),
  });
  const db = new PrismaClient({
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 5 * seconds, timeout: 20 * seconds },
  });
  return {
    db,
    async close() {
      isClosing = true;
      await db.$disconnect();
      await pool.end();
    },
  };
}

/** The words, in a comment, of a statement whose plan must fit its values: it is planned each time. */
export const plannedAnew = 'planned anew';

/**
 * Names for prepared statements. The same text always has the same name; texts beyond the first
 * thousand stay unnamed, so that no caller can fill a connection's memory with statements.
 */
function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= 1000 || sql.includes(plannedAnew)) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
