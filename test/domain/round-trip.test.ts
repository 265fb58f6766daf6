import { describe, expect, it } from 'vitest';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const board = '/boards/board_abc123';
const items = `${board}/items`;

type Call = [method: string, path: string, body?: unknown];
const search = (body: object): Call => ['POST', `${items}/search`, body];
const create = (body: object): Call => ['POST', items, { title: 'x', ...body }];
const update = (body: object): Call => ['PUT', `${items}/item_002`, body];

/** Every text in a REST body: its name, the field that an error is about, and a call with the text. */
const bodyTexts: [string, string, (text: string) => Call][] = [
  ['the title of a new item', 'title', (text) => create({ title: text })],
  ['the column of a new item', 'column_id', (text) => create({ column_id: text })],
  ['the column name of a new item', 'column_name', (text) => create({ column_name: text })],
  ['the contact of a new item', 'contact_id', (text) => create({ contact_id: text })],
  ['a label of a new item', 'labels', (text) => create({ labels: ['ok', text] })],
  ['a value of a new item', 'values', (text) => create({ values: { ok: 1, a: text } })],
  ['a key of a new item', 'values', (text) => create({ values: { ok: 1, [text]: 1 } })],
  ['a deep value', 'values', (text) => create({ values: { a: [{ b: [text] }] } })],
  ['a deep key', 'values', (text) => create({ values: { a: [{ b: { [text]: null } }] } })],
  ['a new title', 'title', (text) => update({ title: text })],
  ['a new column', 'column_id', (text) => update({ column_id: text })],
  ['a new column name', 'column_name', (text) => update({ column_name: text })],
  ['a new contact', 'contact_id', (text) => update({ contact_id: text })],
  ['a new label', 'labels', (text) => update({ labels: [text] })],
  ['a new value', 'values', (text) => update({ values: { a: text } })],
  ['a key to remove', 'values', (text) => update({ values: { [text]: null } })],
  ['an id to delete', 'item_ids', (text) => ['DELETE', items, { item_ids: ['item_009', text] }]],
  ['the name of a column', 'name', (text) => ['POST', `${board}/columns/by-name`, { name: text }]],
  ['search words', 'query', (text) => search({ query: text })],
  ['a cursor', 'cursor', (text) => search({ cursor: text })],
  ['a column to search', 'column_id', (text) => search({ column_id: text })],
  ['columns to search', 'column_ids', (text) => search({ column_ids: ['col_001', text] })],
  ['a value to sort by', 'sort_by', (text) => search({ sort_by: `values.${text}` })],
  ['a filter', 'filter', (text) => search({ filter: { not: { title: { startsWith: text } } } })],
  ['a key to filter by', 'value_filters', (text) => search({ value_filters: { [text]: 1 } })],
  ['an operand', 'value_filters', (text) => search({ value_filters: { source: text } })],
  [
    'one of many operands',
    'value_filters',
    (text) => search({ value_filters: { a: { in: [1, text] } } }),
  ],
  [
    'a part of a value',
    'value_filters',
    (text) => search({ value_filters: { a: { contains: text } } }),
  ],
];

/** Every text in a REST URL. */
const urlTexts: [string, (text: string) => string][] = [
  ['the id of a board', (text) => `/boards/${text}`],
  ['the id of a board with items', (text) => `/boards/${text}/items`],
  ['the id of an item', (text) => `${items}/${text}`],
  ['the id of a column', (text) => `${board}/columns/${text}`],
  ['words in titles', (text) => `${items}?search=${text}`],
  ['the column of a list', (text) => `${items}?column_id=${text}`],
  ['the cursor of a list', (text) => `${items}?cursor=${text}`],
];

const fourByteText = '𝔘𐍈😀👩🏽‍🚀';

describe.each([
  ['a NUL character', 'a\0b'],
  ['a high surrogate', 'a\ud83d'],
  ['a low surrogate', '\ude00b'],
])('%s', (_, text) => {
  it.each(bodyTexts)('is refused as %s', async (_name, field, callOf) => {
    const [method, path, body] = callOf(text);
    const response = await expectNoWrites(world, () => world.rest(method, path, { body }));
    const { message, fields } = expectRestError(response, 400, 'VALIDATION_ERROR');
    expect(fields).toEqual([field]);
    expect(message).toMatch(RegExp(`^${field} contains a NUL character or a lone surrogate`));
  });
});

