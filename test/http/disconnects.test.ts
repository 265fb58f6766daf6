import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterEach, expect, it, vi } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of undo.splice(0).reverse()) await close();
});

/** Holds a lock that makes every statement on items wait. `findWaiting` returns the processes that wait for it. */
async function lockItems() {
  const client = new pg.Client(world.connection);
  await client.connect();
  undo.push(() => client.end());
  await client.query('BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE');
  const unlock = () => client.query('ROLLBACK');
  undo.push(unlock);
  // A transaction sees the activity of its first look only.
  const observer = new pg.Client(world.connection);
  await observer.connect();
  undo.push(() => observer.end());
  const findWaiting = async (): Promise<number[]> => {
    const { rows } = await observer.query(
      `SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock' ORDER BY pid`,
    );
    return rows.map(({ pid }) => pid);
  };
  return { findWaiting, unlock };
}

const query = '{ items(boardId: "board_abc123") { nodes { id } totalCount } }';

it('cancels the statements of a client that disconnects', async () => {
  const server = createServer(world.app.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close());
  const { findWaiting } = await lockItems();
  const { port } = server.address() as AddressInfo;
  const send = (method: string, path: string, body?: string) => {
    const headers = { api_key: demoKey, 'Content-Type': 'application/json' };
    const sent = request({ port, method, path, headers }).on('error', () => {});
    sent.end(body);
    return sent;
  };
  const sent = [
    send(
      'POST',
      '/graphql',
      JSON.stringify({ query: '{ items(search: "acme") { nodes { id } } }' }),
    ),
    send('GET', '/api/crm/boards/board_abc123/items/item_001'),
    send(
      'POST',
      '/graphql',
      JSON.stringify({
        query:
          '{ board(id: "board_abc123") { itemGroups(by: { field: COLUMN }, filter: { title: { contains: "a" } }) { count } } }',
      }),
    ),
    send('PUT', '/api/crm/boards/board_abc123/items/item_001', '{"title": "never"}'),
  ];
  await vi.waitFor(
    async () => expect((await findWaiting()).length).toBeGreaterThanOrEqual(3),
    5000,
  );
  for (const one of sent) one.destroy();
  await vi.waitFor(async () => expect((await findWaiting()).length).toBeLessThanOrEqual(1), 3000);
});

it('cancels the statements of a request that takes too long', async () => {
  const { findWaiting } = await lockItems();
  const { graphql } = world.withOptions({ requestTimeout: 300 });
  const { errors } = await graphql(query);
  expect(errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
  expect(errors?.[0]?.message).toContain('longer than 0.3 s');
  await vi.waitFor(async () => expect(await findWaiting()).toEqual([]), 3000);
});

it('keeps the connection of a statement that was cancelled', async () => {
  const { findWaiting, unlock } = await lockItems();
  const { graphql } = world.withOptions({ requestTimeout: 300 });
  const counted = '{ items(filter: { title: { contains: "a" } }) { totalCount } }';
  const cancelOne = async () => {
    const response = graphql(counted);
    await vi.waitFor(async () => expect(await findWaiting()).toHaveLength(1), 3000);
    const waiting = await findWaiting();
    await response;
    return waiting;
  };
  expect(await cancelOne()).toEqual(await cancelOne());
  await unlock();
  expect((await graphql(counted)).errors).toBeUndefined();
});
