import { describe, expect, it } from 'vitest';
import { expectGraphQLError, expectNoWrites } from '../support/expectations.ts';
import { postRaw } from '../support/raw-requests.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const inBoard = (fields: string) => `{ board(id: "board_abc123") { ${fields} } }`;
/** Every connection, as a query with a place for its arguments. */
const connections: Record<string, (args: string) => string> = {
  items: (args) => `{ items(boardId: "board_abc123", ${args}) { PAGE } }`,
  boards: (args) => `{ boards(${args}) { PAGE } }`,
  contacts: (args) => `{ contacts(${args}) { PAGE } }`,
  'columns of a board': (args) => inBoard(`columns(${args}) { PAGE }`),
  'items of a board': (args) => inBoard(`items(${args}) { PAGE }`),
  'items of a column': (args) => inBoard(`column(id: "col_001") { items(${args}) { PAGE } }`),
  'items of a contact': (args) => `{ contact(id: "contact_xyz") { items(${args}) { PAGE } } }`,
  'items of a group': (args) =>
    inBoard(`itemGroups(by: { field: COLUMN }) { items(${args}) { PAGE } }`),
};
const page = 'nodes { id } pageInfo { endCursor }';
const ask = (connection: string, args: string) =>
  world.graphql((connections[connection]?.(args) ?? '').replace('PAGE', page));

describe.each(Object.keys(connections))('%s', (connection) => {
  it.each([
    ['first: 501', 'first must be at most 500'],
    ['first: -1', 'first must be 0 or more'],
    ['last: 501', 'last must be at most 500'],
    ['last: -1', 'last must be 0 or more'],
    ['first: 5, last: 5', 'last cannot be given together with first'],
    ['offset: -1', 'offset must be 0 or more'],
    ['offset: 5, last: 5', 'offset cannot be given together with last'],
    ['offset: 5, after: "x"', 'offset cannot be given together with a cursor'],
    ['offset: 5, before: "x"', 'offset cannot be given together with a cursor'],
  ])('refuse %s', async (args, message) => {
    expect(expectGraphQLError(await ask(connection, args), 'VALIDATION_ERROR')).toBe(message);
  });

  it.each([
    'x',
    '',
    '.',
    'a.b.c',
    'null',
    '😀',
    'x'.repeat(5000),
    `${'A'.repeat(11)}.WyJ4Il0`,
  ])('refuse the cursor %j, which nobody gave', async (cursor) => {
    for (const way of ['after', 'before']) {
      const reply = await ask(connection, `${way}: ${JSON.stringify(cursor)}`);
      expectGraphQLError(reply, 'INVALID_CURSOR');
    }
  });

  it('refuse a cursor with one changed character', async () => {
    const { data } = await ask(connection, 'first: 1');
    const cursor = /"endCursor":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? '';
    for (const at of [0, 5, 11, 13, cursor.length - 3]) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'Q' ? 'R' : 'Q') + cursor.slice(at + 1);
      expectGraphQLError(
        await ask(connection, `after: ${JSON.stringify(changed)}`),
        'INVALID_CURSOR',
      );
    }
  });
});

it.each([
  ['another filter', 'filter: { labels: { exists: true } }'],
  ['other words', 'search: "acme"'],
  ['another order', 'orderBy: [{ field: TITLE }]'],
  ['the other direction', 'orderBy: [{ field: POSITION, direction: DESC }]'],
  ['an order by a value', 'orderBy: [{ value: { key: "deal_value" } }]'],
])('refuses a cursor of a query with %s', async (_, args) => {
  const cursorOf = async (own: string) => {
    const { data } = await ask('items', own);
    return (data.items as { pageInfo: { endCursor: string } }).pageInfo.endCursor;
  };
  const [plain, other] = [await cursorOf('first: 1'), await cursorOf(`first: 1, ${args}`)];
  expectGraphQLError(await ask('items', `${args}, after: "${plain}"`), 'INVALID_CURSOR');
  expectGraphQLError(await ask('items', `after: "${other}"`), 'INVALID_CURSOR');
  expect((await ask('items', `${args}, after: "${other}"`)).errors).toBeUndefined();
});

const items = (args: object) =>
  world.graphql(
    `query ($search: String, $filter: ItemFilter, $orderBy: [ItemOrder!]) {
      items(boardId: "board_abc123", search: $search, filter: $filter, orderBy: $orderBy) { totalCount nodes { id } } }`,
    args,
  );
const many = <T>(count: number, one: T) => Array.from({ length: count }, () => one);
const leaf = { title: { ne: 'x' } };
const deep = (levels: number): object => (levels === 1 ? leaf : { and: [deep(levels - 1)] });

it.each<[string, object, object]>([
  ['100 conditions', { filter: { and: many(100, leaf) } }, { filter: { and: many(101, leaf) } }],
  [
    '100 conditions on values',
    { filter: { values: many(100, { key: 'a', ne: 1 }) } },
    { filter: { values: many(51, { key: 'a', ne: 1, nin: [1] }) } },
  ],
  // The elements of the top-level `and` count as the top level.
  ['10 levels below the top', { filter: deep(11) }, { filter: deep(12) }],
  ['10 levels of not', { filter: { not: deep(9) } }, { filter: { not: deep(10) } }],
  [
    'one order in a key',
    { orderBy: [{ field: 'TITLE' }, { value: { key: 'k' } }] },
    { orderBy: [{ field: 'TITLE', value: { key: 'k' } }] },
  ],
  ['3 orders', { orderBy: many(3, { field: 'TITLE' }) }, { orderBy: many(4, { field: 'TITLE' }) }],
  ['500 characters of search', { search: '😀'.repeat(500) }, { search: 'x'.repeat(501) }],
])('takes %s and no more', async (_, most, more) => {
  expect((await items(most)).errors).toBeUndefined();
  expect(expectGraphQLError(await items(more), 'VALIDATION_ERROR')).toMatch(
    /^(filter|orderBy|search) /,
  );
});

