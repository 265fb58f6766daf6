import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { tablesOfMigrations } from '../postgres/migrate.ts';
import { StartupError } from '../postgres/startup-error.ts';
import type { Report } from './backup-file.ts';
import type { TableRows } from './backup-reader.ts';
import { type Digest, digesting, digestOf, isEqual } from './digest.ts';
import { inTransaction, readRows, type Snapshot } from './snapshot.ts';
import { inPublic, listOf, ownTables, readTables } from './tables.ts';

/** The content of a database before rows are copied into it; `unfinished` is a part of an earlier copy. */
export type Content = 'nothing' | 'unfinished' | 'data';

/** Throws StartupError where the schema public has tables that are not the gateway's. */
export async function contentOf(client: pg.Client): Promise<Content> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND ${isNoExtension('c.oid')}`,
  );
  const names = new Set(rows.map(({ name }) => name));
  const known = new Set([...(await tablesOfMigrations()), ...ownTables]);
  const other = [...names].find((name) => !known.has(name));
  if (other !== undefined)
    throw new StartupError(
      `The schema public has the table ${other}, which is not the gateway's. Use a database of its own.`,
    );
  if (names.has('_unfinished_copy')) return 'unfinished';
  if (!names.has('workspace')) return 'nothing';
  const { rowCount } = await client.query('SELECT 1 FROM public.workspace LIMIT 1');
  return rowCount === 0 ? 'nothing' : 'data';
}

const isNoExtension = (id: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = ${id} AND deptype = 'e')`;

/**
 * Deletes all tables, functions and types of the schema public, except those of extensions. From then on no server starts
 * on the database until `finish`.
 */
export async function clear(client: pg.Client): Promise<void> {
  await inTransaction(client, () =>
    client.query(`
    DO $$ BEGIN
      EXECUTE (SELECT coalesce(string_agg(statement, ';'), '') FROM (
        SELECT format('DROP TABLE IF EXISTS public.%I CASCADE', relname) AS statement FROM pg_class
          WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND ${isNoExtension('pg_class.oid')}
        UNION ALL SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
          WHERE pronamespace = 'public'::regnamespace AND ${isNoExtension('p.oid')}
        UNION ALL SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', relname) FROM pg_class
          WHERE relnamespace = 'public'::regnamespace AND relkind = 'c' AND ${isNoExtension('reltype')}) statements);
    END $$;
    CREATE TABLE public._unfinished_copy (name text PRIMARY KEY, rows bigint NOT NULL, sha256 text NOT NULL)`),
  );
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
    await inTransaction(client, async () => {
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
  const digest = await inTransaction(client, async () => {
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
  await inTransaction(client, async () => {
    for (const table of tables) {
      const found = await digestOf(digesting(readRows(client, table)));
      if (!isEqual(found, loaded.get(table.name)))
        throw new StartupError(`The rows of ${table.name} are not those that were copied.`);
    }
    await client.query('DROP TABLE public._unfinished_copy; ANALYZE');
  });
}
