import * as fs from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, inject, it, vi } from 'vitest';
import type { Connection } from '../../src/postgres/client.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { startDatabase } from '../../src/postgres/start.ts';
import { StartupError } from '../../src/postgres/startup-error.ts';
import { newDatabase, query, urlOf } from '../support/databases.ts';
import { cleanUp } from '../support/folders.ts';
import { project } from '../support/platform.ts';
import { prismaWith } from '../support/prisma-folder.ts';

afterAll(cleanUp);

const namesIn = (folder: string): string[] =>
  fs.readdirSync(join(project, 'prisma', folder)).map((name) => name.replace('.sql', ''));

const migrationNames = namesIn('migrations');
const functionNames = namesIn('functions').sort();

async function emptyDatabase(): Promise<Connection> {
  return { ...inject('server'), database: await newDatabase() };
}

async function migratedDatabase(): Promise<Connection> {
  const connection = await emptyDatabase();
  await migrate(connection);
  return connection;
}

it('applies each migration and each function once, also when three processes start at once', async () => {
  const connection = await emptyDatabase();
  const rounds = await Promise.all([1, 2, 3].map(() => migrate(connection)));
  expect(rounds.flat().sort()).toEqual([...migrationNames, ...functionNames].sort());
  expect(await migrate(connection)).toEqual([]);
});

it('applies a changed function again, and only that one', async () => {
  const connection = await migratedDatabase();
  const changed = prismaWith({ 'functions/slot_after.sql': (sql) => sql.replace('128', '256') });
  expect(await migrate(connection, changed)).toEqual(['slot_after']);
  expect(await query(connection, 'SELECT slot_after(256)::integer')).toEqual([65]);
  expect(await migrate(connection, changed)).toEqual([]);
  expect(await migrate(connection)).toEqual(['slot_after']);
});

it('applies every function again after a new migration, which may have dropped a trigger', async () => {
  const connection = await migratedDatabase();
  const newer = prismaWith({
    'migrations/9999_drop/migration.sql': () => 'DROP TRIGGER refuse_direct_write ON item;',
  });
  expect((await migrate(connection, newer)).sort()).toEqual([...functionNames, '9999_drop'].sort());
  const triggers = "SELECT tgname::text FROM pg_trigger WHERE tgname = 'refuse_direct_write'";
  expect(await query(connection, triggers)).toEqual(['refuse_direct_write']);
});

it('lets others write while a migration waits for a backup to end', async () => {
  const connection = await migratedDatabase();
  const newer = prismaWith({
    'migrations/9999_note/migration.sql': () => 'ALTER TABLE board ADD COLUMN note text;',
  });
  const reader = new pg.Client(connection);
  await reader.connect();
  await reader.query('BEGIN; LOCK TABLE board IN ACCESS SHARE MODE');
  const migration = migrate(connection, newer);
  const waits =
    "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'board'::regclass AND mode = 'AccessExclusiveLock'";
  await vi.waitUntil(async () => (await query(connection, waits)).length > 0, { timeout: 10_000 });
  await query(connection, "SET lock_timeout = '5s'", "UPDATE board SET name = 'B'");
  await reader.end();
  expect(await migration).toContain('9999_note');
});

it('creates a function before the one that calls it, whatever their names', async () => {
  const sqlFunction = (name: string, result: string) => () =>
    `CREATE OR REPLACE FUNCTION ${name}() RETURNS integer LANGUAGE sql RETURN ${result};`;
  const folder = prismaWith({
    'functions/a_caller.sql': sqlFunction('a_caller', 'z_callee() + 1'),
    'functions/z_callee.sql': sqlFunction('z_callee', '41'),
  });
  const connection = await emptyDatabase();
  await migrate(connection, folder);
  expect(await query(connection, 'SELECT a_caller()')).toEqual([42]);
});

it('applies no function when one of them fails', async () => {
  const connection = await migratedDatabase();
  const broken = prismaWith({
    'functions/slot_after.sql': (sql) => sql.replace('128', '256'),
    'functions/write_items.sql': (sql) => sql.replace('BEGIN', 'BEGIN nonsense'),
  });
  await expect(migrate(connection, broken)).rejects.toThrow('syntax error');
  expect(await migrate(connection)).toEqual([]);
});

const start = ({ database = '' }: Connection) =>
  startDatabase({ dataDir: '', databaseUrl: urlOf({ database }) });

const rename = (name: string) => `UPDATE _prisma_migrations SET migration_name = '${name}'`;

it.each([
  [
    'changed after it was applied',
    'UPDATE _prisma_migrations SET checksum = $$x$$',
    '0001_init was changed',
  ],
  ['from a newer version', rename('0099_future'), 'Run a newer version'],
  ['from a version before the first release', rename('0001_items'), 'DATA_DIR or DATABASE_URL'],
])('refuses a database with a migration %s, in one line', async (_name, change, reason) => {
  const connection = await migratedDatabase();
  await query(connection, change);
  const error = await start(connection).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toBeInstanceOf(StartupError);
  expect(error?.message).toMatch(/^The database at postgresql:[^\n]+ cannot be used: [^\n]+$/);
  expect(error?.message).toContain(reason);
});
