import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { newKey } from '../../src/auth/api-keys.ts';
import { createBoard } from '../support/boards.ts';
import { useIssuer } from '../support/issuer.ts';
import { serve } from '../support/servers.ts';
import { eventsOf, openStream } from '../support/streams.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const issuer = useIssuer();

type Line = Record<string, unknown> & { msg: string; level: number };

/** A server that keeps its log lines. */
async function start(options: Parameters<typeof world.withOptions>[0] = {}, level = 'info') {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const log = pino({ level }, stream);
  const { app } = world.withOptions({ log, slowRequest: 600_000, ...options });
  const url = await serve({ withOptions: () => ({ ...world, app }) });
  const lines = () =>
    text
      .split('\n')
      .filter((line) => line.includes('request"'))
      .map((line): Line => JSON.parse(line));
  const send = async (path: string, init: RequestInit = {}) => {
    const before = lines().length;
    const headers = { authorization: 'Bearer YOUR_API_KEY', ...init.headers };
    const response = await fetch(url + path, { ...init, headers });
    await response.text();
    await expect.poll(() => lines().length).toBe(before + 1);
    return { line: lines().at(-1) as Line, response };
  };
  return { url, send, lines, text: () => text };
}

const graphql = (query: string, variables = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query, variables }),
});

it('says what the database said where it could not write', async () => {
  const { send } = await start();
  const { db } = world;
  await db.$executeRaw`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$`;
  await db.$executeRaw`CREATE TRIGGER full_disk BEFORE INSERT ON board_change EXECUTE FUNCTION full_disk()`;
  const body = JSON.stringify({ title: 'Late' });
  const headers = { 'content-type': 'application/json' };
  const { line } = await send('/api/crm/boards/board_abc123/items', {
    method: 'POST',
    headers,
    body,
  });
  await db.$executeRaw`DROP FUNCTION full_disk CASCADE`;
  expect(line).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  expect(line.reason).toContain('No space left on device');
});

it('has one line for a request of REST', async () => {
  const { send } = await start();
  const { line, response } = await send('/api/crm/boards/board_abc123/items?limit=2&search=Acme', {
    headers: {
      'x-request-id': 'request-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
  });
  expect(response.status).toBe(200);
  expect(line).toMatchObject({
    msg: 'request',
    level: 30,
    requestId: 'request-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    api: 'rest',
    operation: 'GET /boards/:boardId/items',
    workspace: 'workspace_demo',
    key: 'key_demo',
    agent: 'agent_123',
    status: 200,
    address: '127.0.0.1',
    statements: expect.any(Number),
  });
  expect(line.statements).toBeGreaterThan(0);
  expect(line.ms).toBeGreaterThan(0);
  expect(line.sqlMs).toBeGreaterThan(0);
  expect(line.bytes).toBeGreaterThan(Number(response.headers.get('content-length')));
});

it('has the operation, its name and the first error of a GraphQL request', async () => {
  const { send } = await start();
  const query =
    'query Find($id: ID!) { items(boardId: $id, first: 1) { nodes { id } } viewer { id } }';
  const { line } = await send('/graphql', graphql(query, { id: 'board_none' }));
  expect(line).toMatchObject({
    api: 'graphql',
    operation: 'query items',
    operationName: 'Find',
    status: 200,
    code: 'BOARD_NOT_FOUND',
  });
  const invalid = await send('/graphql', graphql('{ nothing }'));
  expect(invalid.line).toMatchObject({ api: 'graphql', code: 'VALIDATION_ERROR' });
});

it('counts a transaction, and what a write waited', async () => {
  const { send } = await start();
  const board = await createBoard(world, { A: [] });
  const { line } = await send(`/api/crm/boards/${board.id}/items`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"title":"x"}',
  });
  expect(line).toMatchObject({ operation: 'POST /boards/:boardId/items', status: 201 });
  expect(line.statements).toBeGreaterThan(0);
  expect(line.waitMs).toBeGreaterThanOrEqual(0);
});

