import type pg from 'pg';
import { readOwnNames } from '../postgres/migrations.ts';

/** A table to copy. */
export interface Table {
  name: string;
  /** All but generated ones, which the copy computes again. */
  columns: readonly string[];
  /** The columns of the primary key: the order of the rows. */
  key: readonly string[];
}

/** Tables that each database fills for itself: they are not copied. */
export const ownTables = ['_prisma_migrations', '_applied_function', '_unfinished_copy'];

interface Row extends Table {
  references: string[];
}

/** The names of all tables that the gateway creates. */
export async function knownTables(): Promise<string[]> {
  return [...(await readOwnNames()).tables, ...ownTables];
}

/** The tables of the schema public that are neither the gateway's nor an extension's. */
export async function otherTables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND relname <> ALL ($1) AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
     ORDER BY 1 LIMIT 100`,
    [await knownTables()],
  );
  return rows.map(({ name }) => name);
}

/** The tables of the gateway with what users have written, those before others that refer to them. */
export async function readTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Row>(
    `SELECT c.relname::text AS name,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
        AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
      ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k (attnum, n), pg_attribute a
        WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum ORDER BY n) AS key,
      ARRAY(SELECT r.relname::text FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND r.oid <> c.oid) AS references
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
      AND c.relname = ANY ($1) ORDER BY 1`,
    [(await readOwnNames()).tables],
  );
  const ordered: Table[] = [];
  const add = (name: string): void => {
    const row = rows.find((one) => one.name === name);
    if (row === undefined || ordered.some((one) => one.name === name)) return;
    row.references.forEach(add);
    ordered.push({ name, columns: row.columns, key: row.key });
  };
  for (const { name } of rows) add(name);
  return ordered;
}

/** The name of a table in SQL. */
export const inPublic = (name: string): string => `public.${quote(name)}`;

/** The names of columns in SQL. */
export const listOf = (columns: readonly string[]): string => columns.map(quote).join(', ');

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
