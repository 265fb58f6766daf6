import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type Connection, poolOptions } from './client.ts';
import { distributeAdditions } from './distribute.ts';
import { applyFunctions, changedFunctions } from './functions.ts';
import { withMigrationLock } from './migration-lock.ts';
import { type Migration, prismaFolder, readMigrations } from './migrations.ts';
import { checkPooler } from './pooler.ts';
import { statementsOf } from './statements.ts';

/** The first migration of the versions before the first release, which had five. */
const preReleaseMigration = '0001_items';

// The table of Prisma's own `migrate deploy`, so that both agree on which migrations are applied.
const history = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
  migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`;

/**
 * Applies the pending migrations, each in a transaction of its own, then the changed functions in one transaction. In a
 * distributed database, new tables and functions are distributed. Several processes may migrate at once. Returns the
 * names of the migrations and functions that it applied. Throws if an applied migration was changed since or is unknown
 * to this version.
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
    await checkPooler(client, connection);
    await refuseUnfinishedCopy(client);
    const migrations = await readMigrations(folder);
    const applied = await applyMigrations(client, migrations);
    const functions = await applyFunctions(client, {
      folder: new URL('functions/', folder),
      schemaVersion: migrations.at(-1)?.name ?? '',
      checkMigrations: () => pendingMigrations(client, migrations),
    });
    if (applied.length + functions.length > 0) await distributeAdditions(client, connection);
    return [...applied, ...functions];
  } finally {
    await client.end();
  }
}

export const hasTables = async (client: pg.Client): Promise<boolean> => {
  const { rows } = await client.query<{ has: boolean }>(
    "SELECT to_regclass('public.workspace') IS NOT NULL AS has",
  );
  return rows[0]?.has ?? false;
};

/** Throws where the database has no tables of the gateway. */
export async function requireTables(connection: Connection): Promise<void> {
  const client = new pg.Client(poolOptions(connection));
  await client.connect();
  try {
    await refuseUnfinishedCopy(client);
    if (!(await hasTables(client)))
      throw new Error('it has no tables of the gateway. Run npm run migrate, or start the server.');
  } finally {
    await client.end();
  }
}

/**
 * The statements that create the indexes of the applied migrations, each as one line, by the name of the index. Those of
 * constraints are not among them.
 */
export async function appliedIndexes(client: pg.Client): Promise<Map<string, string>> {
  const migrations = await readMigrations();
  const applied = await appliedChecksums(client);
  const indexes = new Map<string, string>();
  for (const { sql } of migrations.filter(({ name }) => applied.has(name)))
    for (const [text, created, dropped] of sql.matchAll(
      /^CREATE (?:UNIQUE )?INDEX (\w+)[^;]*|^DROP INDEX (\w+)/gm,
    )) {
      if (created !== undefined) indexes.set(created, text.replace(/\s+/g, ' '));
      if (dropped !== undefined) indexes.delete(dropped);
    }
  return indexes;
}

/** Applies these migrations, the first ones, without SQL functions and triggers: rows can be copied into the tables. */
export async function migrateTables(client: pg.Client, names: readonly string[]): Promise<void> {
  const migrations = await readMigrations();
  await applyMigrations(client, migrations.slice(0, names.length));
}

/**
 * The names of the migrations and functions that `migrate` would apply. Throws where it would, and where the database has
 * no tables of the gateway.
 */
export async function pendingChanges(client: pg.Client): Promise<string[]> {
  await refuseUnfinishedCopy(client);
  const migrations = await readMigrations();
  const pending = await pendingMigrations(client, migrations);
  const functions = await changedFunctions(client, {
    folder: new URL('functions/', prismaFolder),
    schemaVersion: migrations.at(-1)?.name ?? '',
  });
  return [...pending.map(({ name }) => name), ...functions];
}

/** Throws where a restore or a move into the database has not ended: a part of its rows is missing. See `backup/target.ts`. */
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

/** The checksums of the migrations that are applied, by their names. */
async function appliedChecksums(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

async function pendingMigrations(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  const applied = await appliedChecksums(client);
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

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  for (const statement of statementsOf(sql)) await client.query(statement);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksum, name],
  );
}
