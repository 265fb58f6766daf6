import { describe, expect, it } from 'vitest';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const board = '/boards/board_abc123';
const items = `${board}/items`;

/** The endpoints that take a body, each with a minimal valid body. */
const endpoints = {
  create: { method: 'POST', path: items, minimal: { title: 'x' } },
  update: { method: 'PUT', path: `${items}/item_001`, minimal: {} },
  search: { method: 'POST', path: `${items}/search`, minimal: {} },
  delete: { method: 'DELETE', path: items, minimal: { item_ids: ['item_001'] } },
  byName: { method: 'POST', path: `${board}/columns/by-name`, minimal: { name: 'Lead' } },
};
type Name = keyof typeof endpoints;

const send = (name: Name, body: unknown) => {
  const { method, path } = endpoints[name];
  return expectNoWrites(world, () => world.rest<unknown>(method, path, { body }));
};

/** Expects an error about one field. Returns its message. */
async function expectFieldError(name: Name, body: unknown, field: string) {
  const { message, fields } = expectRestError(await send(name, body), 400, 'VALIDATION_ERROR');
  expect(fields).toEqual([field]);
  return message;
}

describe.each(Object.keys(endpoints) as Name[])('a body of %s', (name) => {
  it.each([
    ['['],
    ['{"title": NaN}'],
    ['{"title": undefined}'],
    ["{'title': 'x'}"],
    ['\u0000'],
    ['x'],
  ])('is refused if it is not JSON: %j', async (body) => {
    const { message } = expectRestError(await send(name, body), 400, 'VALIDATION_ERROR');
    expect(message).toMatch(/^The body is not valid JSON: .+\.$/);
  });

  it.each([
    ['[]'],
    ['[{"title": "x"}]'],
    ['"x"'],
    ['null'],
    ['5'],
    ['true'],
  ])('is refused if it is not an object: %s', async (body) => {
    expect(await expectFieldError(name, body, 'body')).toBe('body must be a JSON object');
  });

  it('is refused with an unknown key, also beside valid keys', async () => {
    const { minimal } = endpoints[name];
    expect(await expectFieldError(name, { ...minimal, zzzzzz: 1 }, 'zzzzzz')).toMatch(
      /is not known: use/,
    );
    await expectFieldError(name, { ...minimal, __proto_: 1 }, '__proto_');
    await expectFieldError(
      name,
      JSON.stringify(minimal).replace('{', '{"constructor":1,').replace(',}', '}'),
      'constructor',
    );
  });
});

it.each<[Name, string, string]>([
  ['create', 'titel', 'title'],
  ['create', 'Title', 'title'],
  ['create', 'lables', 'labels'],
  ['update', 'columnId', 'column_id'],
  ['update', 'columnname', 'column_name'],
  ['update', 'value', 'values'],
  ['search', 'qurey', 'query'],
  ['search', 'value_filter', 'value_filters'],
  ['search', 'sortBy', 'sort_by'],
  ['delete', 'item_id', 'item_ids'],
  ['byName', 'nmae', 'name'],
])('suggests for %s, instead of %s, the key %s', async (name, key, meant) => {
  const body = { ...endpoints[name].minimal, [key]: 'x' };
  expect(await expectFieldError(name, body, key)).toBe(
    `${key} is not known: did you mean ${meant}?`,
  );
});

it('refuses the read-only fields of an item in a search', async () => {
  await expectFieldError('search', { board_id: 'board_abc123' }, 'board_id');
});

const deep = (levels: number): object => (levels === 1 ? {} : { a: deep(levels - 1) });
const bytes = (size: number) => ({ a: 'x'.repeat(size - '{"a":""}'.length) });
const kib64 = 64 * 1024;
const labels = (count: number) => Array.from({ length: count }, (_, n) => `label ${n}`);

const nonStrings = [5, true, ['x'], {}, [['must be hacked']]];
const nonIds = [true, 1.5, ['x'], {}];
const nonStringLists = [5, true, {}, [5], [null], [['x']], [{}]];
const invalidFields: [string, unknown[]][] = [
  ['title', [...nonStrings, '', ' ', '\n\t\u00a0', 'x'.repeat(501), '😀'.repeat(501)]],
  ['column_id', nonIds],
  ['column_name', nonStrings],
  ['contact_id', nonIds],
  ['values', ['x', 5, true, [], [{}], deep(6), { a: [[[[[]]]]] }, bytes(kib64 + 1)]],
  ['labels', [...nonStringLists, [''], [' '], labels(51), ['x'.repeat(101)]]],
];
const shorten = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 30);

it.each(
  (['create', 'update'] as const).flatMap((name) =>
    invalidFields.flatMap(([field, values]) =>
      values.map((value) => ({ name, field, value, as: shorten(value) })),
    ),
  ),
)('refuses to $name with $field $as', async ({ name, field, value }) => {
  const body = { ...endpoints[name].minimal, [field]: value };
  expect(await expectFieldError(name, body, field)).toMatch(RegExp(`^${field} (must|has)`));
});

