import * as fs from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runDoctor } from '../../src/cli/doctor/doctor.ts';
import { readConfig } from '../../src/config.ts';
import { populate } from '../support/database-copies.ts';
import { query, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts } from '../support/platform.ts';
import { build, launch } from '../support/program.ts';
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
  ['has another ENCRYPTION_KEY', { env: { ENCRYPTION_KEY: 'x'.repeat(32) } }],
  ['and no ENCRYPTION_KEY', { env: { ENCRYPTION_KEY: '' } }],
  ['lower POOL_SIZE or WORKERS', { env: { WORKERS: '20', POOL_SIZE: '20' } }],
])('finds wrong circumstances: %s', async (problem, circumstances) => {
  expect(await problems(circumstances)).toEqual([expect.stringContaining(problem)]);
});

it('finds a role without time limits behind a pooler', async () => {
  const found = await problems({ env: { DATABASE_POOLER: 'on' } });
  expect(found).toHaveLength(3);
  expect(found[0]).toMatch(/The role has no \w+: ALTER ROLE/);
});

const byHand = "SET items.writer = 'on'";

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
  expect(problem).toContain(' items and has 43: BEGIN;');
  expect(another).toBeUndefined();
  // One more, as by a write after the doctor has counted.
  await query(connection, wrong);
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(problem.slice(problem.indexOf('BEGIN;')));
  await client.end();
  expect(await problems()).toEqual([]);
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
  expect(stdout).toMatch(/^ok {6}indexes$/m);
  const help = await launch('doctor', { folder: newFolder() }, '--help').ended;
  expect(help.stdout).toContain('Usage: npm run doctor');
});