it('has no key, token or text of a request', async () => {
  const { url, send, lines, text } = await start({ tokens: issuer.settings }, 'trace');
  const [key, token] = [newKey(), await issuer.sign({ claims: { sub: 'ann', name: 'Ann' } })];
  const secret = 'Secret Deal';
  const path = `/api/crm/boards/board_abc123/items?search=${encodeURIComponent(secret)}`;
  for (const credential of [key, token, 'YOUR_API_KEY'])
    await send(path, { headers: { authorization: `Bearer ${credential}` } });
  // A whole key fits into the part of a path that is logged.
  for (const credential of [key, token]) await send(`/api/crm/nothing?access_token=${credential}`);
  const query = `{ items(boardId: "board_abc123", filter: { title: { contains: "${secret}" } }) { nodes { id } } }`;
  await send('/graphql', graphql(query));
  await send(`/graphql?query=${encodeURIComponent(query)}`);
  const inAnHour = new Date(Date.now() + 3_600_000);
  const { key: urlKey } = await createKey(world, { isReadOnly: true, expiresAt: inAnHour });
  const before = lines().length;
  const streamPath = `/api/crm/boards/board_abc123/changes/stream?access_token=${urlKey}`;
  const stream = eventsOf(await fetch(url + streamPath));
  await stream.nextId();
  await stream.close();
  await expect.poll(() => lines().length).toBe(before + 1);
  for (const part of [key, urlKey, token, token.slice(-20), 'YOUR_API_KEY', 'Secret'])
    expect(text()).not.toContain(part);
});

it('names the person of a token, and no key', async () => {
  const { send } = await start({ tokens: issuer.settings });
  const token = await issuer.sign({ claims: { sub: 'ben' } });
  const { line } = await send('/api/crm/boards', { headers: { authorization: `Bearer ${token}` } });
  expect(line).toMatchObject({ agent: expect.stringMatching(/^agent_/), status: 200 });
  expect(line).not.toHaveProperty('key');
});

it('warns of a slow request with its slowest statement', async () => {
  const { send } = await start({ slowRequest: 1 });
  const { line } = await send('/api/crm/boards/board_abc123/items');
  expect(line).toMatchObject({
    msg: 'slow request',
    level: 40,
    rows: expect.any(Number),
    slowest: { ms: expect.any(Number), text: expect.stringMatching(/SELECT/) },
  });
});

it('has a refused request with its code, and an unknown path', async () => {
  const { send } = await start();
  const refused = await send('/api/crm/boards', { headers: { authorization: 'Bearer nobody' } });
  expect(refused.line).toMatchObject({
    status: 401,
    code: 'UNAUTHENTICATED',
    address: '127.0.0.1',
  });
  const unknown = await send('/api/crm/nothing');
  expect(unknown.line).toMatchObject({
    operation: 'GET /api/crm/nothing',
    status: 404,
    code: 'NOT_FOUND',
  });
});

it('has the address that a trusted proxy sends', async () => {
  const { send } = await start({ trustProxy: true });
  const { line } = await send('/api/crm/boards', {
    headers: { 'x-forwarded-for': '192.0.2.1, 203.0.113.7' },
  });
  expect(line.address).toBe('203.0.113.7');
});

it('has one line for a stream, at its end', async () => {
  const { url, lines } = await start({ slowRequest: 1 });
  const board = await createBoard(world, { A: [] });
  const stream = await openStream(`${url}/api/crm/boards/${board.id}/changes/stream`);
  expect(lines()).toEqual([]);
  stream.close();
  await expect.poll(() => lines().length).toBe(1);
  expect(lines()[0]).toMatchObject({
    msg: 'request',
    operation: 'GET /boards/:boardId/changes/stream',
    aborted: true,
  });
});

it('has probes at the level debug only', async () => {
  const { url, lines } = await start();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(lines()).toEqual([]);
  const { send } = await start({}, 'debug');
  expect((await send('/health')).line).toMatchObject({ level: 20, operation: 'GET /health' });
});
