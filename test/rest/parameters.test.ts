import { expect, it } from 'vitest';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const items = '/boards/board_abc123/items';
const search = `${items}/search`;

const invalidPages: Record<string, { query: string[]; body: unknown[] }> = {
  limit: {
    query: [
      '0',
      '501',
      '-1',
      'abc',
      '1.5',
      ' ',
      '1e2',
      '0x10',
      '٣',
      'null',
      '99999999999999999999',
    ],
    body: [0, 501, -1, 1.5, '50', true, [], [5], {}, 2 ** 31],
  },
  offset: {
    query: ['-1', 'abc', '0.5', '99999999999999999999', '2147483648'],
    body: [-1, 0.5, '0', true, [], {}, 2 ** 31],
  },
};
const pages = Object.entries(invalidPages);

it.each(
  pages.flatMap(([name, { query }]) => query.map((text) => ({ name, text }))),
)('refuses $name=$text in a query string', async ({ name, text }) => {
  for (const path of [items, '/boards']) {
    const response = await world.rest('GET', `${path}?${new URLSearchParams({ [name]: text })}`);
    const { message, fields } = expectRestError(response, 400, 'VALIDATION_ERROR');
    expect(fields).toEqual([name]);
    expect(message).toMatch(RegExp(`^${name} must be`));
  }
});

const dateMessage = 'must be an ISO 8601 date or date-time';
const sortMessage = 'must be one of created_at, updated_at, position';
const operatorsMessage =
  'use one of eq, ne, gt, gte, lt, lte, in, nin, contains, starts_with, exists';

it.each<[object, string, string]>([
  ...pages.flatMap(([name, { body }]) =>
    body.map((value): [object, string, string] => [{ [name]: value }, name, 'must be']),
  ),
  [{ sort_by: 'name' }, 'sort_by', sortMessage],
  [{ sort_by: 'CREATED_AT' }, 'sort_by', sortMessage],
  [
    { sort_by: 'craeted_at' },
    'sort_by',
    'must be one of created_at, updated_at, position, title, or values.<key>; did you mean created_at?',
  ],
  [{ sort_by: 5 }, 'sort_by', sortMessage],
  [{ sort_order: 'up' }, 'sort_order', 'must be one of asc, desc'],
  [{ sort_order: 'DESC' }, 'sort_order', 'must be one of asc, desc'],
  [{ sort_order: true }, 'sort_order', 'must be one of asc, desc'],
  [{ query: 5 }, 'query', 'must be a string'],
  [{ query: ['acme'] }, 'query', 'must be a string'],
  [{ query: 'x'.repeat(501) }, 'query', 'must not be longer than 500 characters'],
  [{ column_ids: 5.5 }, 'column_ids', 'must be a list of strings'],
  [{ column_ids: [null] }, 'column_ids', 'must be a list of strings'],
  [{ column_id: ['col_001'] }, 'column_id', 'must be a string'],
  [{ cursor: 5 }, 'cursor', 'must be a string'],
  [{ cursor: 'x', offset: 5 }, 'offset', 'cannot be given together with a cursor'],
  [{ filter: { nope: 1 } }, 'filter', 'is not valid: Field "nope" is not defined'],
  [{ filter: [5] }, 'filter', 'is not valid'],
  [{ value_filters: [] }, 'value_filters', 'must be an object'],
  [{ value_filters: 'x' }, 'value_filters', 'must be an object'],
  [{ value_filters: { a: null } }, 'value_filters.a', 'must be a string, a number or a boolean'],
  [
    { value_filters: { a: [1] } },
    'value_filters.a',
    'must be one value; for any of a list use {"in": […]}',
  ],
  [{ value_filters: { a: { eq: [1] } } }, 'value_filters.a.eq', 'must be one value; for any'],
  [
    { value_filters: { a: { min: 5 } } },
    'value_filters.a.min',
    `is no operator; ${operatorsMessage}, as`,
  ],
  [{ value_filters: { a: {} } }, 'value_filters.a', 'must have an operator'],
  [
    { value_filters: { a: { more: 1 } } },
    'value_filters.a.more',
    `is no operator; ${operatorsMessage}`,
  ],
  [{ value_filters: { a: { toString: 1 } } }, 'value_filters.a.toString', 'is no operator'],
  [{ value_filters: { a: { gt: null } } }, 'value_filters.a.gt', 'must be a string, a number'],
  [{ value_filters: { a: { in: 'x' } } }, 'value_filters.a.in', 'must be a list'],
  [{ value_filters: { a: { nin: [{}] } } }, 'value_filters.a.nin', 'must be a string, a number'],
  [{ value_filters: { a: { exists: 1 } } }, 'value_filters.a.exists', 'must be true or false'],
  [{ date_range: 'x' }, 'date_range', 'must be an object'],
  [{ date_range: { form: '2025-01-01' } }, 'date_range.form', 'is not known; use from, to'],
  [{ date_range: { field: 'title' } }, 'date_range.field', 'must be created_at or updated_at'],
  [{ date_range: { from: 5 } }, 'date_range.from', dateMessage],
  [{ date_range: { from: 'yesterday' } }, 'date_range.from', dateMessage],
  [{ date_range: { from: '2025-02-30' } }, 'date_range.from', dateMessage],
  [{ date_range: { to: '2025-02-30' } }, 'date_range.to', dateMessage],
  [{ date_range: { to: '2025-13-01T00:00:00Z' } }, 'date_range.to', dateMessage],
  [
    { date_range: { from: '2025-03-21', to: '2025-03-20' } },
    'date_range.to',
    'must not be before from',
  ],
  [{ date_range: { from: '0000-01-01' } }, 'date_range.from', dateMessage],
])('refuses a search with %j', async (body, field, expected) => {
  const { message, fields } = expectRestError(
    await world.rest('POST', search, { body }),
    400,
    'VALIDATION_ERROR',
  );
  expect(fields).toEqual([field]);
  expect(message).toContain(`${field} ${expected}`);
});

