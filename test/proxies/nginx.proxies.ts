import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BoardTarget, clientAt, type GatewayClient } from '../support/client.ts';
import { columnOf } from '../support/crowd.ts';
import { newDatabase, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, type Server, start } from '../support/program.ts';
import { hasNginx, startProxy } from '../support/proxy.ts';
import { openStream, subscribe } from '../support/streams.ts';

let servers: Server[];
let url: string;
let client: GatewayClient;

beforeAll(() => build());
beforeAll(async () => {
  expect(hasNginx, 'nginx is installed').toBe(true);
  const DATABASE_URL = urlOf({ database: await newDatabase() });
  const env = { DATABASE_URL, DEMO: 'on', RATE_LIMIT: '1000000', TRUST_PROXY: 'on' };
  servers = [];
  for (let n = 0; n < 2; n += 1) servers.push(await start({ folder: newFolder(), env }));
  // It buffers responses, by default, and keeps connections alive.
  url = await startProxy(servers.map((server) => Number(new URL(server.url).port)));
  client = clientAt(url);
}, 120_000);
afterAll(cleanUp);

type Board = Awaited<ReturnType<typeof columnOf>>;

async function rename({ boardId, ids }: Board, title: string): Promise<void> {
  const path = `/boards/${boardId}/items/${ids[0]}`;
  expect((await client.rest('PUT', path, { body: { title } })).status).toBe(200);
}

const openRest = ({ boardId }: BoardTarget, cursor?: string) =>
  openStream(`${url}/api/crm/boards/${boardId}/changes/stream`, {
    headers: cursor === undefined ? {} : { 'last-event-id': cursor },
  });

it('passes each change on at once, although it buffers', async () => {
  const board = await columnOf(client, 1);
  const subscription = await subscribe(url, { boardIds: [board.boardId] });
  const stream = await openRest(board);
  for (const title of ['a1', 'a2', 'a3']) {
    const start = performance.now();
    await rename(board, title);
    expect(await subscription.take(1)).toMatchObject([{ item: { title } }]);
    expect(await stream.next()).toMatchObject({ data: [{ fields: [{ after: title }] }] });
    // Held back, they would come when the stream ends.
    expect(performance.now() - start).toBeLessThan(4000);
  }
});

it('returns a long poll when there is a change', async () => {
  const board = await columnOf(client, 1);
  const log = `/boards/${board.boardId}/changes`;
  const { body } = await client.rest('GET', `${log}?limit=500`);
  const { next_cursor } = body as unknown as { next_cursor: string };
  const waiting = client.rest('GET', `${log}?after=${next_cursor}&wait=30`);
  await rename(board, 'a1');
  expect((await waiting).body.data).toHaveLength(1);
});

it('closes the stream of a client that has left', async () => {
  const board = await columnOf(client, 1);
  // 20 for each key and server: a stream that stayed open would be one too many.
  for (let n = 0; n < 60; n += 1) {
    const stream = await openRest(board);
    expect(stream.status).toBe(200);
    stream.close();
  }
});

it('resumes on the other server when one stops', async () => {
  const board = await columnOf(client, 1);
  const streams = [await openRest(board), await openRest(board)];
  await rename(board, 'a1');
  const cursors = await Promise.all(streams.map(async (stream) => (await stream.next())?.id));
  const ends = streams.map((stream) => stream.next().catch(() => 'lost'));
  expect((await servers[0]?.end())?.how).toBe('exit code 0');
  expect(await Promise.race(ends)).toMatchObject({ data: { code: 'SERVICE_UNAVAILABLE' } });
  await rename(board, 'a2');
  for (const cursor of cursors) {
    const resumed = await openRest(board, cursor);
    expect(await resumed.next()).toMatchObject({ data: [{ fields: [{ after: 'a2' }] }] });
  }
});
