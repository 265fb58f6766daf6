import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

interface Row {
  id: string;
  columnId: string;
  labels: string[];
  values: Record<string, unknown>;
  createdAt: string;
}

interface Group {
  key: string | null;
  count: number;
  numbers: {
    count: number;
    nonNumericCount: number;
    sum: number | null;
    min: number | null;
    max: number | null;
  };
  items: { totalCount: number; nodes: { id: string }[] };
}

const isNumber = (value: unknown): boolean =>
  typeof value === 'number' ||
  (typeof value === 'string' && /^[+-]?\d+(\.\d+)?(e\d+)?$/i.test(value));

async function allItems(): Promise<Row[]> {
  const { data } = await world.graphql<{ items: { nodes: Row[] } }>(
    '{ items(boardId: "board_abc123", first: 500) { nodes { id columnId labels values createdAt } } }',
  );
  return data.items.nodes;
}

/** The same groups, computed from all items in TypeScript. */
function groupsOf(items: Row[], keysOf: (item: Row) => (string | null)[]) {
  const groups = new Map<string | null, Row[]>();
  for (const item of items) {
    for (const key of keysOf(item)) groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups].map(([key, rows]) => {
    const values = rows.map((row) => row.values.deal_value).filter((value) => value !== undefined);
    const numbers = values.filter(isNumber).map(Number);
    return {
      key,
      count: rows.length,
      numbers: {
        count: numbers.length,
        nonNumericCount: values.length - numbers.length,
        sum: numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0),
        min: numbers.length === 0 ? null : Math.min(...numbers),
        max: numbers.length === 0 ? null : Math.max(...numbers),
      },
      items: { totalCount: rows.length, nodes: rows.slice(0, 2).map(({ id }) => ({ id })) },
    };
  });
}

const query = `query ($by: ItemGroupBy!, $filter: ItemFilter) {
  board(id: "board_abc123") { itemGroups(by: $by, filter: $filter, first: 500) {
    key count numbers(key: "deal_value") { count nonNumericCount sum min max }
    items(first: 2) { totalCount nodes { id } }
  } }
}`;

const month = (date: unknown): string | null =>
  typeof date === 'string' && !Number.isNaN(Date.parse(date)) && /^\d{4}-\d\d-\d\d/.test(date)
    ? new Date(date).toISOString().slice(0, 7)
    : null;

const textOf = (value: unknown): string | null =>
  value === undefined || value === null || typeof value === 'object' ? null : String(value);

it.each([
  ['column', { field: 'COLUMN' }, (item: Row) => [item.columnId]],
  ['label', { field: 'LABEL' }, (item: Row) => (item.labels.length > 0 ? item.labels : [null])],
  ['month of creation', { field: 'CREATED_MONTH' }, (item: Row) => [item.createdAt.slice(0, 7)]],
  ['value', { value: 'source' }, (item: Row) => [textOf(item.values.source)]],
  [
    'month of a date',
    { month: 'expected_close' },
    (item: Row) => [
      item.values.expected_close === '2025-02-30' ? null : month(item.values.expected_close),
    ],
  ],
] as const)('groups by %s: counts, sums and first items', async (_, by, keysOf) => {
  const { data, errors } = await world.graphql<{ board: { itemGroups: Group[] } }>(query, { by });
  expect(errors).toBeUndefined();
  const order = (a: { key: string | null }, b: { key: string | null }) =>
    String(a.key) < String(b.key) ? -1 : 1;
  const expected = groupsOf(await allItems(), (item) => [...keysOf(item)]);
  expect([...data.board.itemGroups].sort(order)).toEqual(expected.sort(order));
});