it.each<[string, object, string]>([
  ['/webhooks/webhook_never/resend', { from_revision: '5' }, 'from_revision must be a number'],
  ['/webhooks/webhook_never/resend', { from_revision: [5] }, 'from_revision must be a number'],
  [search, { sort_order: ['asc'] }, 'sort_order must be one of asc, desc'],
  [items, { title: 'n', labels: 5 }, 'labels must be a list of strings'],
  [items, { title: 'n', validate_only: 'yes' }, 'validate_only must be true or false'],
  [
    `${items}/batch`,
    { operations: [{ op: 'create', title: 'n', labels: 5 }] },
    'operations.0.labels must be a list of strings',
  ],
])('says what type is meant: %s with %j', async (path, body, message) => {
  const reply = await world.rest('POST', path, { body });
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').message).toBe(message);
});

it('refuses more than 100 value filters', async () => {
  const filters = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, { ne: 'x' }]));
  const run = (count: number) =>
    world.rest('POST', search, { body: { value_filters: filters(count) } });
  expect((await run(100)).status).toBe(200);
  expectRestError(await run(101), 400, 'VALIDATION_ERROR');
});

it('accepts the whole range of dates', async () => {
  const body = { date_range: { from: '0001-01-01', to: '9999-12-31' } };
  expect((await world.rest('POST', search, { body })).body.total).toBeGreaterThan(100);
});

it.each([
  ['colum_id=col_001', 'colum_id', 'column_id'],
  ['columnId=col_001', 'columnId', 'column_id'],
  ['limti=5', 'limti', 'limit'],
  ['Search=acme', 'Search', 'search'],
])('suggests the nearest parameter for ?%s', async (query, name, nearest) => {
  const { message } = expectRestError(
    await world.rest('GET', `${items}?${query}`),
    400,
    'VALIDATION_ERROR',
  );
  expect(message).toBe(`${name} is not known: did you mean ${nearest}?`);
});

