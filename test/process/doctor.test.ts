import * as fs from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runDoctor } from '../../src/cli/doctor/doctor.ts';
import { readConfig } from '../../src/config.ts';
import { appliedIndexes } from '../../src/postgres/migrate.ts';
import { populate } from '../support/database-copies.ts';
import { newDatabase, query, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts } from '../support/platform.ts';
import { build, launch, start } from '../support/program.ts';
import { encryptionKey, useWorld } from '../support/world.ts';

vi.setConfig(longTimeouts);
const world = useWorld();
beforeAll(() => populate(world));
afterAll(cleanUp);

interface Circumstances {
  env?: Record<string, string>;
  nodeVersion?: string;
}

/** The lines of problems. */
async function problems({
  env = {},
  nodeVersion = '24.1.0',
}: Circumstances = {}): Promise<string[]> {
  const lines: string[] = [];
  const { database = '' } = world.connection;
  const settings = { DATABASE_URL: urlOf({ database }), ENCRYPTION_KEY: encryptionKey, ...env };
  const run = runDoctor([], {
    config: readConfig(settings),
    nodeVersion,
    print: (line) => void lines.push(line),
  });
  const found = () => lines.filter((line) => line.startsWith('   ')).map((line) => line.trim());
  const message = await run.then(
    () => 'No problem',
    (error: Error) => error.message,
  );
  expect(message).toContain(found().length === 0 ? 'No problem' : `${found().length} problem`);
  return found();
}

it('finds no problem in a database that the gateway has written', async () => {
  expect(await problems()).toEqual([]);
});

it.each<[string, Circumstances]>([
  ['Node 20.18.3 is too old', { nodeVersion: '20.18.3' }],
  ['everybody knows the demo key', { env: { DEMO: 'on', HOST: '0.0.0.0' } }],
  ['DEMO is on and a proxy is before the server', { env: { DEMO: 'on', TRUST_PROXY: 'on' } }],
  ['has another ENCRYPTION_KEY', { env: { ENCRYPTION_KEY: 'x'.repeat(32) } }],
  ['and no ENCRYPTION_KEY', { env: { ENCRYPTION_KEY: '' } }],
  ['lower POOL_SIZE or WORKERS', { env: { WORKERS: '20', POOL_SIZE: '20' } }],
])('finds wrong circumstances: %s', async (problem, circumstances) => {
  expect(await problems(circumstances)).toEqual([expect.stringContaining(problem)]);
});

it('says of a database without tables only that', async () => {
  const env = { DATABASE_URL: urlOf({ database: await newDatabase() }) };
  expect(await problems({ env })).toEqual([expect.stringContaining('run npm run migrate')]);
});

it('finds a role without time limits behind a pooler', async () => {
  const found = await problems({ env: { DATABASE_POOLER: 'on' } });
  expect(found).toHaveLength(3);
  expect(found[0]).toMatch(/The role has no \w+: ALTER ROLE/);
});

const byHand = "SET items.writer = 'on'";

/** Moves the last revision of a board and of its log. */
const lastRevisionMovedBy = (count: number): string => `
  WITH b AS (UPDATE board SET revision = revision + (${count}) WHERE id = 'board_abc123' RETURNING revision)
  UPDATE board_change SET revision = revision + (${count})
  WHERE board_id = 'board_abc123' AND revision = (SELECT revision - (${count}) FROM b)`;

/** Runs the statements that a problem ends with. */
async function follow(problem: string): Promise<void> {
  const client = new pg.Client(world.connection);
  await client.connect();
  await client.query(problem.slice(problem.indexOf('BEGIN;')));
  await client.end();
}

