import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Pooler } from '../config.ts';
import { PrismaClient as Client, type Prisma } from '../generated/prisma/client.ts';
import { Availability, type AvailabilityListener } from './availability.ts';
import { type Cancellation, runCancellable } from './cancel.ts';
import { isDistributed, showParameters } from './distributed.ts';
import { isConnectionLost } from './errors.ts';
import { statementNames, unnamed } from './statement-names.ts';
import { type Cells, TextQuery } from './text-query.ts';

export type { Cells };

/** Prisma's client with a faster method for hot reads. */
export type PrismaClient = Client & {
  /** The connections: all, idle ones, and the waits for one. */
  $pool: Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'>;
  /**
   * Runs a statement and returns its rows as unparsed text, in the order of its columns. Rows are fetched `step` at a
   * time, so that a result that is too large is not read to its end; none after a step that brings `enough` characters.
   * Throws QUERY_TOO_LARGE.
   */
  $rows(
    statement: Pick<Prisma.Sql, 'text' | 'values'>,
    options?: { step?: number; enough?: number; cancellation?: Cancellation },
  ): Promise<Cells[]>;
};

/** The methods that read from the database. */
export type Reader = Pick<PrismaClient, '$rows'>;

export type RowsStatement = Parameters<PrismaClient['$rows']>[0];
export type RowsOptions = NonNullable<Parameters<PrismaClient['$rows']>[1]>;

/** The client inside a transaction. No other client may be used there. */
export type Transaction = Parameters<Parameters<Client['$transaction']>[0]>[0];

export interface Database {
  db: PrismaClient;
  /** Reports a connection error that was seen elsewhere. */
  onConnectionError: (error: Error) => void;
  close(): Promise<void>;
}

const seconds = 1000;

const defaultStatementTimeout = 15 * seconds;
/** 8 for writes, 8 for reads, and the rest for API keys and rare statements. */
const defaultPoolSize = 20;

export interface DatabaseLimits {
  /** Milliseconds of one statement. */
  statementTimeout?: number | undefined;
  /** Connections. */
  poolSize?: number | undefined;
}

/** Timeouts, in milliseconds, of this side of a connection. */
const limits: pg.PoolConfig = {
  connectionTimeoutMillis: 5 * seconds,
  idleTimeoutMillis: 60 * seconds,
  keepAlive: true,
  application_name: 'items-gateway',
};

/** Timeouts, in milliseconds, of the server for the waits of a session: for a statement, a lock, an idle transaction. */
const sessionLimits = (statementTimeout: number): pg.PoolConfig => ({
  statement_timeout: statementTimeout,
  lock_timeout: 10 * seconds,
  idle_in_transaction_session_timeout: 20 * seconds,
});

/** Without the session's limits where there is a pooler: it refuses them, and the role has them. */
export const poolOptions = (
  connection: Connection,
  { statementTimeout = defaultStatementTimeout, poolSize = defaultPoolSize }: DatabaseLimits = {},
): pg.PoolConfig => ({
  ...limits,
  max: poolSize,
  ...(connection.pooler === undefined && sessionLimits(statementTimeout)),
  // Later than the server, which ends the statement properly.
  query_timeout: statementTimeout + 5 * seconds,
  ...connection,
});

/** node-postgres' options to connect to a database. */
export interface Connection
  extends Pick<
    pg.PoolConfig,
    'connectionString' | 'host' | 'port' | 'user' | 'database' | 'password'
  > {
  /** Set for a pooler in transaction mode: each transaction may run in another session. */
  pooler?: Pooler | undefined;
}

/** Opens a connection pool and a Prisma client on it. Lost connections are replaced when they are needed. */
export function openDatabase(
  connection: Connection,
  listener?: AvailabilityListener,
  { statementTimeout, poolSize }: DatabaseLimits = {},
): Database {
  const availability = new Availability(listener, () => canConnect(connection));
  const onConnectionError = (error: Error): void => availability.reportLoss(error);
  const pool = new pg.Pool({
    ...poolOptions(connection, { statementTimeout, poolSize }),
    Client: clientThatReports(onConnectionError),
  });
  // An 'error' event without a listener ends the process, and the adapter stops listening before all connections are
  // closed.
  pool.on('error', onConnectionError);
  const nameOf = connection.pooler === 'plain' ? unnamed : statementNames();
  let isOnCitus: boolean | undefined;
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) => nameOf(sql),
  });
  const client = new Client({
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 5 * seconds, timeout: 20 * seconds },
  });
  const db = Object.assign(client, {
    $pool: pool,
    async $rows(
      { text, values }: RowsStatement,
      { step = 0, enough, cancellation }: RowsOptions = {},
    ) {
      const start = performance.now();
      try {
        isOnCitus ??= await isDistributed(pool);
        const shown = isOnCitus ? showParameters(text) : text;
        const query = new TextQuery({ name: nameOf(shown), text: shown, values, step, enough });
        if (cancellation !== undefined)
          await runCancellable(await pool.connect(), query, cancellation);
        // The types describe a client, which returns the query itself. A pool returns a promise of its end.
        else await (pool.query(query) as unknown as Promise<unknown>);
        return query.takeRows();
      } catch (error) {
        // node-postgres emits no 'error' event for a connection that was lost during a query.
        if (isConnectionLost(error)) availability.reportLoss(error as Error, start);
        throw error;
      }
    },
  });
  return {
    db,
    onConnectionError,
    async close() {
      availability.close();
      await db.$disconnect();
      await pool.end();
    },
  };
}

/** Parses PostgreSQL's text form of text[]. */
export const parseTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(
  // The type id of text[]; the types list no arrays.
  1009 as never,
  'text',
);

/**
 * node-postgres' client, which reports that its connection is lost, and also that it cannot connect: a pool tells this only to
 * the query that waits for the connection.
 */
const clientThatReports = (onError: (error: Error) => void) =>
  class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super(config);
      this.on('error', onError);
      this.connection.on('error', onError);
    }
  };

/** Whether a new connection can be opened. An existing one may work for a while after the server is lost. */
async function canConnect(connection: Connection): Promise<boolean> {
  const client = new pg.Client(poolOptions(connection));
  client.on('error', () => {});
  const isConnected = await client.connect().then(
    () => true,
    () => false,
  );
  await client.end().catch(() => {});
  return isConnected;
}