it.each<[string, object]>([
  ['500 characters of four bytes', { title: '😀'.repeat(500) }],
  [
    '50 labels of 100 characters',
    { title: 'x', labels: labels(50).map((label) => label.padEnd(100, 'é')) },
  ],
  ['values 5 levels deep', { title: 'x', values: deep(5) }],
  ['values of 64 KiB', { title: 'x', values: bytes(kib64) }],
  ['only a title', { title: ' x ' }],
  [
    'null for the optional fields',
    { title: 'x', column_id: null, column_name: null, contact_id: null },
  ],
])('creates an item with %s, and returns it unchanged', async (_, body) => {
  const { status, body: response } = await world.rest('POST', items, { body });
  expect(status).toBe(201);
  const { column_id, column_name, contact_id, ...kept } = body as Record<string, unknown>;
  expect(response.data).toMatchObject(kept);
});

it.each<[Name, string]>([
  ['create', 'values'],
  ['create', 'labels'],
  ['update', 'title'],
  ['update', 'values'],
  ['search', 'filter'],
  ['search', 'value_filters'],
  ['delete', 'item_ids'],
  ['byName', 'name'],
])('refuses to %s with %s nested 50,000 levels deep', async (name, field) => {
  const nested = `${'{"not":'.repeat(50_000)}{}${'}'.repeat(50_000)}`;
  const body = JSON.stringify({ ...endpoints[name].minimal, [field]: 'NESTED' });
  expectRestError(await send(name, body.replace('"NESTED"', nested)), 400, 'VALIDATION_ERROR');
});

it('refuses a long list at its first invalid element', async () => {
  const start = performance.now();
  await expectFieldError(
    'create',
    { title: 'x', labels: Array.from({ length: 200_000 }, () => 1) },
    'labels',
  );
  expect(performance.now() - start).toBeLessThan(2000);
});

it('refuses values that are too large after the merge', async () => {
  const half = 'x'.repeat(40_000);
  const created = await world.rest<{ id: string }>('POST', items, {
    body: { title: 'x', values: { a: half } },
  });
  const path = `${items}/${created.body.data.id}`;
  const put = (values: object) => world.rest('PUT', path, { body: { values, title: 'changed' } });
  const { fields } = expectRestError(
    await expectNoWrites(world, () => put({ b: half })),
    400,
    'VALIDATION_ERROR',
  );
  expect(fields).toEqual(['values']);
  expect((await put({ a: null, b: half })).body.data).toMatchObject({ values: { b: half } });
});

const invalidBodies: [Name, string, unknown[]][] = [
  ['create', 'title', [{}]],
  ['delete', 'item_ids', [{}, { item_ids: null }, { item_ids: labels(501) }]],
  ['delete', 'item_ids', [{}, [null], [['x']], [{}], [true]].map((ids) => ({ item_ids: ids }))],
  ['byName', 'name', [{}, { name: null }, { name: 5 }, { name: ['Lead'] }]],
];

it.each(
  invalidBodies.flatMap(([name, field, bodies]) =>
    bodies.map((body) => ({ name, field, body, as: shorten(body) })),
  ),
)('refuses to $name with a body of $as', async ({ name, field, body }) => {
  expect(await expectFieldError(name, body, field)).toMatch(RegExp(`^${field} (is required|must)`));
});

it.each([
  [{ column_name: 'Won' }, "Column with name 'Won' not found in board"],
  [{ column_id: 'col_006' }, "Column 'col_006' not found in board"],
])('refuses a column of another board: %o', async (choice, words) => {
  for (const name of ['create', 'update'] as const) {
    const response = await send(name, { ...endpoints[name].minimal, ...choice });
    const { message, fields } = expectRestError(response, 404, 'COLUMN_NOT_FOUND');
    expect({ message, fields }).toEqual({ message: words, fields: Object.keys(choice) });
  }
  const byName = expectRestError(await send('byName', { name: 'Won' }), 404, 'COLUMN_NOT_FOUND');
  expect(byName.fields).toEqual(['name']);
});

it('suggests the column with the most similar name', async () => {
  const { body } = await send('byName', { name: 'Qualifed' });
  expect(body.error?.details).toEqual([
    { field: 'name', message: 'not found in board; did you mean Qualified?' },
  ]);
});

it('refuses a column id and a column name that disagree', async () => {
  const choice = { column_id: 'col_001', column_name: 'Qualified' };
  for (const name of ['create', 'update'] as const) {
    const response = await send(name, { ...endpoints[name].minimal, ...choice });
    expect(expectRestError(response, 400, 'VALIDATION_ERROR').fields).toEqual(['column_name']);
  }
});

it('changes nothing when a fetched item is sent back whole', async () => {
  const { body } = await world.rest('GET', `${items}/item_004`);
  const read = () => world.db.item.findFirstOrThrow({ where: { id: 'item_004' } });
  const before = await read();
  expect((await world.rest('PUT', `${items}/item_004`, { body: body.data })).status).toBe(200);
  expect(await read()).toEqual(before);
});

it('ignores the read-only fields of an item, whatever their values', async () => {
  const readOnly = {
    id: 'x',
    board_id: 5,
    position: -1,
    contact: { id: 5, x: 1 },
    conversation_ids: null,
  };
  const more = { created_by: [], created_at: 'never', updated_at: '' };
  const { id, position } = await world.db.item.findFirstOrThrow({ where: { id: 'item_005' } });
  const { status, body } = await world.rest('PUT', `${items}/${id}`, {
    body: { ...readOnly, ...more },
  });
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ id, position, board_id: 'board_abc123' });
});
