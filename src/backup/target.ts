import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isLockTimeout } from '../postgres/errors.ts';
import { readOwnNames } from '../postgres/migrations.ts';
import { StartupError } from '../postgres/startup-error.ts';
import type { Report } from './backup-file.ts';
import type { TableRows } from './backup-reader.ts';
import { inCopyTransaction } from './connection.ts';
import { type Digest, digesting, digestOf, isEqual } from './digest.ts';
import { readRows, type Snapshot } from './snapshot.ts';
import { inPublic, knownTables, listOf, ownTables, readTables } from './tables.ts';

/** The content of a database before rows are copied into it; `unfinished` is a part of an earlier copy. */
export type Content = 'nothing' | 'unfinished' | 'data';

/** Looks for rows of the gateway in a database. */
export async function contentOf(client: pg.Client): Promise<Content> {
  // Not the counts of rate limits, which are unlogged.
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND relpersistence = 'p' AND relname = ANY ($1)`,
    [await knownTables()],
  );
  const names = rows.map(({ name }) => name);
  if (names.includes('_unfinished_copy')) return 'unfinished';
  const checks = names
    .filter((name) => !ownTables.includes(name))
    .map((name) => `EXISTS (SELECT 1 FROM ${inPublic(name)})`);
  if (checks.length === 0) return 'nothing';
  const { rows: found } = await client.query<{ data: boolean }>(
    `SELECT ${checks.join(' OR ')} AS data`,
  );
  return found[0]?.data ? 'data' : 'nothing';
}

/** The key of the advisory lock of the session that copies rows into a database. */
const targetKey = 7_236_402_115;

/**
 * Keeps others from copying rows into this database until the connection ends. Throws StartupError where another one
 * does so for longer than the connection waits for locks.
 */
export async function lockTarget(client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [targetKey]).catch((error) => {
    if (!isLockTimeout(error)) throw error;
    throw new StartupError('Another restore or move into this database is running.');
  });
}

/**
 * Deletes the tables, functions and types of the gateway. From then on no server starts on the database until `finish`.
 */
export async function clear(client: pg.Client): Promise<void> {
  const { functions, types } = await readOwnNames();
  const inPublicAndOurs = (schema: string, name: string) =>
    `${schema} = 'public'::regnamespace AND ${name} = ANY ($1)`;
  const find = async (statement: string, names: readonly string[]) => {
    const { rows } = await client.query<{ name: string }>(statement, [names]);
    return rows.map(({ name }) => name);
  };
  await inCopyTransaction(client, async () => {
    const tables = await knownTables();
    const drops = [
      ...(await find(
        `SELECT format('TABLE IF EXISTS public.%I', relname) AS name FROM pg_class
         WHERE relkind IN ('r', 'p') AND ${inPublicAndOurs('relnamespace', 'relname')}`,
        tables,
      )),
      ...(await find(
        `SELECT 'ROUTINE IF EXISTS ' || oid::regprocedure AS name FROM pg_proc
         WHERE ${inPublicAndOurs('pronamespace', 'proname')}`,
        functions,
      )),
      ...(await find(
        `SELECT format('TYPE IF EXISTS public.%I', typname) AS name FROM pg_type
         WHERE ${inPublicAndOurs('typnamespace', 'typname')}`,
        types,
      )),
    ];
    for (const drop of drops) await client.query(`DROP ${drop} CASCADE`);
    await client.query(
      'CREATE TABLE public._unfinished_copy (name text PRIMARY KEY, rows bigint NOT NULL, sha256 text NOT NULL)',
    );
  });
}

/**
 * Keeps the tables at the beginning of a snapshot that are loaded already, and empties the others. Returns how many it
 * keeps.
 */
export async function keepLoaded(client: pg.Client, snapshot: Snapshot): Promise<number> {
  const loaded = await loadedTables(client);
  let kept = 0;
  for (const table of snapshot.tables) {
    const found = loaded.get(table.name);
    if (!found || !isEqual(found, await digestOf(digesting(snapshot.rowsOf(table))))) break;
    kept += 1;
  }
  const others = snapshot.tables.slice(kept).map(({ name }) => name);
  if (others.length > 0)
    await inCopyTransaction(client, async () => {
      // Tables that refer to one of them are among them.
      await client.query(`TRUNCATE ${others.map(inPublic)}`);
      await client.query('DELETE FROM public._unfinished_copy WHERE name = ANY ($1)', [others]);
    });
  return kept;
}

async function loadedTables(client: pg.Client): Promise<Map<string, Digest>> {
  const { rows } = await client.query<{ name: string; rows: string; sha256: string }>(
    'SELECT name, rows, sha256 FROM public._unfinished_copy',
  );
  return new Map(rows.map((row) => [row.name, { rows: Number(row.rows), sha256: row.sha256 }]));
}

/** Loads one table, all or nothing. */
export async function load(
  client: pg.Client,
  { table, rows }: TableRows,
  report: Report,
): Promise<void> {
  const { name, columns } = table;
  const digest = await inCopyTransaction(client, async () => {
    const indexes = await dropIndexes(client, name);
    let found: Digest = { rows: 0, sha256: '' };
    const into = `COPY ${inPublic(name)} (${listOf(columns)}) FROM STDIN`;
    const measured = async function* () {
      found = yield* rows;
    };
    await pipeline(measured, client.query(copyFrom(into)));
    for (const definition of indexes) await client.query(definition);
    await client.query('INSERT INTO public._unfinished_copy VALUES ($1, $2, $3)', [
      name,
      found.rows,
      found.sha256,
    ]);
    return found;
  });
  report(table, digest);
}

/**
 * Drops the indexes of a table, but those of its constraints, and returns the statements that create them again. Creating
 * them after the rows takes a fraction of the time.
 */
async function dropIndexes(client: pg.Client, name: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = $1::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)`,
    [inPublic(name)],
  );
  for (const index of rows) await client.query(`DROP INDEX ${index.name}`);
  return rows.map(({ definition }) => definition);
}

/** Compares the tables with what was loaded, and lets servers start. Throws StartupError where they differ. */
export async function finish(client: pg.Client): Promise<void> {
  const loaded = await loadedTables(client);
  const tables = await readTables(client);
  await inCopyTransaction(client, async () => {
    for (const table of tables) {
      const found = await digestOf(digesting(readRows(client, table)));
      if (!isEqual(found, loaded.get(table.name)))
        throw new StartupError(`The rows of ${table.name} are not those that were copied.`);
    }
    await client.query('DROP TABLE public._unfinished_copy; ANALYZE');
  });
}
