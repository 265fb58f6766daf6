import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Connection } from './client.ts';
import { StartupError } from './startup-error.ts';

const folder = new URL('../../prisma/migrations/', import.meta.url);

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** One number that every process of ours agrees on, for PostgreSQL's advisory lock. */
const lockNumber = 7_236_402_114;

// The table that Prisma's own `migrate deploy` keeps, so that both agree on what has run.
const history = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
  migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`;

/**
 * Brings the database to the newest schema; several processes may do it at once. Each migration runs in a
 * transaction of its own with its record. Returns the names of those it applied.
 * Throws StartupError where a migration that has run was changed since, or is unknown to this version.
 */
export async function migrate(connection: Connection): Promise<string[]> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await client.query("SET lock_timeout = '60s'");
    await client.query('SELECT pg_advisory_lock($1)', [lockNumber]);
    await client.query(history);
    const pending = await pendingMigrations(client);
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function pendingMigrations(client: pg.Client): Promise<Migration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  const migrations = await readMigrations();
  for (const { name, checksum } of migrations) {
    if (applied.has(name) && applied.get(name) !== checksum) {
      throw new StartupError(`Migration ${name} was changed after it ran on this database.`);
    }
  }
  const unknown = [...applied.keys()].find((name) => !migrations.some((m) => m.name === name));
  if (unknown !== undefined) {
    throw new StartupError(
      `The database has migration ${unknown}, which this version does not know. Run a newer version.`,
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function readMigrations(): Promise<Migration[]> {
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
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
