import { beforeEach, expect, it } from 'vitest';
import {
  createBoard,
  mutate,
  mutateOk,
  readLayout,
  readNumbers,
  statementsExceptKeyLookup,
  type TestBoard,
} from '../support/boards.ts';
import { expectGraphQLError, expectNoWrites } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c'], B: ['x'] });
});

interface Payload {
  results: {
    index: number;
    action: string;
    item: { id: string; title: string } | null;
    error: { message: string } | null;
  }[];
  createdCount: number;
  updatedCount: number;
  deletedCount: number;
  failedCount: number;
}
const selection = `createdCount updatedCount deletedCount failedCount
  results { index action item { title version values labels } error { code message details { field message } } }`;

const call = (name: string, input: object) =>
  [name, { boardId: board.id, ...input }, selection] as const;
const run = (name: string, input: object) => mutateOk<Payload>(world, ...call(name, input));
const refused = (name: string, input: object) =>
  expectNoWrites(world, () => mutate<Payload>(world, call(name, input)));
const id = (title: string) => board.items[title] ?? title;

it('creates several items, each at the end of its column', async () => {
  const items = [
    { title: 'd', values: { k: 1 }, labels: ['l', 'l'] },
    { title: 'y', columnName: 'B', contactId: 'contact_xyz' },
    { title: 'e', columnId: board.columns.A },
    { title: 'z', columnName: ' b ' },
  ];
  const { results, ...counts } = await run('createItems', { items });
  expect(counts).toEqual({ createdCount: 4, updatedCount: 0, deletedCount: 0, failedCount: 0 });
  expect(results.map(({ index, action }) => [index, action])).toEqual(
    [0, 1, 2, 3].map((n) => [n, 'CREATED']),
  );
  expect(results[0]?.item).toEqual({ title: 'd', version: 1, values: { k: 1 }, labels: ['l'] });
  expect(await readLayout(world, board)).toEqual(['A: a b c d e', 'B: x y z']);
});

it('updates several items, and reports those that did not change', async () => {
  const items = [
    { id: id('b'), title: 'b', labels: [] },
    { id: id('a'), values: { k: 1 } },
    { id: id('c'), columnName: 'B' },
    { id: id('x'), columnName: 'A', title: 'X' },
  ];
  const { results, ...counts } = await run('updateItems', { items });
  expect(counts).toMatchObject({ updatedCount: 3, failedCount: 0 });
  expect(results.map(({ action }) => action)).toEqual([
    'UNCHANGED',
    'UPDATED',
    'UPDATED',
    'UPDATED',
  ]);
  expect(await readLayout(world, board)).toEqual(['A: a b X', 'B: c']);
  const { revision, versions } = await readNumbers(world, board);
  expect({ revision, versions }).toEqual({ revision: 2, versions: { a: 2, b: 1, c: 2, X: 2 } });
});

it('runs a mixed batch under one revision', async () => {
  const operations = [
    { delete: { id: id('b') } },
    { create: { title: 'new' } },
    { update: { id: id('a'), columnName: 'B' } },
    { upsert: { matchOn: 'k', item: { title: 'up', values: { k: 'v' }, columnName: 'B' } } },
  ];
  const { results, ...counts } = await run('writeItems', { operations });
  expect(counts).toEqual({ createdCount: 2, updatedCount: 1, deletedCount: 1, failedCount: 0 });
  expect(results.map(({ action, item }) => `${action} ${item?.title}`)).toEqual([
    'DELETED b',
    'CREATED new',
    'UPDATED a',
    'CREATED up',
  ]);
  expect(await readLayout(world, board)).toEqual(['A: c new', 'B: x a up']);
  expect((await readNumbers(world, board)).revision).toBe(2);
});

const operationsWithErrors = () => [
  { create: { title: 'fine' } },
  { create: { title: '' } },
  { update: { id: 'item_001', title: 'of another board' } },
  { update: { id: id('a'), columnName: 'C' } },
  { update: { id: id('b'), contactId: 'contact_never' } },
  { delete: { id: 'item_never' } },
  { create: { title: 'deep', values: { a: { b: { c: { d: { e: { f: 1 } } } } } } } },
];

