import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clientAt, type GatewayClient } from '../support/client.ts';
import { columnOf } from '../support/crowd.ts';
import { newDatabase } from '../support/databases.ts';
import { documentedCalls, expectDocumented } from '../support/documented-calls.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, launch, type Server, start, startupErrorOf } from '../support/program.ts';
import { startLoad } from '../support/steady-load.ts';
import { openStream, subscribe } from '../support/streams.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { encryptionKey } from '../support/world.ts';
import { canKeepStatements, type PgBouncer, poolSize, startPgBouncer } from './pgbouncer.ts';

beforeAll(() => build());
afterAll(cleanUp);

/** Older versions do not have the setting. */
const withoutStatements = canKeepStatements ? ['max_prepared_statements = 0'] : [];

/** `DATABASE_POOLER`, and the settings of the PgBouncer. */
const modes = [
  { pooler: 'on', settings: withoutStatements },
  ...(canKeepStatements
    ? [{ pooler: 'prepared', settings: ['max_prepared_statements = 100'] }]
    : []),
];

type Board = Awaited<ReturnType<typeof columnOf>>;

async function renameFirst({ boardId, ids }: Board, { rest }: GatewayClient, title: string) {
  const path = `/boards/${boardId}/items/${ids[0]}`;
  expect((await rest('PUT', path, { body: { title } })).status).toBe(200);
}

const startupError = async (env: Record<string, string>): Promise<string> =>
  startupErrorOf(await launch('start', { folder: newFolder(), env }).ended);

it.each([
  { pooler: 'off', settings: [], says: 'set DATABASE_POOLER=on' },
  {
    pooler: 'off',
    settings: [
      'ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout',
    ],
    says: 'a pooler that ignores them. If it is in transaction mode, set DATABASE_POOLER=on',
  },
  {
    pooler: 'prepared',
    settings: withoutStatements,
    says: 'PgBouncer does so from version 1.21 on, with max_prepared_statements above 0',
  },
])('says in one line what DATABASE_POOLER=$pooler lacks: $says', async ({
  pooler,
  settings,
  says,
}) => {
  const { url } = await startPgBouncer(await newDatabase(), { settings });
  expect(await startupError({ DATABASE_URL: url, DATABASE_POOLER: pooler })).toContain(says);
});

it('responds with 503 while PgBouncer has no connection for a request, and then as before', async () => {
  const settings = [...withoutStatements, 'query_wait_timeout = 1'];
  const { url } = await startPgBouncer(await newDatabase(), { settings });
  const env = { DATABASE_URL: url, DATABASE_POOLER: 'on', DEMO: 'on' };
  const { rest } = clientAt((await start({ folder: newFolder(), env })).url);
  const others = Array.from({ length: poolSize }, () => new pg.Client(url));
  for (const other of others) await other.connect();
  for (const other of others) await other.query('BEGIN');
  expect(await rest('GET', '/boards')).toMatchObject({
    status: 503,
    body: { error: { code: 'SERVICE_UNAVAILABLE' } },
  });
  for (const other of others) await other.end();
  await vi.waitFor(async () => expect((await rest('GET', '/boards')).status).toBe(200));
});

describe.each(modes)('DATABASE_POOLER=$pooler', ({ pooler, settings }) => {
  let pgBouncer: PgBouncer;
  let env: Record<string, string>;
  let servers: Server[];
  let client: GatewayClient;

  beforeAll(async () => {
    pgBouncer = await startPgBouncer(await newDatabase(), { settings });
    env = {
      DATABASE_URL: pgBouncer.url,
      DATABASE_POOLER: pooler,
      DEMO: 'on',
      RATE_LIMIT: '1000000',
      ENCRYPTION_KEY: encryptionKey,
      WEBHOOK_ALLOW_PRIVATE: 'on',
    };
    // At the same time, on an empty database: each waits for the migrations of the other.
    servers = await Promise.all([1, 2].map(() => start({ folder: newFolder(), env })));
    client = clientAt(servers[0]?.url ?? '');
  }, 120_000);

  it('starts again, and runs a command: no lock has stayed on a connection of the pooler', async () => {
    const migrated = await launch('migrate', { folder: newFolder(), env }).ended;
    expect(migrated.how).toBe('exit code 0');
    const server = await start({ folder: newFolder(), env });
    const { how, stderr } = await server.end();
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
  });

  it.each(documentedCalls)('responds as documented: $name', (call) =>
    expectDocumented(client, call));

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

  it('goes on after PgBouncer was restarted under load: no request fails once it is back', async () => {
    const loads = servers.map(({ url }) => startLoad(url));
    const [load] = loads;
    await load?.untilEnded(200);
    await pgBouncer.restart();
    const isReady = async ({ url }: Server) =>
      expect((await fetch(`${url}/ready`)).status).toBe(200);
    await vi.waitFor(() => Promise.all(servers.map(isReady)), { timeout: 20_000, interval: 20 });
    const back = performance.now();
    await Promise.all(loads.map((one) => one.untilEnded(200)));
    await Promise.all(loads.map((one) => one.stop()));
    const requests = loads.flatMap((one) => one.requests);
    const failures = requests.filter(({ failure }) => failure !== undefined);
    expect(failures.filter(({ sentAt }) => sentAt > back)).toEqual([]);
    expect(failures.filter(({ failure }) => !failure?.startsWith('503'))).toEqual([]);
  });
});
