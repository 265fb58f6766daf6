import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { type RestBody, useWorld } from '../support/world.ts';

const world = useWorld();
const board = '/boards/board_abc123';
const items = `${board}/items`;
const item = `${items}/item_001`;
const search = `${items}/search`;

let server: RunningServer;
beforeAll(async () => {
  server = await listen(world.app.listener, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

/** Sends a request with `node:http`, which unlike fetch allows a body with every method, and any headers. */
function send(
  method: string,
  path: string,
  call: { body?: string; headers?: Record<string, string> } = {},
) {
  const { body, headers } = call;
  return new Promise<{ status: number; body: RestBody }>((resolve, reject) => {
    // Node does not set the length with GET and DELETE.
    const length = headers?.['transfer-encoding']
      ? {}
      : { 'content-length': Buffer.byteLength(body ?? '') };
    const options = {
      method,
      headers: { authorization: 'Bearer YOUR_API_KEY', ...length, ...headers },
    };
    const outgoing = request(`${server.url}/api/crm${path}`, options, async (response) => {
      const chunks = await response.toArray();
      resolve({
        status: response.statusCode ?? 0,
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
    });
    outgoing.once('error', reject).end(body);
  });
}

const json = { 'content-type': 'application/json' };

it.each([
  ['/boards'],
  [board],
  [items],
  [item],
  [`${board}/columns/col_001`],
])('accepts and ignores a body of GET %s', async (path) => {
  const plain = await send('GET', path);
  expect(plain.status).toBe(200);
  for (const body of ['{}', '{"limit": 1}', 'no JSON']) {
    expect(await send('GET', path, { body, headers: json })).toEqual(plain);
  }
});

it('accepts a body of DELETE', async () => {
  const call = {
    body: '{"item_ids": ["item_090", "item_091", "item_never", "item_090"]}',
    headers: json,
  };
  expect((await send('DELETE', items, call)).body.data).toEqual({
    deleted: 2,
    item_ids: ['item_090', 'item_091'],
  });
  expect((await send('DELETE', items, call)).body.data).toEqual({ deleted: 0, item_ids: [] });
});

it.each([undefined, '', '{}'])('refuses a DELETE that names no items: %j', async (body) => {
  const response = await expectNoWrites(world, () => world.rest('DELETE', items, { body }));
  expect(expectRestError(response, 400, 'VALIDATION_ERROR').message).toBe('item_ids is required');
});

it('says how to delete what only a request for several deletes', async () => {
  const reply = await world.rest('DELETE', '/contacts/contact_xyz');
  const { message } = expectRestError(reply, 405, 'METHOD_NOT_ALLOWED');
  expect(message).toMatch(/Use GET, HEAD, PUT, or DELETE \/api\/crm\/contacts with contact_ids\.$/);
  const other = await world.rest('DELETE', board);
  expect(expectRestError(other, 405, 'METHOD_NOT_ALLOWED').message).toMatch(/Use GET, HEAD\.$/);
});

it('says that a search is a POST', async () => {
  const reply = await world.rest('GET', `${items}/search`);
  expect(expectRestError(reply, 404, 'ITEM_NOT_FOUND').message).toContain('to search, use POST');
});

it.each([
  ['PATCH', item, 'GET, HEAD, PUT, DELETE'],
  ['POST', item, 'GET, HEAD, PUT, DELETE'],
  ['PUT', items, 'GET, HEAD, POST, DELETE'],
  ['DELETE', board, 'GET, HEAD'],
  ['POST', '/boards', 'GET, HEAD'],
  ['PUT', `${board}/columns/col_001`, 'GET, HEAD'],
  ['PUT', `${board}/columns/by-name`, 'POST, GET, HEAD'],
])('lists the allowed methods in the response to %s %s', async (method, path, allow) => {
  const response = await expectNoWrites(world, () =>
    world.rest(method, path, { body: method === 'GET' ? undefined : {} }),
  );
  expectRestError(response, 405, 'METHOD_NOT_ALLOWED');
  const sorted = (text: string | null) => text?.split(', ').sort();
  expect(sorted(response.headers.get('allow'))).toEqual(sorted(allow));
});

it.each([
  '',
  '/',
  '/nothing',
  '/boards/board_abc123/nothing',
  '/boards//items',
  '/boards/board_abc123/items/item_001/more',
  '/boards/%/items',
  '/Boards',
  '/../../etc/passwd',
])('responds 404 to the path %j', async (path) => {
  for (const method of ['GET', 'POST', 'DELETE', 'PATCH']) {
    const response = await world.rest(method, path, { body: method === 'GET' ? undefined : {} });
    expectRestError(response, 404, 'NOT_FOUND');
  }
});

it('accepts a slash at the end of a path', async () => {
  expect((await world.rest('GET', '/boards/')).status).toBe(200);
});

it.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonp',
  'text/json',
])('refuses a body of the type %s', async (type) => {
  const call = { body: '{"title":"x"}', headers: { 'content-type': type } };
  const response = await expectNoWrites(world, () => world.rest('POST', items, call));
  expect(expectRestError(response, 415, 'UNSUPPORTED_MEDIA_TYPE').message).toContain(
    type.split(';')[0],
  );
});

it.each([
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/vnd.api+json',
])('accepts a body of the type %s', async (type) => {
  expect(
    (await send('POST', search, { body: '{}', headers: { 'content-type': type } })).status,
  ).toBe(200);
});

const mebibyte = 1024 * 1024;
const title = (size: number) => JSON.stringify({ title: 'x'.repeat(size - '{"title":""}'.length) });

it('refuses a body that is too large by its Content-Length', async () => {
  const create = () => world.rest('POST', items, { body: title(mebibyte + 1) });
  expectRestError(await expectNoWrites(world, create), 413, 'PAYLOAD_TOO_LARGE');
  const fits = await world.rest('POST', items, { body: title(mebibyte) });
  expect(expectRestError(fits, 400, 'VALIDATION_ERROR').fields).toEqual(['title']);
});

it('refuses a chunked body that is too large', async () => {
  const headers = { ...json, 'transfer-encoding': 'chunked' };
  const { status, body } = await send('POST', items, { body: title(2 * mebibyte), headers });
  expect({ status, code: body.error?.code }).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
});

it('refuses a body that is nested too deeply, before it is parsed', async () => {
  const body = `{"values":{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`;
  const create = () => world.rest('POST', items, { body });
  const reply = await expectNoWrites(world, create);
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').message).toMatch(/more than 200 levels/);
});

it('refuses a body that is not UTF-8, and accepts a byte order mark', async () => {
  const send = (body: Uint8Array) =>
    world.app.fetch(`http://gateway.test/api/crm${items}`, {
      method: 'POST',
      headers: { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json' },
      body,
    });
  const text = '{"title": "Zoë"}';
  for (const encoding of ['latin1', 'utf16le'] as const) {
    const response = await expectNoWrites(world, async () => send(Buffer.from(text, encoding)));
    const { status, headers } = response;
    expectRestError({ status, headers, body: await response.json() }, 400, 'VALIDATION_ERROR');
  }
  expect((await send(Buffer.from(`\ufeff${text}`))).status).toBe(201);
});

it('responds to a GET by node:http as to a fetch Request', async () => {
  const ignored = ['date', 'connection', 'keep-alive', 'x-request-id'];
  const lengths = ['content-length', 'transfer-encoding'];
  const summaryOf = async (response: Response) => ({
    status: response.status,
    body: await response.text(),
    headers: [...response.headers]
      .map(([name, value]) => [name.toLowerCase(), value])
      .filter(
        ([name = '']) => ![...ignored, ...lengths].includes(name) && !name.includes('ratelimit'),
      )
      .sort(),
  });
  const authorization = 'Bearer YOUR_API_KEY';
  const paths = [
    'item_001',
    'item_never',
    '',
    '?limit=2&offset=1',
    '?limit=x',
    '?lmit=1',
    '%E0%A4%A',
    'item_001/more',
  ];
  const urls = paths.map(
    (path) => `/api/crm/boards/board_abc123/items${/^[?]|^$/.test(path) ? '' : '/'}${path}`,
  );
  for (const url of [
    ...urls,
    '/api/crm/boards',
    '/api/crm/boards/board_abc123/items/batch',
    '/api/crm/',
  ]) {
    for (const headers of [
      { authorization },
      {},
      { authorization, 'if-none-match': '*' },
    ] as HeadersInit[]) {
      const direct = await summaryOf(
        await fetch(`${server.url}${url}`, {
          headers: { ...headers, 'accept-encoding': 'identity' },
        }),
      );
      const fetched = await summaryOf(
        await world.app.fetch(`http://gateway.test${url}`, { headers }),
      );
      expect(direct).toEqual(fetched);
    }
  }
});
