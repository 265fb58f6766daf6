import { expect, it } from 'vitest';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const board = '/boards/board_abc123';
const items = `${board}/items`;

type Rows = { id: string; column_id: string }[];

it.each([
  ['next_cursor', 'abc', 'did you mean cursor?'],
  ['page', '2', 'use '],
  ['q', 'acme', 'use '],
  ['filter[title]', 'acme', 'use '],
  ['per_page', '5', 'use '],
  ['utm_source', 'x', 'use '],
  ['sort', 'title', 'did you mean sort_by?'],
  ['order', 'asc', 'did you mean sort_order?'],
  ['columnId', 'col_001', 'did you mean column_id?'],
  ['column', 'col_001', 'did you mean column_id?'],
  ['', 'x', 'use '],
  ['limit ', '5', 'did you mean limit?'],
  ['limit[]', '5', 'did you mean limit?'],
  ['__proto', 'x', undefined],
  ['_', '1700000000', undefined],
  ['_t', '1', undefined],
])('refuses the unknown parameter %j=%s of the list: %s', async (name, value, hint) => {
  const reply = await world.rest('GET', `${items}?${new URLSearchParams({ [name]: value })}`);
  if (hint === undefined) return expect(reply.status).toBe(200);
  const { message, fields } = expectRestError(reply, 400, 'VALIDATION_ERROR');
  expect(fields).toEqual([name]);
  expect(message).toContain(`${name} is not known: ${hint}`);
});

it.each([
  ['GET', '/boards?page=2'],
  ['GET', '/boards?fields=id'],
  ['GET', `${board}?include=columns`],
  ['GET', `${board}/columns/col_001?expand=1`],
  ['GET', `${items}/item_001?version=1`],
  ['GET', `${board}/changes?since=2025-01-01`],
  ['GET', `${board}/changes?cursor=x`],
  ['POST', `${items}/search?limit=5`],
  ['POST', `${items}?validate_only=true`],
  ['POST', `${items}?api_key=YOUR_API_KEY`],
  ['PUT', `${items}/item_001?expected_version=1`],
  ['PUT', `${items}/item_001?dry_run=1`],
  ['DELETE', `${items}?item_ids=item_001`],
  ['DELETE', `${items}/item_001?force=true`],
  ['POST', `${items}/batch?mode=per_item`],
  ['POST', `${board}/columns/by-name?name=Lead`],
])('refuses the query string of %s %s', async (method, path) => {
  const body = method === 'GET' ? undefined : { title: 'x' };
  const reply = await expectNoWrites(world, () => world.rest(method, path, { body }));
  const { message, fields } = expectRestError(reply, 400, 'VALIDATION_ERROR');
  expect(fields).toEqual([/\?(\w+)=/.exec(path)?.[1]]);
  expect(message).toMatch(/is not known: |must be in the body, not in the URL/);
});

it.each([
  'cursor=',
  'limit=',
  'offset=',
  'column_id=',
  'search=',
  'sort_by=',
  'sort_order=',
  'cursor=&limit=&offset=&column_id=&search=&sort_by=&sort_order=',
])('takes the empty parameters ?%s as absent', async (query) => {
  const plain = await world.rest<Rows>('GET', items);
  const { status, body } = await world.rest<Rows>('GET', `${items}?${query}`);
  expect([status, body]).toEqual([200, plain.body]);
});

it.each([
  'after=',
  'limit=',
  'after=&limit=',
])('takes ?%s of the changes as absent', async (query) => {
  const plain = await world.rest('GET', `${board}/changes`);
  expect((await world.rest('GET', `${board}/changes?${query}`)).body).toEqual(plain.body);
});

const searchParameters = [
  ...['query', 'column_ids', 'column_id', 'value_filters', 'date_range', 'filter'],
  ...['sort_by', 'sort_order', 'limit', 'offset', 'cursor'],
];

it.each([null, ''])('takes %j as absent for each parameter of a search', async (absent) => {
  const plain = await world.rest('POST', `${items}/search`, { body: {} });
  for (const name of searchParameters) {
    const { body } = await world.rest('POST', `${items}/search`, { body: { [name]: absent } });
    expect([name, body]).toEqual([name, plain.body]);
  }
  const body = Object.fromEntries(searchParameters.map((name) => [name, absent]));
  expect((await world.rest('POST', `${items}/search`, { body })).body).toEqual(plain.body);
  const dates = { date_range: { from: absent, to: absent, field: absent } };
  const ranged = await world.rest('POST', `${items}/search`, { body: dates });
  expect(ranged.body.data).toEqual(plain.body.data);
});

const optional = ['column_id', 'column_name', 'values', 'labels', 'expected_version'];