it('writes nothing of an atomic batch with errors, and reports all of them', async () => {
  const reply = await refused('writeItems', { operations: operationsWithErrors() });
  expect(reply.errors?.[0]).toMatchInlineSnapshot(`
    {
      "extensions": {
        "code": "VALIDATION_ERROR",
        "details": [
          {
            "field": "1.title",
            "message": "must not be empty",
          },
          {
            "field": "2.id",
            "message": "not found",
          },
          {
            "field": "3.columnName",
            "message": "not found in board",
          },
          {
            "field": "4.contactId",
            "message": "not found",
          },
          {
            "field": "5.id",
            "message": "not found",
          },
          {
            "field": "6.values",
            "message": "must not be nested deeper than 5 levels",
          },
        ],
      },
      "locations": [
        {
          "column": 7,
          "line": 2,
        },
      ],
      "message": "Nothing was written: 6 of 7 cannot be done. The first, at index 1: title must not be empty",
      "path": [
        "made",
      ],
    }
  `);
});

it('writes the valid operations of a batch in the mode PER_ITEM', async () => {
  const { results, ...counts } = await run('writeItems', {
    operations: operationsWithErrors(),
    mode: 'PER_ITEM',
  });
  expect(counts).toEqual({ createdCount: 1, updatedCount: 0, deletedCount: 0, failedCount: 6 });
  expect(results.map(({ index, action, error }) => [index, action, error])).toMatchInlineSnapshot(`
    [
      [
        0,
        "CREATED",
        null,
      ],
      [
        1,
        "FAILED",
        {
          "code": "VALIDATION_ERROR",
          "details": [
            {
              "field": "title",
              "message": "must not be empty",
            },
          ],
          "message": "title must not be empty",
        },
      ],
      [
        2,
        "FAILED",
        {
          "code": "ITEM_NOT_FOUND",
          "details": [
            {
              "field": "id",
              "message": "not found",
            },
          ],
          "message": "Item 'item_001' not found",
        },
      ],
      [
        3,
        "FAILED",
        {
          "code": "COLUMN_NOT_FOUND",
          "details": [
            {
              "field": "columnName",
              "message": "not found in board",
            },
          ],
          "message": "Column with name 'C' not found in board",
        },
      ],
      [
        4,
        "FAILED",
        {
          "code": "CONTACT_NOT_FOUND",
          "details": [
            {
              "field": "contactId",
              "message": "not found",
            },
          ],
          "message": "Contact 'contact_never' not found",
        },
      ],
      [
        5,
        "FAILED",
        {
          "code": "ITEM_NOT_FOUND",
          "details": [
            {
              "field": "id",
              "message": "not found",
            },
          ],
          "message": "Item 'item_never' not found",
        },
      ],
      [
        6,
        "FAILED",
        {
          "code": "VALIDATION_ERROR",
          "details": [
            {
              "field": "values",
              "message": "must not be nested deeper than 5 levels",
            },
          ],
          "message": "values must not be nested deeper than 5 levels",
        },
      ],
    ]
  `);
  expect(await readLayout(world, board)).toEqual(['A: a b c fine', 'B: x']);
});

it('writes up to 500 items in one statement', async () => {
  const items = (count: number) => Array.from({ length: count }, (_, n) => ({ title: `n${n}` }));
  const statements = (count: number) =>
    statementsExceptKeyLookup(world, () => run('createItems', { items: items(count) }));
  expect(await statements(1)).toHaveLength(1);
  expect(await statements(500)).toHaveLength(1);
  expect((await readNumbers(world, board)).revision).toBe(3);
  const reply = await refused('createItems', { items: items(501) });
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toBe('items must not be more than 500');
  for (const [name, list] of [
    ['moveItems', 'ids'],
    ['deleteItems', 'ids'],
    ['writeItems', 'operations'],
    ['upsertItems', 'items'],
    ['updateItems', 'items'],
  ] as const) {
    const one = {
      ids: (n: number) => `i${n}`,
      operations: () => ({ create: { title: 'x' } }),
      items: () => ({ id: 'x' }),
    }[list];
    const entries = Array.from({ length: 501 }, (_, n) => (name === 'upsertItems' ? {} : one(n)));
    const otherFields = {
      ...(name === 'upsertItems' && { matchOn: 'k' }),
      ...(name === 'moveItems' && { columnName: 'A' }),
    };
    const message = expectGraphQLError(
      await refused(name, { ...otherFields, [list]: entries }),
      'VALIDATION_ERROR',
    );
    expect(message).toBe(`${list} must not be more than 500`);
  }
});