it.each(urlTexts)('refuses a NUL character as %s', async (_, pathOf) => {
  const response = await world.rest('GET', pathOf('a%00b'));
  expectRestError(response, 400, 'VALIDATION_ERROR');
});

it.each(
  urlTexts,
)('never fails with an internal error for invalid UTF-8 as %s', async (_, pathOf) => {
  for (const bytes of ['%ED%A0%80', '%FF', '%C0%80', '%']) {
    const { status, body } = await world.rest('GET', pathOf(bytes));
    expect([200, 400, 404]).toContain(status);
    expect(body.success).toBe(status === 200);
  }
});

it.each(urlTexts)('accepts characters of four bytes as %s', async (_, pathOf) => {
  const { status, body } = await world.rest('GET', pathOf(encodeURIComponent(fourByteText)));
  if (status !== 200) expect(body.error?.code).toMatch(/_NOT_FOUND$|^INVALID_CURSOR$/);
});

it.each(bodyTexts)('accepts characters of four bytes as %s', async (_, _field, callOf) => {
  const [method, path, body] = callOf(fourByteText);
  const { status, body: response } = await world.rest(method, path, { body });
  if (status > 201) expect(response.error?.code).toMatch(/_NOT_FOUND$|^INVALID_CURSOR$/);
});

const item = {
  title: `  ${fourByteText} <b>"quoted"</b> \\u0000 \ufeff\u202e\uffff 'x'; DROP TABLE item; --  `,
  labels: [fourByteText, 'with  spaces', '__proto__'],
  values: {
    [fourByteText]: fourByteText,
    '': '',
    __proto: {
      constructor: { prototype: [fourByteText, null, true, -0.5, 1e-7, 9007199254740991] },
    },
    text: '50000',
    number: 50000,
    tiny: 5e-324,
    huge: '1e400',
    digits: '12345678901234567890',
    nodes: [{ nodes: [] }],
    key: { key: null },
  },
};
const itemJson = JSON.stringify(item).replace('"__proto"', '"__proto__"');