it.each<[string, string, string]>([
  [
    'Board board_def456 has the revision',
    "UPDATE board SET revision = revision + 1 WHERE id = 'board_def456'",
    "UPDATE board SET revision = revision - 1 WHERE id = 'board_def456'",
  ],
  [
    'Item item_002 has the version',
    "UPDATE item SET version = version + 1 WHERE id = 'item_002'",
    "UPDATE item SET version = version - 1 WHERE id = 'item_002'",
  ],
  [
    'The trigger refuse_direct_write of item is disabled',
    'ALTER TABLE item DISABLE TRIGGER refuse_direct_write',
    'ALTER TABLE item ENABLE TRIGGER refuse_direct_write',
  ],
  [
    'The index board_change_subject_idx is invalid',
    "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'board_change_subject_idx'::regclass",
    "UPDATE pg_index SET indisvalid = TRUE WHERE indexrelid = 'board_change_subject_idx'::regclass",
  ],
  [
    'Not applied: write_items (1). Run npm run migrate.',
    "UPDATE _applied_function SET checksum = 'x' || checksum WHERE name = 'write_items'",
    "UPDATE _applied_function SET checksum = substr(checksum, 2) WHERE name = 'write_items'",
  ],
  [
    'The extension btree_gin is missing',
    "UPDATE pg_extension SET extname = 'btree_gone' WHERE extname = 'btree_gin'",
    "UPDATE pg_extension SET extname = 'btree_gin' WHERE extname = 'btree_gone'",
  ],
  [
    "The trigger refuse_direct_write of item is missing: DELETE FROM _applied_function WHERE name = 'refuse_direct_write'; then run npm run migrate.",
    'ALTER TRIGGER refuse_direct_write ON item RENAME TO gone',
    'ALTER TRIGGER gone ON item RENAME TO refuse_direct_write',
  ],
  [
    "The function slot_after is missing: DELETE FROM _applied_function WHERE name = 'slot_after'; then run npm run migrate.",
    'ALTER FUNCTION slot_after RENAME TO gone',
    'ALTER FUNCTION gone RENAME TO slot_after',
  ],
  [
    'The index item_large_idx is missing: CREATE INDEX CONCURRENTLY item_large_idx ON item (workspace_id, board_id) WHERE is_large(search);',
    'DROP INDEX item_large_idx',
    'CREATE INDEX item_large_idx ON item (workspace_id, board_id) WHERE is_large(search)',
  ],
  [
    'it has migration 9999_future, which this version does not know. Run a newer version.',
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '9999_future', now())",
    "DELETE FROM _prisma_migrations WHERE id = 'x'",
  ],
  [
    'The contacts of workspace workspace_demo have the revision',
    'UPDATE workspace SET contacts_revision = contacts_revision + 1',
    'UPDATE workspace SET contacts_revision = contacts_revision - 1',
  ],
  [
    'The log of board board_abc123 has no changes between the revisions ',
    lastRevisionMovedBy(10),
    lastRevisionMovedBy(-10),
  ],
  [
    'a restore or a move into it has not ended',
    'CREATE TABLE _unfinished_copy ()',
    'DROP TABLE _unfinished_copy',
  ],
])('finds what was broken: %s', async (problem, broken, mended) => {
  await query(world.connection, byHand, broken);
  const found = await problems();
  await query(world.connection, byHand, mended);
  expect(found).toEqual([expect.stringContaining(problem)]);
  expect(await problems()).toEqual([]);
});

it('finds a wrong count, and prints the statements that correct it', async () => {
  const { connection } = world;
  const wrong = "UPDATE board_column SET items_count = items_count + 1 WHERE id = 'col_001'";
  await query(connection, wrong);
  const [problem = '', another] = await problems();
  expect(problem).toContain(' by its count, 43 in fact: BEGIN;');
  expect(another).toBeUndefined();
  // One more, as by a write after the doctor has counted.
  await query(connection, wrong);
  await follow(problem);
  expect(await problems()).toEqual([]);
});

it.each([
  "DELETE FROM item_value WHERE item_id = 'item_001' AND key = 'deal_value'",
  "INSERT INTO item_value (workspace_id, board_id, key, reading, item_id) VALUES ('workspace_demo', 'board_abc123', 'k', 'o', 'item_gone')",
])('finds wrong rows of the index of values, and prints the statements that correct them: %s', async (wrong) => {
  await query(world.connection, wrong);
  const [problem = '', another] = await problems();
  expect(problem).toContain('wrong on board board_abc123 (rows of item_value: 1): BEGIN;');
  expect(another).toBeUndefined();
  await follow(problem);
  expect(await problems()).toEqual([]);
});

it('knows all indexes that a migration creates', async () => {
  const { connection } = world;
  const client = new pg.Client(connection);
  await client.connect();
  const known = await appliedIndexes(client);
  await client.end();
  const others = await query(
    connection,
    `SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid AND contype <> 'f') ORDER BY 1`,
  );
  expect([...known.keys()].sort()).toEqual(others);
});

it('changes no folder: it creates neither a database nor a key', async () => {
  const folder = newFolder();
  const { stderr } = await launch('doctor', { folder }).ended;
  expect(stderr).toContain('data has no database');
  expect(fs.readdirSync(folder)).toEqual([]);
});

it('is a command that exits with 1 where there is a problem, and explains itself', async () => {
  build();
  const { database = '' } = world.connection;
  const env = { DATABASE_URL: urlOf({ database }) };
  const { how, stdout, stderr } = await launch('doctor', { folder: newFolder(), env }).ended;
  expect({ how, stderr }).toEqual({
    how: 'exit code 1',
    stderr: expect.stringMatching(/^1 problem in postgresql:/),
  });
  expect(stdout).toMatch(/^ok {6}invalid indexes$/m);
  const help = await launch('doctor', { folder: newFolder() }, '--help').ended;
  expect(help.stdout).toContain('Usage: npm run doctor');
});

it.each([
  ['has another ENCRYPTION_KEY: set that one, or rotate the secret.', 'x'.repeat(32)],
  ['There are webhooks, and no ENCRYPTION_KEY', ''],
])('is not needed to see at a start: %s', async (problem, key) => {
  build();
  const { database = '' } = world.connection;
  const settings = { DATABASE_URL: urlOf({ database }), ENCRYPTION_KEY: key, WEBHOOKS: 'off' };
  const server = await start({ folder: newFolder(), env: settings });
  const { stderr } = await server.end();
  expect(stderr).toContain(`webhooks are not sent. `);
  expect(stderr).toContain(problem);
});
