import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { functionNames } from './functions.ts';
import { StartupError } from './startup-error.ts';

/**
 * The folder of `migrations/` and `functions/`. A file that uses its own URL is two folders deep, as those of the bundle
 * are: see scripts/build.ts.
 */
export const prismaFolder = new URL('../../prisma/', import.meta.url);

/** A migration of `prisma/migrations/`. */
export interface Migration {
  /** The name of its folder: migrations are applied in the order of their names. */
  name: string;
  sql: string;
  /** SHA-256 of the SQL, in hexadecimal. */
  checksum: string;
}

/** All migrations of this version, in their order. */
export async function readMigrations(folder = prismaFolder): Promise<Migration[]> {
  const migrations = new URL('migrations/', folder);
  const entries = await readdir(migrations, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, migrations), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Throws StartupError for migrations that this version does not know. */
export async function checkMigrations(names: readonly string[]): Promise<void> {
  const known = await readMigrations();
  const unknown = names.find((name, n) => known[n]?.name !== name);
  if (unknown !== undefined)
    throw new StartupError(
      `The rows are of a database with migration ${unknown}, which this version does not know. Run a newer version.`,
    );
}

/** The names of the tables, functions and types that the gateway creates in the schema public. */
export interface OwnNames {
  tables: readonly string[];
  functions: readonly string[];
  types: readonly string[];
  /** The functions that are source files. */
  sources: readonly string[];
}

/** The names of all that migrations create, also of what later ones drop, and of the SQL functions. */
export async function readOwnNames(): Promise<OwnNames> {
  const migrations = await readMigrations();
  const created = (pattern: RegExp) =>
    migrations.flatMap(({ sql }) => [...sql.matchAll(pattern)].map(([, name = '']) => name));
  const replaced = await functionNames(new URL('functions/', prismaFolder));
  return {
    tables: created(/^CREATE (?:UNLOGGED )?TABLE (\w+)/gm),
    functions: [...created(/^CREATE (?:OR REPLACE )?FUNCTION (\w+)/gm), ...replaced],
    types: created(/^CREATE TYPE (\w+)/gm),
    sources: replaced,
  };
}
