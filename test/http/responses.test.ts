import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { disconnectSlowClients } from '../../src/http/protection/slow-clients.ts';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
let server: RunningServer;
beforeAll(async () => {
  server = await listen(world.app.listener, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const open = (): Socket => connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });

/** Sends lines over a raw connection and returns the response. */
async function sendLines(
  ...lines: string[]
): Promise<{ status: number; head: string; body: string }> {
  const socket = open();
  // Not ended: Node would drop the response of a half-closed connection.
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const response = await text(socket);
  const [head = '', body = ''] = response.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body };
}

const key = 'Authorization: Bearer YOUR_API_KEY';
const get = (target: string, host = 'x') => [
  `GET ${target} HTTP/1.1`,
  `Host: ${host}`,
  'Connection: close',
  key,
];

it.each([
  ['a host with a space', get('/graphql', 'a b')],
  ['an unclosed IPv6 host', get('/api/crm/boards', '[::')],
  ['a port that is too large', get('/health', 'a:99999')],
  ['two hosts', [...get('/health'), 'Host: y']],
  ['no path', get('*')],
  ['a scheme other than HTTP', get('ftp://x/api/crm/boards')],
])('responds to %s with 400 and an ordinary error', async (_, lines) => {
  const { status, head, body } = await sendLines(...lines);
  expect(status).toBe(400);
  expect(head).toMatch(/x-request-id/i);
  expect(JSON.parse(body)).toEqual({
    success: false,
    status_code: 400,
    error: { code: 'VALIDATION_ERROR', message: expect.any(String), details: expect.any(Array) },
  });
});

it.each([
  'http://crm.example/api/crm/boards',
  'HTTP://x:1/api/crm/boards?limit=50',
])('serves the absolute-form target %s', async (target) => {
  const { status, body } = await sendLines(...get(target));
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ pagination: { total: 8 } });
});

it('treats a target that begins with two slashes as a path', async () => {
  const { status, body } = await sendLines(...get('//crm.example/api/crm/boards'));
  expect(status).toBe(404);
  expect(JSON.parse(body).error.code).toBe('NOT_FOUND');
});

it.each([
  ['text that is not HTTP', ['hello'], 400],
  ['an unknown method', ['FOO /api/crm/boards HTTP/1.1', 'Host: x'], 400],
  ['headers that are too long', [...get('/api/crm/boards'), `X: ${'x'.repeat(20_000)}`], 431],
])('responds to %s in the shape of other errors', async (_, lines, expected) => {
  const { status, body } = await sendLines(...lines);
  expect(status).toBe(expected);
  expect(JSON.parse(body)).toMatchObject({ success: false, status_code: expected });
});

it('responds to HEAD like to GET, without the body', async () => {
  const headers = { authorization: 'Bearer YOUR_API_KEY', 'accept-encoding': 'identity' };
  for (const path of ['/boards', '/boards/board_abc123/items/item_001', '/boards/nowhere']) {
    const url = `${server.url}/api/crm${path}`;
    const [head, get] = [
      await fetch(url, { method: 'HEAD', headers }),
      await fetch(url, { headers }),
    ];
    expect([head.status, head.headers.get('etag')]).toEqual([get.status, get.headers.get('etag')]);
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await get.text())));
    expect(await head.text()).toBe('');
  }
});

it.each([
  ['/api/crm/boards/board_abc123/items', '{"title": "x"}'],
  ['/graphql', '{"query": "{ viewer { key { name } } }"}'],
])('refuses at %s a body that is compressed or not JSON in UTF-8', async (path, body) => {
  const send = (headers: Record<string, string>) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: {
        authorization: 'Bearer YOUR_API_KEY',
        'content-type': 'application/json',
        ...headers,
      },
      body,
    });
  for (const headers of [
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br' },
    { 'content-type': 'application/json; charset=iso-8859-1' },
    { 'content-type': 'text/plain' },
  ] as Record<string, string>[])
    expect((await send(headers)).status).toBe(415);
  for (const headers of [
    { 'content-encoding': 'identity' },
    { 'content-type': 'application/json; charset="UTF-8"' },
  ] as Record<string, string>[])
    expect((await send(headers)).status).toBeLessThan(300);
});

it('responds 400 to a malformed GraphQL request, whatever the client accepts', async () => {
  const send = (body: string, accept: string) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json', accept },
      body,
    });
  for (const accept of ['application/json', 'application/graphql-response+json', '*/*'])
    for (const body of ['{', '{}', '[]', '{"query": 5}'])
      expect([body, (await send(body, accept)).status]).toEqual([body, 400]);
  // An invalid document is a well-formed request.
  expect((await send('{"query": "{ nothing }"}', 'application/json')).status).toBe(200);
});

