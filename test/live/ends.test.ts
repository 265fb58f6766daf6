import { expect, it } from 'vitest';
import { defaultLimits } from '../../src/limits/settings.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { serve, useServer } from '../support/servers.ts';
import { openStream, subscribe } from '../support/streams.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

const rename = ({ items }: TestBoard, from: string, title: string) =>
  mutateOk(world, 'updateItem', { id: items[from], title }, 'item { id }');

it('ends the streams of a key within 5 seconds after it is revoked', async () => {
  const { key, id } = await createKey(world);
  const board = await createBoard(world, { A: ['a'] });
  const stream = await subscribe(server.url, { boardIds: [board.id] }, key);
  await world.db.apiKey.updateMany({ where: { id }, data: { revokedAt: new Date() } });
  const start = performance.now();
  await expect(stream.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(performance.now() - start).toBeLessThan(6000);
});

it('ends streams before the server stops, and refuses new ones', async () => {
  const { app } = world.withOptions({});
  const board = await createBoard(world, { A: ['a'] });
  const url = await serve({ withOptions: () => ({ ...world, app }) });
  const subscription = await subscribe(url, { boardIds: [board.id] });
  const path = `${url}/api/crm/boards/${board.id}/changes`;
  const stream = await openStream(`${path}/stream`);
  app.endStreams();
  await expect(subscription.next()).rejects.toThrow('The server is restarting. Continue from');
  expect(await subscription.next()).toBeUndefined();
  expect(await stream.next()).toMatchObject({
    event: 'end',
    data: { code: 'SERVICE_UNAVAILABLE' },
  });
  expect(await stream.next()).toBeUndefined();
  expect((await openStream(`${path}/stream`)).status).toBe(503);
});

it('limits the streams of a key, and counts those that end', async () => {
  const streams = { ...defaultLimits.streams, key: 2 };
  const url = await serve(world, { streams });
  const board = await createBoard(world, { A: ['a'] });
  const path = `${url}/api/crm/boards/${board.id}/changes/stream`;
  const first = await openStream(path);
  await openStream(path);
  const refused = await openStream(path);
  expect(refused.status).toBe(503);
  first.close();
  await expect.poll(async () => (await openStream(path)).status, { timeout: 5000 }).toBe(200);
});

it('has one place for a request in which several fields wait for changes, and gives it back', async () => {
  const { inFlight } = defaultLimits;
  const client = world.withOptions({
    inFlight: { ...inFlight, requests: { ...inFlight.requests, key: 1 } },
  });
  const board = await createBoard(world, { A: ['a'] });
  const wait = 'changes(after: "now", wait: 30) { nodes { action } }';
  const query = `query ($id: ID!) { board(id: $id) { a: ${wait} b: ${wait} c: ${wait} } }`;
  const waiting = client.graphql<{ board: object }>(query, { id: board.id });
  await expect.poll(() => client.app.load().streams).toBe(3);
  await mutateOk(client, 'updateItem', { id: board.items.a, title: 'a1' }, 'item { id }');
  const nodes = [{ action: 'UPDATED' }];
  expect((await waiting).data.board).toEqual({ a: { nodes }, b: { nodes }, c: { nodes } });
  expect(client.app.load()).toMatchObject({ streams: 0, inFlight: { requests: 0, bytes: 0 } });
});

it('counts exports as streams until they end', async () => {
  const streams = { ...defaultLimits.streams, key: 2 };
  const url = await serve(world, { streams });
  const board = await createBoard(world, { A: ['a'] });
  const path = `${url}/api/crm/boards/${board.id}`;
  const stream = await openStream(`${path}/changes/stream`);
  await openStream(`${path}/changes/stream`);
  expect((await openStream(`${path}/export`)).status).toBe(503);
  stream.close();
  // Each ends before the next one.
  const exportOnce = async () => {
    const { status, next } = await openStream(`${path}/export`);
    await next();
    return status;
  };
  await expect.poll(exportOnce, { timeout: 5000 }).toBe(200);
  await expect.poll(exportOnce, { timeout: 5000 }).toBe(200);
});

it('ends a stream of a board that is deleted', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const stream = await subscribe(server.url, { boardIds: [board.id] });
  await mutateOk(world, 'deleteBoard', { id: board.id, deleteItems: true }, 'deletedIds');
  await expect(stream.next()).rejects.toMatchObject({ code: 'BOARD_NOT_FOUND' });
});

it('hears of the commits of another process before it polls', async () => {
  const { connection } = world;
  const url = await serve(world, { connection });
  const other = world.withOptions({ connection });
  const board = await createBoard(world, { A: ['a'] });
  const stream = await subscribe(url, { boardIds: [board.id] });
  // Both connect for notifications first.
  await expect
    .poll(
      async () =>
        world.db.$queryRaw`SELECT count(*)::integer AS n FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
      { timeout: 5000 },
    )
    .toEqual([{ n: 2 }]);
  for (const title of ['a1', 'a2', 'a3', 'a4']) {
    const start = performance.now();
    await mutateOk(other, 'updateItem', { id: board.items.a, title }, 'item { id }');
    expect(await stream.take(1)).toMatchObject([{ item: { title } }]);
    expect(performance.now() - start).toBeLessThan(1500);
  }
  await other.app.close();
});

it('finds the commits of another process by polling where notifications do not arrive', async () => {
  const url = await serve(world);
  const board = await createBoard(world, { A: ['a'] });
  const stream = await subscribe(url, { boardIds: [board.id] });
  await rename(board, 'a', 'a1');
  expect(await stream.take(1)).toMatchObject([{ item: { title: 'a1' } }]);
});