it('accepts an empty batch', async () => {
  for (const [name, list] of [
    ['createItems', 'items'],
    ['writeItems', 'operations'],
    ['deleteItems', 'ids'],
  ] as const) {
    const { data } = await refused(name, { [list]: [] });
    expect(data?.made.results).toEqual([]);
  }
});

it('refuses an item that is named twice', async () => {
  const twice = [{ id: id('a'), title: 'one' }, { id: id('b') }, { id: id('a'), title: 'two' }];
  const reply = await refused('updateItems', { items: twice });
  expect(reply.errors?.[0]?.extensions.details).toEqual([
    { field: '0.id', message: 'must not be named twice in one batch' },
    { field: '2.id', message: 'must not be named twice in one batch' },
  ]);
  expectGraphQLError(
    await refused('moveItems', { ids: [id('a'), id('a')], columnName: 'B' }),
    'VALIDATION_ERROR',
  );
});

it('deletes the existing items of a list, but none if one is missing from an atomic batch', async () => {
  const ids = [id('b'), 'item_never', id('b'), id('x')];
  expectGraphQLError(await refused('deleteItems', { ids, mode: 'ATOMIC' }), 'ITEM_NOT_FOUND');
  const { deletedCount, failedCount } = await run('deleteItems', { ids, mode: null });
  expect({ deletedCount, failedCount }).toEqual({ deletedCount: 2, failedCount: 1 });
  expect(await readLayout(world, board)).toEqual(['A: a c', 'B: ']);
});

it.each([
  'updateItem',
  'updateItems',
  'upsertItems',
])('refuses merged values over 64 KiB: %s', async (name) => {
  const b = 'ü'.repeat(16 * 1024);
  const most = 64 * 1024 - Buffer.byteLength(JSON.stringify({ a: '', b, k: 'v' }));
  await run('updateItems', { items: [{ id: id('a'), values: { a: 'x'.repeat(most), k: 'v' } }] });
  const write = (text: string) => {
    const values = { b: text, k: 'v' };
    const item = { id: id('a'), values };
    if (name === 'updateItem') return mutate(world, [name, item, 'item { id }']);
    if (name === 'updateItems') return mutate(world, call(name, { items: [item] }));
    return mutate(world, call(name, { matchOn: 'k', items: [{ values }] }));
  };
  const reply = await expectNoWrites(world, () => write(`${b}x`));
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toMatch(/values must not be over 64 KiB$/);
  expect((await write(b)).errors).toBeUndefined();
});

it('reads again after an earlier mutation of the same document', async () => {
  const create = (name: string) =>
    `${name}: createItem(input: { boardId: "board_abc123", title: "x" }) { item { board { itemsCount } } }`;
  const { data } = await world.graphql<
    Record<'a' | 'b', { item: { board: { itemsCount: number } } }>
  >(`mutation { ${create('a')} ${create('b')} }`);
  expect(data.b.item.board.itemsCount).toBe(data.a.item.board.itemsCount + 1);
});

it.each([
  ['createItems', { items: [{ title: 'a' }, {}, { title: null }] }],
  [
    'writeItems',
    { operations: [{ create: { title: 'a' } }, { create: {} }, { create: { title: null } }] },
  ],
])('refuses only the items without a title in the mode PER_ITEM: %s', async (mutation, input) => {
  const { results, createdCount } = await run(mutation, { ...input, mode: 'PER_ITEM' });
  expect(createdCount).toBe(1);
  expect(results.slice(1).map(({ error }) => error?.message)).toEqual([
    'title is required',
    'title is required',
  ]);
});

it('refuses only the items without a title in the mode per_item, through REST', async () => {
  const operations = [
    { op: 'create', title: 'a' },
    { op: 'create' },
    { op: 'create', title: null },
  ];
  const { status, body } = await world.rest<{ created: number; failed: number }>(
    'POST',
    `/boards/${board.id}/items/batch`,
    { body: { operations, mode: 'per_item' } },
  );
  expect([status, body.data.created, body.data.failed]).toEqual([200, 1, 2]);
});