it('disconnects only the client that does not read its response, under memory pressure', async () => {
  // In one chunk, of which a client that reads slowly leaves most unread until the other client is disconnected.
  const largeServer = createServer((_, response) => response.end(Buffer.alloc(80 * 1024 * 1024)));
  disconnectSlowClients(largeServer);
  await once(largeServer.listen({ host: '127.0.0.1', port: 0 }), 'listening');
  const { port } = largeServer.address() as AddressInfo;
  const stuck = connect({ host: '127.0.0.1', port }).pause();
  stuck.on('error', () => {});
  stuck.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [accepted] = (await once(largeServer, 'connection')) as [Socket];
  let isDisconnected = false;
  accepted.once('close', () => {
    isDisconnected = true;
  });
  const { body } = await fetch(`http://127.0.0.1:${port}/`);
  let received = 0;
  for await (const chunk of body ?? []) {
    received += chunk.byteLength;
    if (!isDisconnected) await setTimeout(20);
  }
  expect(isDisconnected).toBe(true);
  expect(received).toBe(80 * 1024 * 1024);
  stuck.destroy();
  largeServer.closeAllConnections();
  await once(largeServer.close(), 'close');
});

const demoHeaders = { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json' };

it.each([
  ['GET', '/api/crm/boards', 'private, no-store'],
  ['GET', '/api/crm/boards/nowhere', 'private, no-store'],
  ['GET', '/api/crm/boards/board_abc123/items', 'private, no-cache'],
  ['GET', '/api/crm/boards/board_abc123/items/item_001', 'private, no-cache'],
  ['PUT', '/api/crm/boards/board_abc123/items/item_001', 'private, no-cache'],
  ['POST', '/graphql', 'private, no-store'],
  ['GET', '/health', 'private, no-store'],
  ['GET', '/nowhere', 'private, no-store'],
])('%s %s: caches must not keep the response, or ask again', async (method, path, expected) => {
  const body = method === 'GET' ? null : '{}';
  for (const origin of [{}, { origin: 'https://crm.example' }]) {
    const headers = { ...demoHeaders, ...origin };
    const response = await fetch(server.url + path, { method, headers, body });
    expect(response.headers.get('cache-control')).toBe(expected);
    expect(response.headers.get('vary')).toMatch(/Accept, Accept-Encoding, Authorization, api_key/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  }
});

it('repeats the cache headers with 304', async () => {
  const url = `${server.url}/api/crm/boards/board_abc123/items`;
  const etag = (await fetch(url, { headers: demoHeaders })).headers.get('etag') ?? '';
  const response = await fetch(url, { headers: { ...demoHeaders, 'if-none-match': etag } });
  expect(response.status).toBe(304);
  expect(response.headers.get('cache-control')).toBe('private, no-cache');
});

it.each([
  ['401', { authorization: 'Bearer nothing' }, '{}'],
  ['413', {}, ' '.repeat(2_000_000)],
  ['415', { 'content-type': 'text/plain' }, '{}'],
  ['400', {}, '{'],
])('responds %s to GraphQL clients in the media type that they prefer', async (status, change, body) => {
  for (const [accept, expected] of [
    [
      'application/graphql-response+json,application/json;q=0.9',
      'application/graphql-response+json',
    ],
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
  ] as const) {
    const headers = { ...demoHeaders, ...change, accept };
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
    expect(String(response.status)).toBe(status);
    expect(response.headers.get('content-type')).toBe(`${expected}; charset=utf-8`);
    const { errors } = await response.json();
    const names = status === '401' ? ['code', 'details'] : ['code'];
    expect(Object.keys(errors[0].extensions)).toEqual(names);
    if (status === '401') expect(response.headers.get('www-authenticate')).toBe('Bearer');
    if (status === '413')
      expect(errors[0].message).toBe('The body has 2000000 bytes; the limit is 1048576 bytes.');
  }
});

it('asks the database for /ready at most once a second, and never for /health', async () => {
  const request = async (path: string) => (await fetch(server.url + path)).status;
  const startedAt = performance.now();
  const statements = await world.statementsOf(async () => {
    const statuses = await Promise.all(
      Array.from({ length: 100 }, (_, n) => request(n % 2 ? '/ready' : '/health')),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  expect(new Set(statements)).toEqual(new Set(['SELECT 1']));
  expect(statements.length).toBeLessThanOrEqual(1 + seconds);
});
