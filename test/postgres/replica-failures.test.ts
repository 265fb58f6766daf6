import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Connection, openDatabase } from '../../src/postgres/client.ts';
import { openReplica } from '../../src/postgres/replica/replica.ts';
import { query } from '../support/databases.ts';
import { startIn } from '../support/folder-holders.ts';
import { startFreezingProxy } from '../support/freezing-proxy.ts';
import { longTimeouts } from '../support/platform.ts';
import { useReplicatedDemo } from '../support/replica.ts';

vi.setConfig(longTimeouts);

const demo = useReplicatedDemo();

const items = '/boards/board_abc123/items';

/** A gateway that reads from this replica, and its events. */
function openGateway(connection: Connection) {
  const { db, close } = openDatabase(demo.primary.connection);
  const events: string[] = [];
  const replica = openReplica(db, {
    connection,
    listener: {
      onUnavailable: ({ message }) => events.push(message),
      onAvailable: () => events.push('available'),
    },
  });
  onTestFinished(async () => {
    await replica.close();
    await close();
  });
  return { ...demo.world.withOptions({ replica }), events };
}

it('leaves a statement that takes long on a replica that is alive', async () => {
  const { db, close } = openDatabase(demo.primary.connection);
  const replica = openReplica(db, { connection: demo.replica.connection });
  onTestFinished(async () => {
    await replica.close();
    await close();
  });
  await vi.waitFor(
    async () =>
      expect(
        await replica.$rows({ text: 'SELECT pg_is_in_recovery() FROM pg_sleep(2)', values: [] }),
      ).toEqual([['t']]),
    { timeout: 20_000 },
  );
});

it('reads from the primary within seconds where the replica freezes in the middle of statements', async () => {
  const word = 'freeze';
  const { connection, thaw } = await startFreezingProxy(demo.replica.connection, word);
  const { rest, graphql, events } = openGateway(connection);
  await rest('GET', items);
  const began = performance.now();
  const frozen = await Promise.all([
    rest('GET', `${items}?search=${word}`),
    rest('POST', `${items}/search`, { body: { query: word, sort_by: 'title' } }),
    rest('POST', `${items}/search`, { body: { query: word, sort_by: 'created_at' } }),
    graphql(`{ items(search: "${word}") { totalCount } }`),
    graphql(
      `{ board(id: "board_abc123") { itemGroups(by: { field: LABEL }, search: "${word}") { count } } }`,
    ),
  ]);
  // Their statements would have 20 s.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(frozen.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(events).not.toContain('available');
  thaw();
  const isBack = async () => {
    await rest('GET', items);
    expect(events.at(-1)).toBe('available');
  };
  await vi.waitFor(isBack, { timeout: 20_000, interval: 50 });
});

it('does not read a replica that was promoted and follows the primary again without having been rewound', async () => {
  const { replica, replicaFolder, primary } = demo;
  await query(replica.connection, 'SELECT pg_promote()');
  // Now its log is longer than that of the primary, but another one.
  await query(replica.connection, 'CREATE TABLE other AS SELECT generate_series(1, 100000)');
  await replica.stop();
  writeFileSync(join(replicaFolder, 'postgres/standby.signal'), '');
  const { host, port, user } = primary.connection;
  const settings = {
    primary_conninfo: `host=${host} port=${port} user=${user}`,
    fsync: 'off',
    shared_buffers: '16MB',
  };
  const { connection } = await startIn(replicaFolder, { settings });
  expect(await query(connection, 'SELECT pg_is_in_recovery()')).toEqual([true]);
  const reader = openGateway(connection);
  for (let n = 0; n < 10; n += 1) {
    const title = randomUUID();
    const { body } = await demo.world.rest<{ id: string }>('POST', items, { body: { title } });
    const list = await reader.rest('GET', `${items}?search=${title}`);
    expect(list.body).toMatchObject({ data: [{ id: body.data.id }], pagination: { total: 1 } });
  }
});
