import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { type Connection, poolOptions } from './client.ts';
import { applyFunctions, changedFunctions, functionNames } from './functions.ts';
import { withMigrationLock } from './migration-lock.ts';
import { StartupError } from './startup-error.ts';

/** The folder of `migrations/` and `functions/`. */
const prismaFolder = new URL('../../prisma/', import.meta.url);

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** The first migration of the versions before the first release, which had five. */
const preReleaseMigration = '0001_items';

// The table of Prisma's own `migrate deploy`, so that both agree on which migrations are applied.
const history = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
  migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`;

/**
 * Applies the pending migrations, each in a transaction of its own, then the changed functions in one transaction.
 * Several processes may do so at once. Returns the names of the migrations and functions that it applied.
 * Throws if an applied migration was changed since or is unknown to this version.
 */
export async function migrate(connection: Connection, folder = prismaFolder): Promise<string[]> {
  // A migration may take its time. The other options are those of the server: a pooler refuses them at once.
  const client = new pg.Client({
    ...poolOptions(connection),
    statement_timeout: 0,
    query_timeout: 0,
  });
  await client.connect();
  try {
    await refuseUnfinishedCopy(client);
    const migrations = await readMigrations(new URL('migrations/', folder));
    const applied = await applyMigrations(client, migrations);
    const functions = await applyFunctions(client, {
      folder: new URL('functions/', folder),
      schemaVersion: migrations.at(-1)?.name ?? '',
      checkMigrations: () => pendingMigrations(client, migrations),
    });
    return [...applied, ...functions];
  } finally {
    await client.end();
  }
}

/** Throws StartupError for migrations that this version does not know. */
export async function checkMigrations(names: readonly string[]): Promise<void> {
  const known = await readMigrations(new URL('migrations/', prismaFolder));
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
}

/** The names of all that migrations create, also of what later ones drop, and of the SQL functions. */
export async function readOwnNames(): Promise<OwnNames> {
  const migrations = await readMigrations(new URL('migrations/', prismaFolder));
  const created = (pattern: RegExp) =>
    migrations.flatMap(({ sql }) => [...sql.matchAll(pattern)].map(([, name = '']) => name));
  const replaced = await functionNames(new URL('functions/', prismaFolder));
  return {
    tables: created(/^CREATE (?:UNLOGGED )?TABLE (\w+)/gm),
    functions: [...created(/^CREATE (?:OR REPLACE )?FUNCTION (\w+)/gm), ...replaced],
    types: created(/^CREATE TYPE (\w+)/gm),
  };
}

/** Applies these migrations, the first ones, without SQL functions and triggers: rows can be copied into the tables. */
export async function migrateTables(client: pg.Client, names: readonly string[]): Promise<void> {
  const migrations = await readMigrations(new URL('migrations/', prismaFolder));
  await applyMigrations(client, migrations.slice(0, names.length));
}

/**
 * The names of the migrations and functions that `migrate` would apply. Throws where it would, and where the database has
 * no tables of the gateway.
 */
export async function pendingChanges(client: pg.Client): Promise<string[]> {
  await refuseUnfinishedCopy(client);
  const migrations = await readMigrations(new URL('migrations/', prismaFolder));
  const pending = await pendingMigrations(client, migrations);
  const functions = await changedFunctions(client, {
    folder: new URL('functions/', prismaFolder),
    schemaVersion: migrations.at(-1)?.name ?? '',
  });
  return [...pending.map(({ name }) => name), ...functions];
}

/** Throws where a part of the rows is missing, see `backup/target.ts`. */
async function refuseUnfinishedCopy(client: pg.Client): Promise<void> {
  const { rows } = await client.query("SELECT to_regclass('public._unfinished_copy') AS found");
  if (rows[0]?.found !== null)
    throw new Error('a restore or a move into it has not ended. Run that command again.');
}

/** Applies the pending ones, and returns their names. */
async function applyMigrations(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<string[]> {
  const applied: string[] = [];
  for (;;) {
    const next = await withMigrationLock(client, () => applyNext(client, migrations));
    if (next === undefined) return applied;
    applied.push(next.name);
  }
}

/** Applies the first pending migration, and returns it; undefined where none is pending. */
async function applyNext(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  await client.query(history);
  const [next] = await pendingMigrations(client, migrations);
  if (next !== undefined) await apply(client, next);
  return next;
}

async function pendingMigrations(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  if (applied.has(preReleaseMigration)) {
    throw new Error(
      'it was created by a version before the first release, whose data cannot be upgraded. ' +
        'Delete it and start again, or point DATA_DIR or DATABASE_URL to an empty one.',
    );
  }
  for (const { name, checksum } of migrations) {
    if (applied.has(name) && applied.get(name) !== checksum) {
      throw new Error(
        `migration ${name} was changed after it was applied. Restore that file; changes go into a new migration.`,
      );
    }
  }
  const unknown = [...applied.keys()].find((name) => !migrations.some((m) => m.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `it has migration ${unknown}, which this version does not know. Run a newer version.`,
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksum, name],
  );
}
