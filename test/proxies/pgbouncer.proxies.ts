import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientAt, type GatewayClient } from '../support/client.ts';
import { columnOf } from '../support/crowd.ts';
import { newDatabase } from '../support/databases.ts';
import { documentedCalls, expectDocumented } from '../support/documented-calls.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, launch, type Server, start, startupErrorOf } from '../support/program.ts';
import { openStream, subscribe } from '../support/streams.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { encryptionKey } from '../support/world.ts';
import { startPgBouncer } from './pgbouncer.ts';

let env: Record<string, string>;
let servers: Server[];
let client: GatewayClient;

beforeAll(() => build());
beforeAll(async () => {
  env = {
    DATABASE_URL: await startPgBouncer(await newDatabase()),
    DATABASE_POOLER: 'on',
    DEMO: 'on',
    RATE_LIMIT: '1000000',
    ENCRYPTION_KEY: encryptionKey,
    WEBHOOK_ALLOW_PRIVATE: 'on',
  };
  // At the same time, on an empty database: each waits for the migrations of the other.
  servers = await Promise.all([1, 2].map(() => start({ folder: newFolder(), env })));
  client = clientAt(servers[0]?.url ?? '');
}, 120_000);
afterAll(cleanUp);

type Board = Awaited<ReturnType<typeof columnOf>>;

async function renameFirst({ boardId, ids }: Board, { rest }: GatewayClient, title: string) {
  const path = `/boards/${boardId}/items/${ids[0]}`;
  expect((await rest('PUT', path, { body: { title } })).status).toBe(200);
}

it('names the setting that is missing', async () => {
  const { DATABASE_POOLER: _, ...rest } = env;
  const { ended } = launch('start', { folder: newFolder(), env: rest });
  expect(startupErrorOf(await ended)).toContain('set DATABASE_POOLER=on');
});

it('starts again, and runs a command: no lock has stayed on a connection of the pooler', async () => {
  const migrated = await launch('migrate', { folder: newFolder(), env }).ended;
  expect(migrated.how).toBe('exit code 0');
  const server = await start({ folder: newFolder(), env });
  const { how, stderr } = await server.end();
  expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
});

it.each(documentedCalls)('responds as documented: $name', (call) => expectDocumented(client, call));

it('writes and reads at the same time, with more connections than the pooler has', async () => {
  const board = await columnOf(client, 1);
  const create = (n: number) =>
    client.rest('POST', `/boards/${board.boardId}/items`, { body: { title: `${n}` } });
  const read = () => client.rest('GET', `/boards/${board.boardId}/items?limit=100`);
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? create(n) : read())),
  );
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 201]));
});

it('streams the commits of both servers, resumes, and waits for a change', async () => {
  const board = await columnOf(client, 1);
  const rename = (server: number, title: string) =>
    renameFirst(board, clientAt(servers[server]?.url ?? ''), title);
  const subscription = await subscribe(servers[0]?.url ?? '', { boardIds: [board.boardId] });
  await rename(0, 'a1');
  const first = await subscription.next();
  expect(first?.changes).toMatchObject([{ item: { title: 'a1' } }]);
  await rename(1, 'a2');
  expect(await subscription.take(1)).toMatchObject([{ item: { title: 'a2' } }]);
  const log = `/boards/${board.boardId}/changes`;
  const resumed = await openStream(`${servers[1]?.url}/api/crm${log}/stream`, {
    headers: { 'last-event-id': first?.cursor ?? '' },
  });
  const event = await resumed.next();
  expect(event).toMatchObject({ data: [{ fields: [{ after: 'a2' }] }] });
  const waiting = client.rest('GET', `${log}?after=${event?.id}&wait=30`);
  await rename(1, 'a3');
  expect((await waiting).body.data).toHaveLength(1);
});

it('delivers to webhooks', async () => {
  const board = await columnOf(client, 1);
  const receiver = await startReceiver();
  const { body } = await client.rest<{ secret: string }>('POST', '/webhooks', {
    body: { url: receiver.url, board_ids: [board.boardId] },
  });
  receiver.secret = body.data.secret;
  for (const title of ['a1', 'a2', 'a3']) await renameFirst(board, client, title);
  const changes = await receiver.accepted(({ length }) => length >= 3);
  expect(changes.map(({ action }) => action)).toEqual(['updated', 'updated', 'updated']);
});