it('refuses a query parameter that is given twice', async () => {
  expectRestError(await world.rest('GET', `${items}?limit=1&limit=2`), 400, 'VALIDATION_ERROR');
});

it.each([
  [`${items}?after=x`, 'after'],
  [`${items}?query=acme`, 'query'],
  [`${items}?column_name=Lead`, 'column_name'],
  ['/boards/board_abc123/changes?cursor=x', 'cursor'],
  ['/boards?search=sales', 'search'],
])('refuses a parameter of another endpoint: %s', async (path, name) => {
  const { message, fields } = expectRestError(
    await world.rest('GET', path),
    400,
    'VALIDATION_ERROR',
  );
  expect(fields).toEqual([name]);
  expect(message).toMatch(new RegExp(`^${name} is not known: (use|did you mean) `));
});

it('ignores parameters whose names begin with an underscore', async () => {
  const { status, body } = await world.rest('GET', `${items}?_source=x&_=1&limit=2`);
  expect({ status, rows: (body.data as unknown as object[]).length }).toEqual({
    status: 200,
    rows: 2,
  });
});

it('accepts null for no filter, and names the invalid part of a filter', async () => {
  expect((await world.rest('POST', search, { body: { filter: null } })).status).toBe(200);
  const body = { filter: { or: [{ title: { eq: 'x' } }, { title: { like: 'x' } }] } };
  const { message, fields } = expectRestError(
    await world.rest('POST', search, { body }),
    400,
    'VALIDATION_ERROR',
  );
  expect(fields).toEqual(['filter.or.1.title']);
  expect(message).toContain('"like"');
});

it('accepts a filter of 10 levels, as GraphQL does', async () => {
  const deep = (levels: number): object =>
    levels === 1 ? { title: { ne: 'x' } } : { or: [deep(levels - 1)] };
  const run = (levels: number) =>
    world.rest('POST', search, { body: { filter: deep(levels), column_id: 'col_001' } });
  expect((await run(10)).status).toBe(200);
  expectRestError(await run(11), 400, 'VALIDATION_ERROR');
});

const readOnly = (name: string) => `${name} cannot be set by this request; leave it out`;

it.each([
  ['POST /contacts', { name: 'Ann', id: 'my-id' }, 'id'],
  ['POST /contacts', { created_at: '2025-01-01', name: 'Ann' }, 'created_at'],
  ['POST /contacts/contact_001/merge', { contact_ids: ['contact_002'], name: 'Ann' }, 'name'],
  [`DELETE ${items}/item_001`, { position: 1 }, 'position'],
])('refuses a field that %s cannot set: %j', async (endpoint, body, name) => {
  const [method = '', path = ''] = endpoint.split(' ');
  const reply = await expectNoWrites(world, () => world.rest(method, path, { body }));
  const { message, fields } = expectRestError(reply, 400, 'VALIDATION_ERROR');
  expect(message).toBe(readOnly(name));
  expect(fields).toEqual([name]);
});

it('ignores the read-only fields of an item that is sent back or created, and of a contact that is sent back', async () => {
  const { body: item } = await world.rest('GET', `${items}/item_001`);
  expect((await world.rest('PUT', `${items}/item_001`, { body: item.data })).body).toEqual(item);
  const { status, body: copy } = await world.rest('POST', items, { body: item.data });
  expect(status).toBe(201);
  expect(copy.data).toMatchObject({ title: item.data.title, version: 1, position: 42 });
  expect(copy.data.id).not.toBe(item.data.id);
  const { body: contact } = await world.rest('GET', '/contacts/contact_001');
  const sent = await world.rest('PUT', '/contacts/contact_001', { body: contact.data });
  expect(sent.body.data).toMatchObject({ id: 'contact_001', name: contact.data.name });
});
