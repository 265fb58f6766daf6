import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { StartupError } from '../postgres/startup-error.ts';
import { inCopyTransaction } from './connection.ts';
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
  return inCopyTransaction(client, read, 'ISOLATION LEVEL REPEATABLE READ');
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
