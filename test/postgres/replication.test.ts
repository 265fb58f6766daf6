import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/postgres/client.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { loadDemo } from '../../src/seed/demo.ts';
import { expectSameRows, expectServes, populate } from '../support/database-copies.ts';
import { query } from '../support/databases.ts';
import { startIn, stopAll } from '../support/folder-holders.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts, restartTimeout } from '../support/platform.ts';
import { openWorld } from '../support/world.ts';

afterAll(cleanUp);
afterAll(stopAll);

/** Starts an empty server that can publish and subscribe. */
async function startServer(): Promise<Connection> {
  const dataDir = newFolder();
  // The other server, which runs as another user if this process is root, connects to the socket in it.
  chmodSync(dataDir, 0o711);
  const settings = { wal_level: 'logical', fsync: 'off', shared_buffers: '16MB' };
  const { connection } = await startIn(dataDir, { settings });
  await migrate(connection);
  return connection;
}

vi.setConfig(longTimeouts);

let source: Connection;
let copy: Connection;
beforeAll(async () => {
  [source, copy] = await Promise.all([startServer(), startServer()]);
  const world = openWorld(source);
  await loadDemo(world.db);
  await populate(world);
  // As in docs/backup.md.
  await query(source, 'CREATE PUBLICATION items FOR ALL TABLES');
  await query(copy, 'TRUNCATE _prisma_migrations, _applied_function');
  const from = `host=${source.host} port=${source.port} user=${source.user} dbname=${source.database}`;
  await query(copy, `CREATE SUBSCRIPTION items CONNECTION '${from}' PUBLICATION items`);
  const areCopied = async () =>
    expect(await query(copy, "SELECT 1 FROM pg_subscription_rel WHERE srsubstate <> 'r'")).toEqual(
      [],
    );
  await vi.waitFor(areCopied, { timeout: restartTimeout, interval: 20 });
  // The rows so far were copied; these are replicated.
  await populate(world);
  await world.close();
  const [end] = await query(source, 'SELECT pg_current_wal_lsn()');
  const position = `SELECT confirmed_flush_lsn >= '${end}' FROM pg_replication_slots`;
  const hasArrived = async () => expect(await query(source, position)).toEqual([true]);
  await vi.waitFor(hasArrived, { timeout: restartTimeout, interval: 20 });
  await query(copy, 'DROP SUBSCRIPTION items');
});

it('copies and replicates every row of every table', async () => {
  await expectSameRows(source, copy);
});

it('searches and writes in a replicated database, which has nothing to migrate', async () => {
  expect(await migrate(copy)).toEqual([]);
  await expectServes(copy);
});
