import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listen, type RunningServer } from '../src/server.ts';
import { refusal, unwritten } from './refusals.ts';
import { type RestBody, useWorld } from './world.ts';

const world = useWorld();
const board = '/boards/board_abc123';
const items = `${board}/items`;
const item = `${items}/item_001`;
const search = `${items}/search`;

let server: RunningServer;
beforeAll(async () => {
  server = await listen(world.app, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

/** A request as a client on the network sends it: any method may have a body, and any body any headers. */
function send(
  method: string,
  path: string,
  call: { body?: string; headers?: Record<string, string> } = {},
) {
  const { body, headers } = call;
  return new Promise<{ status: number; body: RestBody }>((resolve, reject) => {
    const options = { method, headers: { authorization: 'Bearer YOUR_API_KEY', ...headers } };
    const sent = request(`${server.url}/api/crm${path}`, options, async (response) => {
      const chunks = await response.toArray();
      resolve({
        status: response.statusCode ?? 0,
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
    });
    sent.once('error', reject).end(body);
  });
}

const json = { 'content-type': 'application/json' };

it.each([
  ['/boards'],
  [board],
  [items],
  [item],
  [`${board}/columns/col_001`],
])('takes a body on GET %s, and does not look at it', async (path) => {
  const plain = await send('GET', path);
  expect(plain.status).toBe(200);
  for (const body of ['{}', '{"limit": 1}', 'no JSON']) {
    expect(await send('GET', path, { body, headers: json })).toEqual(plain);
  }
});

it('takes a body on DELETE', async () => {
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
  const reply = await unwritten(world, () => world.rest('DELETE', items, { body }));
  expect(refusal(reply, 400, 'VALIDATION_ERROR').message).toBe('item_ids is required');
});

it.each([
  ['PATCH', item, 'GET, PUT'],
  ['DELETE', item, 'GET, PUT'],
  ['POST', item, 'GET, PUT'],
  ['PUT', items, 'GET, POST, DELETE'],
  ['DELETE', board, 'GET'],
  ['POST', '/boards', 'GET'],
  ['GET', search, 'POST'],
  ['PUT', `${board}/columns/col_001`, 'GET'],
  ['PUT', `${board}/columns/by-name`, 'POST, GET'],
])('answers %s %s with the methods that it has', async (method, path, allow) => {
  const reply = await unwritten(world, () =>
    world.rest(method, path, { body: method === 'GET' ? undefined : {} }),
  );
  refusal(reply, 405, 'METHOD_NOT_ALLOWED');
  const sorted = (text: string | null) => text?.split(', ').sort();
  expect(sorted(reply.headers.get('allow'))).toEqual(sorted(allow));
});

it.each([
  '',
  '/',
  '/nothing',
  '/boards/board_abc123/nothing',
  '/boards//items',
  '/boards/board_abc123/items/item_001/more',
  '/boards/%/items',
  '/boards/%ED%A0%80/items',
  '/Boards',
  '/../../etc/passwd',
])('has nothing at %j', async (path) => {
  for (const method of ['GET', 'POST', 'DELETE', 'PATCH']) {
    const reply = await world.rest(method, path, { body: method === 'GET' ? undefined : {} });
    refusal(reply, 404, 'NOT_FOUND');
  }
});

it('takes a slash at the end of a path', async () => {
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
  const reply = await unwritten(world, () => world.rest('POST', items, call));
  expect(refusal(reply, 415, 'UNSUPPORTED_MEDIA_TYPE').message).toContain(type.split(';')[0]);
});

it.each([
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/vnd.api+json',
])('takes a body of the type %s', async (type) => {
  expect(
    (await send('POST', search, { body: '{}', headers: { 'content-type': type } })).status,
  ).toBe(200);
});

const mebibyte = 1024 * 1024;
const title = (size: number) => JSON.stringify({ title: 'x'.repeat(size - '{"title":""}'.length) });

it('refuses a body that is too large by its length, before it is read', async () => {
  const large = () => world.rest('POST', items, { body: title(mebibyte + 1) });
  refusal(await unwritten(world, large), 413, 'PAYLOAD_TOO_LARGE');
  const fits = await world.rest('POST', items, { body: title(mebibyte) });
  expect(refusal(fits, 400, 'VALIDATION_ERROR').fields).toEqual(['title']);
});

it('refuses a body that is too large and did not say so', async () => {
  const headers = { ...json, 'transfer-encoding': 'chunked' };
  const { status, body } = await send('POST', items, { body: title(2 * mebibyte), headers });
  expect({ status, code: body.error?.code }).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
});

const wrongPages: Record<string, { query: string[]; body: unknown[] }> = {
  limit: {
    query: [
      '0',
      '501',
      '-1',
      'abc',
      '1.5',
      '',
      ' ',
      '1e2',
      '0x10',
      '٣',
      'null',
      '99999999999999999999',
    ],
    body: [0, 501, -1, 1.5, '50', '', null, true, [], [5], {}, 2 ** 31, 1e300],
  },
  offset: {
    query: ['-1', 'abc', '0.5', '', '99999999999999999999', '2147483648'],
    body: [-1, 0.5, '0', null, true, [], {}, 2 ** 31],
  },
};
const pages = Object.entries(wrongPages);

it.each(
  pages.flatMap(([name, { query }]) => query.map((text) => ({ name, text }))),
)('refuses $name=$text in a query', async ({ name, text }) => {
  for (const path of [items, '/boards']) {
    const reply = await world.rest('GET', `${path}?${new URLSearchParams({ [name]: text })}`);
    const { message, fields } = refusal(reply, 400, 'VALIDATION_ERROR');
    expect(fields).toEqual([name]);
    expect(message).toMatch(RegExp(`^${name} must be`));
  }
});

const day = 'must be an ISO 8601 date or date-time';
const sorts = 'must be one of created_at, updated_at, position';
const operators = 'use one of eq, ne, gt, gte, lt, lte, in, nin, contains, starts_with, exists';

it.each<[object, string, string]>([
  ...pages.flatMap(([name, { body }]) =>
    body.map((value): [object, string, string] => [{ [name]: value }, name, 'must be']),
  ),
  [{ sort_by: 'name' }, 'sort_by', sorts],
  [{ sort_by: 'CREATED_AT' }, 'sort_by', sorts],
  [{ sort_by: 5 }, 'sort_by', sorts],
  [{ sort_order: 'up' }, 'sort_order', 'must be one of asc, desc'],
  [{ sort_order: 'DESC' }, 'sort_order', 'must be one of asc, desc'],
  [{ sort_order: true }, 'sort_order', 'must be one of asc, desc'],
  [{ query: 5 }, 'query', 'must be a string'],
  [{ query: ['acme'] }, 'query', 'must be a string'],
  [{ query: 'x'.repeat(201) }, 'query', 'must not be longer than 200 characters'],
  [{ query: 'a b c d e f g h i j k' }, 'query', 'must not have more than 10 words'],
  [{ column_ids: 'col_001' }, 'column_ids', 'must be a list of strings'],
  [{ column_ids: [null] }, 'column_ids', 'must be a list of strings'],
  [{ column_id: ['col_001'] }, 'column_id', 'must be a string'],
  [{ cursor: 5 }, 'cursor', 'must be a string'],
  [{ cursor: 'x', offset: 5 }, 'offset', 'cannot be given together with a cursor'],
  [{ filter: { nope: 1 } }, 'filter', 'is not valid: Field "nope" is not defined'],
  [{ filter: [5] }, 'filter', 'is not valid'],
  [{ value_filters: [] }, 'value_filters', 'must be an object'],
  [{ value_filters: 'x' }, 'value_filters', 'must be an object'],
  [{ value_filters: { a: null } }, 'value_filters.a', 'must be a string, a number or a boolean'],
  [{ value_filters: { a: [1] } }, 'value_filters.a', 'must be a string, a number or a boolean'],
  [{ value_filters: { a: {} } }, 'value_filters.a', 'must have an operator'],
  [{ value_filters: { a: { more: 1 } } }, 'value_filters.a.more', `is no operator; ${operators}`],
  [{ value_filters: { a: { toString: 1 } } }, 'value_filters.a.toString', 'is no operator'],
  [{ value_filters: { a: { gt: null } } }, 'value_filters.a.gt', 'must be a string, a number'],
  [{ value_filters: { a: { in: 'x' } } }, 'value_filters.a.in', 'must be a list'],
  [{ value_filters: { a: { nin: [{}] } } }, 'value_filters.a.nin', 'must be a string, a number'],
  [{ value_filters: { a: { exists: 1 } } }, 'value_filters.a.exists', 'must be true or false'],
  [{ date_range: 'x' }, 'date_range', 'must be an object'],
  [{ date_range: { form: '2025-01-01' } }, 'date_range.form', 'is not known; use from, to'],
  [{ date_range: { field: 'title' } }, 'date_range.field', 'must be created_at or updated_at'],
  [{ date_range: { from: 5 } }, 'date_range.from', day],
  [{ date_range: { from: 'yesterday' } }, 'date_range.from', day],
  [{ date_range: { from: '2025-02-30' } }, 'date_range.from', day],
  [{ date_range: { to: '2025-02-30' } }, 'date_range.to', day],
  [{ date_range: { to: '2025-13-01T00:00:00Z' } }, 'date_range.to', day],
  [{ date_range: { from: '2025-03-20T10:00' } }, 'date_range', day],
  [{ date_range: { from: '0000-01-01' } }, 'date_range', day],
])('refuses to search with %j', async (body, field, words) => {
  const { message, fields } = refusal(
    await world.rest('POST', search, { body }),
    400,
    'VALIDATION_ERROR',
  );
  expect(fields).toEqual([field]);
  expect(message).toContain(`${field} ${words}`);
});

it('refuses more than 100 value filters', async () => {
  const filters = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, { ne: 'x' }]));
  const ask = (count: number) =>
    world.rest('POST', search, { body: { value_filters: filters(count) } });
  expect((await ask(100)).status).toBe(200);
  refusal(await ask(101), 400, 'VALIDATION_ERROR');
});

it('searches to the last day of all', async () => {
  const body = { date_range: { from: '0001-01-01', to: '9999-12-31' } };
  expect((await world.rest('POST', search, { body })).body.total).toBeGreaterThan(100);
});

it.each([
  ['colum_id=col_001', 'colum_id', 'column_id'],
  ['columnId=col_001', 'columnId', 'column_id'],
  ['limti=5', 'limti', 'limit'],
  ['Search=acme', 'Search', 'search'],
])('asks what was meant with ?%s', async (query, name, meant) => {
  const { message } = refusal(
    await world.rest('GET', `${items}?${query}`),
    400,
    'VALIDATION_ERROR',
  );
  expect(message).toBe(`${name} is not known: did you mean ${meant}?`);
});

it('refuses a query parameter that is given twice', async () => {
  refusal(await world.rest('GET', `${items}?limit=1&limit=2`), 400, 'VALIDATION_ERROR');
});
