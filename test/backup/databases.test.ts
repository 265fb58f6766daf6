import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withConnection } from '../../src/backup/connection.ts';
import { withSnapshot } from '../../src/backup/snapshot.ts';
import { otherTables } from '../../src/backup/tables.ts';
import { clear } from '../../src/backup/target.ts';
import { runBackup } from '../../src/cli/copies/backup.ts';
import { checkTarget } from '../../src/cli/copies/check-target.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { newDatabase, query, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';

afterAll(cleanUp);

async function newServer({ isMigrated = true } = {}) {
  const place = urlOf({ database: await newDatabase() });
  const connection = { connectionString: place };
  if (isMigrated) await migrate(connection);
  return { connection, place, isNew: false, close: async () => {} };
}

const workspace = "INSERT INTO workspace (id, name) VALUES ('w', 'W')";
const target = { place: 'the database', migrations: [], force: false };

it('keeps tables as they are while a backup reads them', async () => {
  const { connection } = await newServer();
  await query(connection, workspace);
  await withConnection(connection, (client) =>
    withSnapshot(client, async ({ tables }) => {
      const change = query(
        connection,
        "SET lock_timeout = '100ms'",
        'ALTER TABLE workspace ADD COLUMN note text',
      );
      await expect(change).rejects.toThrow('lock timeout');
      await query(connection, "UPDATE workspace SET name = 'V'");
      expect(tables.map(({ name }) => name)).toContain('workspace');
    }),
  );
});

it('knows all tables that it creates', async () => {
  const { connection } = await newServer();
  await withConnection(connection, async (client) => {
    expect(await otherTables(client)).toEqual([]);
  });
});

it.each<[string, string]>([
  ['one that the gateway has created', workspace],
  ['one whose table has the same name', 'CREATE TABLE board AS SELECT 1 AS id'],
])('keeps rows of a target: %s', async (_, statement) => {
  const { connection } = await newServer({ isMigrated: statement === workspace });
  await withConnection(connection, async (client) => {
    expect(await checkTarget(client, target)).toBe('nothing');
    await query(connection, statement);
    await expect(checkTarget(client, target)).rejects.toThrow('has data. --force deletes it');
  });
});

it('deletes no function of others', async () => {
  const { connection } = await newServer();
  const theirs = 'CREATE FUNCTION theirs() RETURNS integer LANGUAGE sql AS $$ SELECT 7 $$';
  await query(connection, theirs);
  await withConnection(connection, clear);
  expect(await query(connection, 'SELECT theirs()')).toEqual([7]);
  const names =
    "SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')";
  expect(await query(connection, names)).toEqual(['theirs']);
  const tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
  expect(await query(connection, tables)).toEqual(['_unfinished_copy']);
});

it('copies into a target one after the other', async () => {
  const { connection } = await newServer();
  await withConnection(connection, async (first) => {
    await checkTarget(first, target);
    await withConnection(connection, async (second) => {
      await second.query("SET lock_timeout = '100ms'");
      await expect(checkTarget(second, target)).rejects.toThrow('Another restore or move');
    });
  });
  await withConnection(connection, async (third) => {
    expect(await checkTarget(third, target)).toBe('nothing');
  });
});

it('backs up beside the tables of another program, which it names', async () => {
  const server = await newServer();
  await query(server.connection, workspace, 'CREATE TABLE theirs (n integer)');
  const lines: string[] = [];
  await runBackup(server, join(newFolder(), 'file'), {
    isDry: false,
    force: false,
    print: (line) => void lines.push(line),
  });
  expect(lines).toContain("The table theirs is not the gateway's: it is left out.");
  expect(lines.join('\n')).not.toMatch(/^theirs /m);
});