it('refuses lists of more than 60,000 elements together', async () => {
  const list = Array.from({ length: 30_001 }, () => 1);
  const reply = await items({ filter: { columnId: { in: list }, contactId: { in: list } } });
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toBe(
    'filter has 60002 or more list elements; the limit is 60000',
  );
});

it('quotes the beginning and the end of a message about a long value', async () => {
  const query = 'query ($first: Int) { boards(first: $first) { totalCount } }';
  const reply = await world.graphql(query, { first: 'x'.repeat(500_000) });
  const message = expectGraphQLError(reply, 'VALIDATION_ERROR');
  expect(message.length).toBeLessThan(2000);
  expect(message).toMatch(/^Variable "\$first" got invalid value.+ … .+$/s);
});

it('accepts lists of 9,990 operands', async () => {
  const list = Array.from({ length: 9_990 }, (_, n) => `x${n}`);
  const operands = [...list, 50000, '2025-04-15'];
  const filters = [
    { values: [{ key: 'deal_value', in: operands }] },
    { columnName: { in: [...list, 'LEAD'] }, title: { nin: list }, labels: { hasNone: list } },
    { columnId: { in: [...list, 'col_001'] }, contactId: { nin: list } },
  ];
  const counts = [];
  for (const filter of filters) {
    const { data } = await items({ filter });
    counts.push((data.items as { totalCount: number }).totalCount);
  }
  expect(counts).toEqual([expect.any(Number), 42, 42]);
  expect(counts[0]).toBeGreaterThan(0);
});

it('refuses more than 10,000 operands of values', async () => {
  const list = Array.from({ length: 5001 }, (_, n) => n);
  const values = [{ key: 'deal_value', in: list, nin: list }];
  const reply = await items({ filter: { or: [{ values }] } });
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toBe(
    'filter must not have more than 10000 operands in the lists of values and columnName',
  );
});

const valuesOf = 'input: { boardId: "board_abc123", title: "x", values: $v }';

it.each([
  ['a filter', 'query ($v: ItemFilter) { items(filter: $v) { totalCount } }', '{"and":'],
  ['values', `mutation ($v: ItemValues) { createItem(${valuesOf}) { item { id } } }`, '{"a":'],
  ['a variable that nobody uses', '{ viewer { key { name } } }', '{"a":'],
])('refuses %s without a bottom', async (_, query, open) => {
  const nested = `${open.repeat(50_000)}1${'}'.repeat(50_000)}`;
  const body = `{"query": ${JSON.stringify(query)}, "variables": {"v": ${nested}}}`;
  const reply = await expectNoWrites(world, () => postRaw(world, body));
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toBe(
    'The body is nested more than 200 levels deep, which is the limit. Split the request.',
  );
});

it.each([
  ['"0000-01-01"'],
  ['"0000-01-01T00:00:00+23:59"'],
  ['"2025-02-29"'],
  ['"2025-04-15T10:00:00"'],
  ['"2025-04-15 10:00:00 Z"'],
  ['"2025-04-15T24:00:00Z"'],
  ['"tomorrow"'],
  ['""'],
  ['5'],
  ['true'],
])('refuses the DateTime %s, and names its path', async (instant) => {
  const variables = { filter: { not: { createdAt: { gte: JSON.parse(instant) } } } };
  const message = expectGraphQLError(await items(variables), 'VALIDATION_ERROR');
  expect(message).toContain('at "filter.not.createdAt.gte"; must be an ISO 8601 date');
});

it('accepts every date-time of the years 1 to 9999', async () => {
  const filter = { createdAt: { gte: '0001-01-01', lte: '9999-12-31T23:59:59.999999999+23:59' } };
  expect((await items({ filter })).data).toMatchObject({ items: { totalCount: 127 } });
});

it.each([
  ['undefined', 'deal_value: undefined'],
  ['Low', 'list: [Low]'],
  ['High', 'object: { inner: High }'],
])('refuses the word %s without quotes in values: %s', async (word, fields) => {
  const title = 'boardId: "board_abc123", title: "x"';
  const documents = [
    `mutation { createItem(input: { ${title}, values: { ${fields} } }) { item { id } } }`,
    `mutation { updateItem(input: { id: "item_001", values: { ${fields} } }) { item { id } } }`,
    `mutation ($v: ItemValues = { ${fields} }) { createItem(input: { ${title}, values: $v }) { item { id } } }`,
  ];
  for (const document of documents) {
    const reply = await expectNoWrites(world, () => world.graphql(document));
    expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toBe(
      `${word} is a word without quotes; write "${word}" for a text`,
    );
  }
});

it.each([
  'eq: Website',
  'in: [Website]',
  'gte: Website',
])('refuses the operand %s without quotes', async (test) => {
  const filter = `filter: { values: [{ key: "source", ${test} }] }`;
  const reply = await world.graphql(`{ items(${filter}) { totalCount } }`);
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toContain('write "Website" for a text');
});

it('takes quoted words, numbers, booleans and null in the literal of values', async () => {
  const values = '{ text: "Low", number: 1.5, yes: true, none: null, list: ["a", null] }';
  const { data } = await world.graphql<{ createItem: { item: { values: object } } }>(
    `mutation { createItem(input: { boardId: "board_abc123", title: "x", values: ${values} }, validateOnly: true) { item { values } } }`,
  );
  expect(data.createItem.item.values).toEqual({
    ...{ text: 'Low', number: 1.5, yes: true, list: ['a', null] },
  });
});
