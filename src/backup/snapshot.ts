import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type Connection, poolOptions } from '../postgres/client.ts';
import { StartupError } from '../postgres/startup-error.ts';
import type { Rows } from './digest.ts';
import { inPublic, listOf, readTables, type Table } from './tables.ts';

/** All rows of a database at one moment. */
export interface Snapshot {
  /** The names of the migrations that the database has, in their order. */
  migrations: readonly string[];
  tables: readonly Table[];
  /** The rows of a table in PostgreSQL's text format, a line each. One table is read at a time, to its end. */
  rowsOf(table: Table): Rows;
}

export interface SnapshotOptions {
  /** True to let nobody write meanwhile. */
  isLocked?: boolean;
  /** Conditions on the rows of tables, in SQL, by table. */
  conditions?: Readonly<Record<string, string>>;
}

/** Texts of rows that are the same on all servers, and no time limits: a table may take hours. */
const settings = `SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex';
  SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`;

/**
 * Runs `work` on a connection of its own. Keep-alive notices that the server has gone while it waits for a response; data
 * that is not acknowledged is sent again for as long as the system has it, on Linux a quarter of an hour.
 */
export async function withConnection(
  connection: Connection,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    ...poolOptions(connection),
    application_name: 'items-gateway copy',
    query_timeout: 0,
    keepAliveInitialDelayMillis: 15_000,
  });
  // Whatever waits for a connection that broke fails too.
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Runs `work` in a transaction whose rows have the same text on all servers. */
export async function inTransaction<Result>(
  client: pg.Client,
  work: () => Promise<Result>,
  mode = '',
): Promise<Result> {
  await client.query(`BEGIN ${mode}; ${settings}`);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be lost: the first error says why.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Reads a database as it is at one moment, while others write, and nobody changes its tables. */
export async function withSnapshot<Result>(
  client: pg.Client,
  work: (snapshot: Snapshot) => Promise<Result>,
  { isLocked = false, conditions = {} }: SnapshotOptions = {},
): Promise<Result> {
  const found = (await readTables(client)).map(({ name }) => name);
  const read = async () => {
    // Before the first query, which takes the snapshot: a table that is rewritten after it would appear to be empty.
    const mode = isLocked ? 'SHARE' : 'ACCESS SHARE';
    await client.query(`LOCK TABLE ${found.map(inPublic)} IN ${mode} MODE`);
    const tables = await readTables(client);
    if (tables.some(({ name }) => !found.includes(name)))
      throw new StartupError('The database is being migrated. Try again when that has ended.');
    const { rows } = await client.query<{ name: string }>(
      `SELECT migration_name AS name FROM public._prisma_migrations
       WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name COLLATE "C"`,
    );
    return work({
      migrations: rows.map(({ name }) => name),
      tables,
      rowsOf: (table) => readRows(client, table, conditions[table.name]),
    });
  };
  return inTransaction(client, read, 'ISOLATION LEVEL REPEATABLE READ');
}

/** The rows of a table in the order of its key. */
export const readRows = (
  client: pg.Client,
  { name, columns, key }: Table,
  condition = 'TRUE',
): Rows =>
  client.query(
    copyTo(
      `COPY (SELECT ${listOf(columns)} FROM ${inPublic(name)} WHERE ${condition} ORDER BY ${listOf(key)}) TO STDOUT`,
    ),
  );
