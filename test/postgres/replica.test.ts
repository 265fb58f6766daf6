import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Connection, openDatabase, type Reader } from '../../src/postgres/client.ts';
import { openReplica } from '../../src/postgres/replica/replica.ts';
import { checkReplica } from '../../src/postgres/replica/replica-identity.ts';
import { query } from '../support/databases.ts';
import { restartTimeout } from '../support/platform.ts';
import { useReplicatedDemo } from '../support/replica.ts';
import type { AppClient } from '../support/world.ts';

const demo = useReplicatedDemo();

/** A gateway that reads from the replica, and the statements on items that it has read from the primary. */
function openGateway(connection: Connection = demo.replica.connection) {
  const { db, close } = openDatabase(demo.primary.connection);
  const fromPrimary: string[] = [];
  const primary: Reader = {
    $rows(statement, options) {
      if (/\bitem i\b/.test(statement.text)) fromPrimary.push(statement.text);
      return db.$rows(statement, options);
    },
  };
  const replica = openReplica(primary, { connection });
  onTestFinished(async () => {
    await replica.close();
    await close();
  });
  return { ...demo.world.withOptions({ replica }), fromPrimary };
}

const items = '/boards/board_abc123/items';

/** Creates an item through one gateway, and expects it in a page and a count of another one, by REST and by GraphQL. */
async function expectWriteIsSeen(reader: AppClient): Promise<void> {
  const title = randomUUID();
  const { body } = await demo.world.rest<{ id: string }>('POST', items, { body: { title } });
  const { id } = body.data;
  const [list, found] = await Promise.all([
    reader.rest<{ id: string }[]>('GET', `${items}?search=${title}`),
    reader.graphql<{ board: { items: { nodes: { id: string }[]; totalCount: number } } }>(
      'query ($search: String) { board(id: "board_abc123") { items(search: $search) { nodes { id } totalCount } } }',
      { search: title },
    ),
  ]);
  expect(list.body).toMatchObject({ data: [{ id }], pagination: { total: 1 } });
  expect(found.data.board.items).toEqual({ nodes: [{ id }], totalCount: 1 });
}

it('serves pages and counts from the replica, and never behind a write of another gateway', async () => {
  const reader = openGateway();
  await reader.rest('GET', items);
  reader.fromPrimary.length = 0;
  for (let n = 0; n < 100; n += 1) await expectWriteIsSeen(reader);
  // On a busy machine the replica may be late now and then.
  expect(reader.fromPrimary.length).toBeLessThan(200);
});

it('reads from the primary while the replica is paused, and from the replica after it', async () => {
  const reader = openGateway();
  await query(demo.replica.connection, 'SELECT pg_wal_replay_pause()');
  for (let n = 0; n < 10; n += 1) await expectWriteIsSeen(reader);
  expect(reader.fromPrimary.length).toBeGreaterThan(10);
  await query(demo.replica.connection, 'SELECT pg_wal_replay_resume()');
  const isUsed = async () => {
    reader.fromPrimary.length = 0;
    await expectWriteIsSeen(reader);
    expect(reader.fromPrimary).toEqual([]);
  };
  await vi.waitFor(isUsed, { timeout: restartTimeout, interval: 50 });
});

it('reads from the primary where the replica is another database, or is not there', async () => {
  const { connection } = demo.primary;
  await query(connection, 'CREATE DATABASE other');
  const other = { ...connection, database: 'other' };
  const nowhere = { ...connection, host: '/nowhere' };
  for (const wrong of [connection, other, nowhere]) {
    const reader = openGateway(wrong);
    await expectWriteIsSeen(reader);
    expect(reader.fromPrimary).not.toEqual([]);
  }
  await expect(checkReplica(demo.world.db, other)).rejects.toThrow(
    'READ_DATABASE_URL cannot be used',
  );
  await checkReplica(demo.world.db, nowhere);
  await checkReplica(demo.world.db, demo.replica.connection);
});