/** JSON with sorted keys, to compare objects that have a key `__proto__`. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

it('returns every text as it was written, by REST and GraphQL', async () => {
  const { values, ...plain } = JSON.parse(itemJson) as typeof item;
  const created = await world.rest<{ id: string }>('POST', items, { body: itemJson });
  const { id } = created.body.data;
  const byId = await world.rest('GET', `${items}/${id}`);
  const { data } = await world.graphql<{ item: typeof item; created: { item: { id: string } } }>(
    `query ($id: ID!) { item(id: $id) { title labels values } }`,
    { id },
  );
  const copy = await world.graphql<{ created: { item: typeof item } }>(
    `mutation ($title: String!, $labels: [String!], $values: ItemValues) { created: createItem(input: {
      boardId: "board_abc123", title: $title, labels: $labels, values: $values }) { item { title labels values } } }`,
    { values, ...plain },
  );
  const put = await world.rest('PUT', `${items}/${id}`, { body: byId.body.data });
  for (const stored of [
    created.body.data,
    byId.body.data,
    data.item,
    copy.data.created.item,
    put.body.data,
  ]) {
    expect(stored).toMatchObject(plain);
    expect(sortedJson((stored as typeof item).values)).toBe(sortedJson(values));
  }
});

it('finds an item by any of its texts', async () => {
  const name = `Bühne ${fourByteText}`;
  const { data } = await world.graphql<{ created: { column: { id: string; name: string } } }>(
    `mutation ($name: String!) { created: createColumn(input: { boardId: "board_abc123", name: $name }) {
      column { id name } } }`,
    { name },
  );
  expect(data.created.column.name).toBe(name);
  const body = {
    title: `one ${fourByteText}`,
    column_name: ` ${name.toUpperCase()} `,
    labels: [fourByteText],
    values: { [fourByteText]: fourByteText },
  };
  const created = await world.rest<{ id: string; column_id: string }>('POST', items, { body });
  expect(created.body.data.column_id).toBe(data.created.column.id);
  const inColumn = { column_id: data.created.column.id };
  const filters: object[] = [
    { query: fourByteText },
    { query: '👩🏽‍🚀 ONE' },
    { value_filters: { [fourByteText]: fourByteText } },
    {
      value_filters: {
        [fourByteText]: { in: ['x', fourByteText], starts_with: '𝔘𐍈', contains: '😀' },
      },
    },
    { filter: { labels: { hasAll: [fourByteText] }, title: { contains: `E ${fourByteText}` } } },
    { sort_by: `values.${fourByteText}` },
  ];
  for (const filter of filters) {
    const { body: found } = await world.rest<{ id: string }[]>('POST', `${items}/search`, {
      body: { ...inColumn, ...filter },
    });
    expect(
      found.data.map(({ id }) => id),
      JSON.stringify(filter),
    ).toEqual([created.body.data.id]);
  }
});

it('pages by cursor through titles with four-byte characters', async () => {
  const titles = ['😀', '𝔘', '\uffff', 'z', '😀😀'].map((title) => `${title} paged`);
  for (const title of titles)
    await world.rest('POST', items, { body: { title, labels: ['paged'] } });
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const body = {
      filter: { labels: { hasAny: ['paged'] } },
      sort_by: 'title',
      sort_order: 'asc',
      limit: 1,
      cursor,
    };
    const response = await world.rest<{ title: string }[]>('POST', `${items}/search`, { body });
    seen.push(...response.body.data.map(({ title }) => title));
    cursor = (response.body as { next_cursor?: string | null }).next_cursor;
  } while (cursor);
  const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  expect(seen).toEqual([...titles].sort(byCodePoint));
});

const numbers = [
  '1e400',
  '-1e400',
  '12345678901234567890',
  '1e308',
  'NaN',
  'Infinity',
  '01',
  '0x1f',
  '1_000',
];

it.each(
  numbers,
)('refuses the number %s, which would not be returned as written', async (number) => {
  for (const values of [`{"n": ${number}}`, `{"deep": [{"n": [1, ${number}]}]}`]) {
    const bodies = { POST: `{"title": "x", "values": ${values}}`, PUT: `{"values": ${values}}` };
    for (const [method, body] of Object.entries(bodies)) {
      const path = method === 'PUT' ? `${items}/item_002` : items;
      const response = await expectNoWrites(world, () => world.rest(method, path, { body }));
      expectRestError(response, 400, 'VALIDATION_ERROR');
    }
  }
});

it('compares with numbers beyond the range of a double', async () => {
  const total = async (filter: string) => {
    const body = `{"query": "acme", "value_filters": {"deal_value": ${filter}}}`;
    return (await world.rest('POST', `${items}/search`, { body })).body.total ?? -1;
  };
  const all = await total('{"gt": 0}');
  for (const top of ['"1e308"', '"12345678901234567890"', '"1e999"', `"${'9'.repeat(300)}"`]) {
    expect(await total(`{"lt": ${top}}`)).toBe(all);
  }
});

it.each([
  ['POST', `${items}/search`, '{"value_filters": {"a": {"lt": 1e400}}}'],
  ['POST', `${items}/search`, '{"value_filters": {"a": 10158347261234567}}'],
  ['POST', `${items}/search`, '{"value_filters": {"a": {"contains": 10158347261234567}}}'],
  ['DELETE', items, '{"item_ids": [10158347261234567]}'],
  ['POST', items, '{"title": "x", "column_id": 10158347261234567}'],
  ['PUT', `${items}/item_001`, '{"values": {"a": {"b": [-10158347261234567]}}}'],
])('refuses a number that loses digits: %s %s %s', async (method, path, body) => {
  const reply = await world.rest(method, path, { body });
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').message).toContain('would lose digits');
});

it('refuses an id of GraphQL that loses digits', async () => {
  const reply = await world.graphql('query ($id: ID!) { item(id: $id) { id } }', { id: 2 ** 60 });
  expect(reply.errors?.[0]?.message).toContain('would lose digits');
});