it('rejects grouping by two keys, or by none', async () => {
  for (const by of [{}, { field: 'LABEL', value: 'source' }]) {
    const { errors } = await world.graphql(query, { by });
    expect(errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
  }
});

it('stops counting at the limit', async () => {
  const { data } = await world.graphql(`{ board(id: "board_abc123") { items(search: "a") {
    few: countUpTo(limit: 10) { count isExact } all: countUpTo(limit: 1000) { count isExact } totalCount } } }`);
  const { items } = data.board as { items: { few: object; all: object; totalCount: number } };
  expect(items.few).toEqual({ count: 10, isExact: false });
  expect(items.all).toEqual({ count: items.totalCount, isExact: true });
});

it('caches a filtered total until the next write', async () => {
  const total = async () => {
    const { data } = await world.graphql<{ items: { totalCount: number } }>(
      '{ items(boardId: "board_abc123", search: "remembered") { totalCount } }',
    );
    return data.items.totalCount;
  };
  expect(await total()).toBe(0);
  await world.rest('POST', '/boards/board_abc123/items', { body: { title: 'Remembered' } });
  expect(await total()).toBe(1);
  const again = await world.statementsOf(total);
  expect(again.filter((statement) => statement.includes('count(*)'))).toEqual([]);
});

it('returns a group for every column in the board’s order, including empty ones', async () => {
  const query = (args: string) =>
    `{ board(id: "board_abc123") { columns { nodes { id itemsCount } } itemGroups(by: { field: COLUMN } ${args}) { key count } } }`;
  interface Answer {
    board: {
      columns: { nodes: { id: string; itemsCount: number }[] };
      itemGroups: { key: string; count: number }[];
    };
  }
  const whole = await world.graphql<Answer>(query(''));
  const { columns, itemGroups } = whole.data.board;
  expect(itemGroups).toEqual(
    columns.nodes.map(({ id, itemsCount }) => ({ key: id, count: itemsCount })),
  );
  const none = await world.graphql<Answer>(query('search: "no item has this"'));
  expect(none.data.board.itemGroups).toEqual(
    columns.nodes.map(({ id }) => ({ key: id, count: 0 })),
  );
});

it('sorts groups by size or by key', async () => {
  const keysOf = async (order: string) => {
    const { data } = await world.graphql<{ board: { itemGroups: { key: string | null }[] } }>(
      `{ board(id: "board_abc123") { itemGroups(by: { month: "expected_close" } ${order}) { key count } } }`,
    );
    return data.board.itemGroups.map(({ key }) => key);
  };
  const byKey = await keysOf('orderBy: KEY');
  const months = byKey.filter((key) => key !== null);
  expect(months).toEqual([...months].sort());
  expect(byKey.indexOf(null)).toBe(byKey.length - 1);
  expect([...(await keysOf(''))].sort()).toEqual([...byKey].sort());
});

it('counts the last instant of a month in that month', async () => {
  const dates = {
    '2025-01': ['2025-01-31T23:59:59.999999999Z', '2025-01-01'],
    '2025-02': ['2025-02-03'],
    '9999-12': ['9999-12-31T23:59:59.999999999Z'],
    '0001-01': ['0001-01-01T00:00:00Z'],
  };
  const { data } = await world.graphql<{ createBoard: { board: { id: string } } }>(
    'mutation { createBoard(input: { name: "Months", columns: [{ name: "A" }] }) { board { id } } }',
  );
  const { id } = data.createBoard.board;
  const operations = Object.values(dates)
    .flat()
    .map((d) => ({ op: 'create', title: d, values: { d } }));
  await world.rest('POST', `/boards/${id}/items/batch`, { body: { operations } });
  const groups = await world.graphql(
    `{ board(id: "${id}") { itemGroups(by: { month: "d" }, orderBy: KEY) { key count items { totalCount nodes { title } } } } }`,
  );
  expect(groups.data).toEqual({
    board: {
      itemGroups: Object.entries(dates)
        .sort()
        .map(([key, titles]) => ({
          key,
          count: titles.length,
          items: {
            totalCount: titles.length,
            nodes: titles.map((title) => ({ title })),
          },
        })),
    },
  });
});
