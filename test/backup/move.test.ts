import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/postgres/client.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { expectSameRows, expectServes, manyItems, populate } from '../support/database-copies.ts';
import { embeddedConnection, newDatabase, query, urlOf } from '../support/databases.ts';
import { outputOf } from '../support/file-commands.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts } from '../support/platform.ts';
import { build, launch, start } from '../support/program.ts';
import { openWorld } from '../support/world.ts';

vi.setConfig(longTimeouts);
beforeAll(build);
afterAll(cleanUp);

/** Each database has its own. */
const own = ['_prisma_migrations', '_applied_function'];

/** Runs `work` beside the embedded database of a folder, which no server uses. */
async function withEmbedded(folder: string, work: (connection: Connection) => Promise<void>) {
  const server = await start({ folder, env: { DEMO: 'on' } });
  await work(embeddedConnection(folder) as Connection);
  await server.end();
}

it('moves a database to another server and back, though it is killed half-way', async () => {
  const folder = newFolder();
  const server = await start({ folder });
  const source = embeddedConnection(folder) as Connection;
  const world = openWorld(source);
  await populate(world);
  await world.close();
  await query(source, manyItems);
  const database = await newDatabase();
  const to = urlOf({ database });
  const inUse = await launch('move', { folder }, '--to', to).ended;
  expect(inUse.stderr).toContain('is in use by');
  const env = { TARGET_DATABASE_URL: to };
  const plan = await outputOf(launch('move', { folder, env }, '--dry-run'));
  expect(plan).toContain(
    'Dry run: nothing was changed. Without --dry-run, these rows go into the empty database at postgresql:',
  );
  await server.end();

  const killed = launch('move', { folder }, '--to', to);
  await vi.waitUntil(() => /^item .* rows$/m.test(killed.stdout()), {
    timeout: 60_000,
    interval: 1,
  });
  killed.send('SIGKILL');
  expect((await killed.ended).how).toBe('signal SIGKILL');
  const refused = await launch('start', { folder: newFolder(), env: { DATABASE_URL: to } }).ended;
  expect(refused.stderr).toContain('a restore or a move into it has not ended');

  const moved = await outputOf(launch('move', { folder }, '--to', to));
  expect(moved).toMatch(/^Copied before: \d+ tables?\.$/m);
  expect(moved).toContain('item_value');
  expect(moved).not.toMatch(/^board /m);
  const copy = { connectionString: to };
  expect(await query(copy, `SELECT count(*)::int FROM api_key WHERE id = 'key_demo'`)).toEqual([0]);

  const home = newFolder();
  const back = { folder, env: { DATABASE_URL: to } };
  await outputOf(launch('move', back, '--to', join(home, 'data')));
  await withEmbedded(folder, async (first) => {
    await expectSameRows(first, copy, [...own, 'api_key']);
    await withEmbedded(home, (last) => expectSameRows(first, last, [...own, 'api_key']));
  });
  const key = launch('keys', back, 'create', '--workspace', 'W', '--agent', 'A', '--name', 'N');
  expect((await key.ended).stdout).toContain('itk_');
  // The tests call with the demo key.
  await query(
    copy,
    `INSERT INTO api_key SELECT workspace_id, 'key_demo', id, 'Demo', sha256('YOUR_API_KEY'), '{read,write}'
    FROM agent WHERE id = 'agent_123'`,
  );
  await expectServes(copy);
  const full = await launch('move', { folder }, '--to', to).ended;
  expect(full.stderr).toMatch(/has data\. --force deletes it/);
});

it('does not touch the tables of another program', async () => {
  const folder = newFolder();
  await withEmbedded(folder, async () => {});
  const database = await newDatabase();
  const to = urlOf({ database });
  await query({ connectionString: to }, 'CREATE TABLE theirs (n integer)');
  // Not even beside empty tables of the gateway.
  await migrate({ connectionString: to });
  const away = 'postgresql://x@127.0.0.1:1/x';
  const unreachable = await launch('move', { folder }, '--to', away).ended;
  expect(unreachable.stderr).toMatch(/^postgresql:\/\/x@127\.0\.0\.1:1\/x: /);
  const end = await launch('move', { folder }, '--to', to, '--force').ended;
  expect(end.stderr).toContain("the table theirs, which is not the gateway's");
  expect(await query({ connectionString: to }, 'SELECT count(*)::int FROM theirs')).toEqual([0]);
});

it('has no sequences, which a copy would have to set', async () => {
  const folder = newFolder();
  await withEmbedded(folder, async (connection) =>
    expect(await query(connection, 'SELECT sequencename FROM pg_sequences')).toEqual([]),
  );
});