it.each([null, ''])('takes %j as absent in each write', async (absent) => {
  const read = () => world.db.item.findFirstOrThrow({ where: { id: 'item_010' } });
  const before = await read();
  for (const name of [...optional, 'position', 'validate_only']) {
    const reply = await world.rest('PUT', `${items}/item_010`, { body: { [name]: absent } });
    expect([name, reply.status]).toEqual([name, 200]);
  }
  const row = Object.fromEntries(optional.map((name) => [name, absent]));
  const operations = [{ op: 'update', id: 'item_010', ...row }];
  const batch = await world.rest('POST', `${items}/batch`, { body: { operations, mode: absent } });
  expect(batch.body).toMatchObject({ data: { results: [{ action: 'unchanged' }] } });
  expect(await read()).toEqual(before);

  const { expected_version: _, ...fields } = row;
  const created = await world.rest('POST', items, { body: { title: 'x', ...fields } });
  const inBatch = await world.rest<{ results: { item: object }[] }>('POST', `${items}/batch`, {
    body: { operations: [{ op: 'create', title: 'x', ...fields }] },
  });
  const expected = { column_id: 'col_001', values: {}, labels: [], contact: null };
  expect(created.body.data).toMatchObject(expected);
  expect(inBatch.body.data.results[0]?.item).toMatchObject(expected);
});

it('keeps the meaning of null for a contact and refuses an empty title, in each write', async () => {
  const linked = await world.rest<{ id: string }>('POST', items, {
    body: { title: 'x', contact_id: 'contact_xyz' },
  });
  const { id } = linked.body.data;
  const put = (body: object) => world.rest('PUT', `${items}/${id}`, { body });
  expect((await put({ contact_id: '' })).body.data.contact).not.toBeNull();
  expect((await put({ contact_id: null })).body.data.contact).toBeNull();
  await put({ contact_id: 'contact_xyz' });
  const batch = (change: object) =>
    world.rest('POST', `${items}/batch`, {
      body: { operations: [{ op: 'update', id, ...change }] },
    });
  const unlinked = await batch({ contact_id: null });
  expect(unlinked.body.data).toMatchObject({ results: [{ item: { contact: null } }] });
  for (const reply of [await put({ title: '' }), await batch({ title: '' })])
    expectRestError(reply, 400, 'VALIDATION_ERROR');
  expect((await put({ title: null })).body.data.title).toBe('x');
});

it('keeps the meaning of null in a contact, and refuses an empty name', async () => {
  const made = await world.rest<{ id: string }>('POST', '/contacts', {
    body: { name: 'x', email: 'x@y.example', phone: '' },
  });
  expect(made.body.data).toMatchObject({ email: 'x@y.example', phone: null });
  const put = (body: object) => world.rest('PUT', `/contacts/${made.body.data.id}`, { body });
  expect((await put({ email: '', name: null })).body.data.email).toBe('x@y.example');
  expect((await put({ email: null })).body.data.email).toBeNull();
  expectRestError(await put({ name: '' }), 400, 'VALIDATION_ERROR');
});

it.each<[string, unknown]>([
  ['vip', ['vip']],
  ['a,b', ['a,b']],
  [' ünïcode ', ['ünïcode']],
])('takes the single label %j as a list, in each write', async (labels, expected) => {
  const single = await world.rest('POST', items, { body: { title: 'x', labels } });
  const { body } = await world.rest<{ results: { item: object }[] }>('POST', `${items}/batch`, {
    body: { operations: [{ op: 'create', title: 'x', labels }] },
  });
  expect(single.body.data.labels).toEqual(expected);
  expect(body.data.results[0]?.item).toMatchObject({ labels: expected });
});

it('takes a single column as a list in a search', async () => {
  const search = async (column_ids: unknown) =>
    (await world.rest('POST', `${items}/search`, { body: { column_ids } })).body.total;
  expect(await search('col_005')).toBe(await search(['col_005']));
});

it.each([
  ['column_id', 'col_none'],
  ['column_ids', ['col_005', 'col_none']],
])('refuses to search an unknown column: %s %j', async (field, ids) => {
  const reply = await world.rest('POST', `${items}/search`, { body: { [field]: ids } });
  const { message, fields } = expectRestError(reply, 404, 'COLUMN_NOT_FOUND');
  expect([message, fields]).toEqual([
    `Column '${[ids].flat().at(-1)}' not found in board`,
    [field],
  ]);
});

it.each([
  [`POST ${items}`, {}, 'title is required'],
  [`DELETE ${items}`, { item_ids: null }, 'item_ids must'],
  [`POST ${items}/batch`, { operations: null }, 'operations must be a list'],
  [`POST ${items}/batch`, { operations: '' }, 'operations must be a list'],
  [`POST ${board}/columns/by-name`, { name: null }, 'name must be a string'],
])('refuses %s without what it requires: %j', async (endpoint, body, message) => {
  const [method = '', path = ''] = endpoint.split(' ');
  const reply = await expectNoWrites(world, () => world.rest(method, path, { body }));
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').message).toContain(message);
});
