import { beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/items/write/values.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

/** Stored values, one an item, whose title is its JSON. */
const stored: Json[] = [
  ...[50000, '50000', ' 50000 ', '5e4', '50000.00', 8000, '8000', '-3.5', '.5'],
  ...['$45,000', '50,000', '50%', 'NaN', '1_000', '０５', 'n/a'],
  ...['007', '01234', '001234', 1234, '1234', '+5', '+15550101234', '15550101234'],
  ...['2025-03-20', '2025-03-20T10:00:00Z', '2025-03-20 10:00', '2025-03-20t23:59:59.9999999999z'],
  ...[
    '2025-03-21',
    '2025-03-20T23:30:00-01',
    '2025-03-20T10:00:00+0700',
    ' 2025-03-20 ',
    '2025-02-29',
  ],
  ...[true, 'true', 'A@X.io', ' a@x.io ', 'a@x.io', 'b@x.io', '+1 (555) 010-1234', '555-010-1234'],
  ...[
    '010-1234',
    '0555.010.1234',
    5550101234,
    'Straße',
    ['red', 5, true],
    ['Red'],
    ['5'],
    'red wine',
  ],
];

const titleOf = (value: Json): string => JSON.stringify(value).trim();
let board: TestBoard;

beforeAll(async () => {
  board = await createBoard(world, { Only: [] });
  const items = stored.map((value) => ({ title: titleOf(value), values: { v: value } }));
  await mutateOk(world, 'createItems', { boardId: board.id, items }, 'createdCount');
});

const inRest: Record<string, string> = { startsWith: 'starts_with' };

/** Runs a test of the value through both doors. */
async function ask(test: Record<string, unknown>) {
  const graphql = await world.graphql<{ items: { nodes: { values: { v: Json } }[] } } | null>(
    'query ($id: ID!, $filter: ItemFilter) { items(boardId: $id, filter: $filter, first: 100) { nodes { values } } }',
    { id: board.id, filter: { values: [{ key: 'v', ...test }] } },
  );
  const ops = Object.entries(test).map(([op, operand]) => [
    inRest[op] ?? op,
    op === 'as' ? String(operand).toLowerCase() : operand,
  ]);
  const rest = await world.rest<{ values: { v: Json } }[]>(
    'POST',
    `/boards/${board.id}/items/search`,
    { body: { value_filters: { v: Object.fromEntries(ops) }, limit: 100 } },
  );
  return { graphql, rest };
}

const sorted = (values: readonly Json[]): string[] => values.map(titleOf).sort();

async function find(test: Record<string, unknown>): Promise<string[]> {
  const { graphql, rest } = await ask(test);
  const found = sorted((graphql.data?.items.nodes ?? []).map(({ values }) => values.v));
  expect(sorted(rest.body.data.map(({ values }) => values.v))).toEqual(found);
  return found;
}

describe('numbers', () => {
  const fiftyThousand = [50000, '50000', ' 50000 ', '5e4', '50000.00'];
  it.each<[object, Json[]]>([
    [{ eq: '50000 ' }, fiftyThousand],
    [{ eq: 50000 }, fiftyThousand],
    [{ eq: '\u00a05e4' }, fiftyThousand],
    [{ in: ['50000.0'] }, fiftyThousand],
    [{ gte: '8000 ', lt: '\t50001' }, [8000, '8000', ...fiftyThousand]],
    [{ lt: '1' }, ['-3.5', '.5']],
    [{ eq: '$45,000' }, ['$45,000']],
    [{ as: 'TEXT', gte: '$', lt: '%' }, ['$45,000']],
    [{ contains: '５０%' }, ['50%']],
  ])('finds with %j', async (test, expected) => {
    expect(await find({ ...test })).toEqual(sorted(expected));
  });
});

describe('codes and phone numbers', () => {
  it.each<[object, Json[]]>([
    [{ eq: '01234' }, ['01234']],
    [{ eq: '001234' }, ['001234']],
    [{ eq: '1234' }, [1234, '1234']],
    [{ eq: 1234 }, [1234, '1234']],
    [{ eq: '+15550101234' }, ['+15550101234']],
    [{ eq: '15550101234' }, ['15550101234']],
    [{ eq: '+5' }, ['+5']],
    [{ in: ['007', '7'] }, ['007']],
    [{ as: 'TEXT', eq: '1234' }, [1234, '1234']],
    [{ gte: '00', lt: '02' }, ['001234', '007', '01234', '010-1234']],
  ])('finds with %j', async (test, expected) => {
    expect(await find({ ...test })).toEqual(sorted(expected));
  });
});

describe('instants', () => {
  const ten = ['2025-03-20T10:00:00Z', '2025-03-20 10:00'];
  const day = [
    ...['2025-03-20', ' 2025-03-20 ', ...ten, '2025-03-20t23:59:59.9999999999z'],
    '2025-03-20T10:00:00+0700',
  ];
  it.each<[object, Json[]]>([
    [{ eq: '2025-03-20' }, day],
    [{ eq: ' 2025-03-20\n' }, day],
    [{ in: ['2025-03-20', '2025-03-21T00:30:00Z'] }, [...day, '2025-03-20T23:30:00-01']],
    [{ eq: '2025-03-20 10:00:00' }, ten],
    [{ eq: '2025-03-20t10:00z' }, ten],
    [{ eq: '2025-03-20T17:00+07' }, ten],
    [{ lte: '2025-03-20' }, day],
    [{ gt: '2025-03-20' }, ['2025-03-21', '2025-03-20T23:30:00-01']],
    [{ lt: '2025-03-20' }, []],
    [{ gte: '2025-03-20', lt: '2025-03-20 23:59:59' }, day.filter((value) => !value.includes('t'))],
    [{ gt: '2025-03-20T23:59:59.99999999990', lt: '2025-03-21' }, []],
    [{ eq: '2025-02-29' }, ['2025-02-29']],
  ])('finds with %j', async (test, expected) => {
    expect(await find({ ...test })).toEqual(sorted(expected));
  });
});

describe('e-mail addresses and phone numbers', () => {
  const emails = ['A@X.io', ' a@x.io ', 'a@x.io'];
  const phones = [
    ...['+15550101234', '15550101234', '+1 (555) 010-1234', '555-010-1234', '0555.010.1234'],
    5550101234,
  ];
  it.each<[object, Json[]]>([
    [{ as: 'EMAIL', eq: 'a@X.IO\u00a0' }, emails],
    [{ as: 'EMAIL', in: ['B@x.io', 'a@x.io'] }, [...emails, 'b@x.io']],
    [{ eq: 'a@x.io' }, ['a@x.io']],
    [{ as: 'PHONE', eq: '555-010-1234' }, phones],
    [{ as: 'PHONE', eq: '(+1) 555 010 1234' }, phones],
    [{ as: 'PHONE', eq: '0101234 5' }, []],
    [{ as: 'PHONE', eq: 5550101234 }, phones],
    [{ as: 'PHONE', in: ['+44 1234567', '555 0101234'] }, phones],
    [
      { as: 'PHONE', eq: '+44 555-010-1234' },
      phones.filter((phone) => !String(phone).includes('1555') && !String(phone).startsWith('+1')),
    ],
  ])('finds with %j', async (test, expected) => {
    expect(await find({ ...test })).toEqual(sorted(expected));
  });

  it('finds all other values with ne', async () => {
    expect(await find({ as: 'EMAIL', ne: 'A@x.io' })).toHaveLength(stored.length - emails.length);
    expect(await find({ as: 'PHONE', nin: ['5550101234'] })).toHaveLength(
      stored.length - phones.length,
    );
  });
});

describe('lists and booleans', () => {
  it.each<[object, Json[]]>([
    [{ contains: 'red' }, [['red', 5, true], 'red wine']],
    [{ contains: '5.00' }, [['red', 5, true]]],
    [{ contains: 'true' }, [true, 'true', ['red', 5, true]]],
    [{ contains: 'Red' }, [['Red'], 'red wine']],
    [{ eq: true }, [true, 'true']],
    [{ eq: 'red' }, []],
  ])('finds with %j', async (test, expected) => {
    expect(await find({ ...test })).toEqual(sorted(expected));
  });
});

describe('refuses', () => {
  const lookAlikes = [
    ...[
      '$50000',
      '1,000',
      '50%',
      'NaN',
      '20/03/2025',
      '2025-02-29',
      '-Infinity',
      '1_000',
      '٣',
      '½',
    ],
    ...[
      '€ 1.000,50',
      '(500)',
      "1'000",
      '50k',
      'USD 50',
      '1e1000',
      '0x1F',
      '1.2.3',
      '5 000',
      '-'.concat('-5'),
    ],
    ...[
      '2025-3-20',
      '20 Mar 2025',
      'March 20, 2025',
      '2025-03-20T24:00Z',
      '03-20-2025',
      '2025-03-20 10:00 UTC',
      '20250320T100000Z',
      '20250320T10Z',
      '2025-W12',
      '１e５',
      '-∞',
    ],
  ];
  it.each(lookAlikes)('to order by %j, unless as text', async (operand) => {
    for (const test of [{ gt: operand }, { lte: operand }]) {
      const { graphql, rest } = await ask(test);
      for (const message of [
        expectGraphQLError(graphql, 'VALIDATION_ERROR'),
        expectRestError(rest, 400, 'VALIDATION_ERROR').message,
      ]) {
        expect(message).toContain(`'${operand}'`);
        expect(message).toContain('set "as" to text');
      }
      expect((await ask({ as: 'TEXT', ...test })).rest.status).toBe(200);
    }
    expect((await ask({ eq: operand })).rest.status).toBe(200);
  });

  it.each([
    '007',
    '+62 811',
    'Acme',
    'n/a',
    'v2',
    '10:30',
    'May',
    'INV-100',
    'kr',
    'today',
  ])('no order by %j', async (operand) => {
    const { graphql, rest } = await ask({ gte: operand });
    expect([graphql.errors, rest.status]).toEqual([undefined, 200]);
  });

  it.each<[object, string]>([
    [{ as: 'EMAIL', eq: 'x.io' }, 'e-mail address'],
    [{ as: 'PHONE', eq: '010-123' }, 'at least 7 digits'],
    [{ as: 'PHONE', in: ['CALL 5550101234'] }, 'no letters'],
    [{ as: 'PHONE', gt: '5550101234' }, 'use eq, ne, in or nin'],
    [{ gt: true }, 'cannot be compared by gt with true'],
    [{ lte: ' ' }, 'cannot be compared by lte with an empty text'],
    [{ gte: false, eq: true }, 'cannot be compared by gte with false'],
    [{ as: 'NUMBER', lt: true }, 'as a number'],
    ...[{ eq: 2 ** 60 }, { in: ['1', -(2 ** 53)] }, { gte: 1e22 }, { as: 'TEXT', eq: 2 ** 64 }].map(
      (test): [object, string] => [test, 'lose digits'],
    ),
    [{ as: 'NUMBER', eq: '007' }, 'as a number'],
    [{ as: 'DATE', eq: '20/03/2025' }, 'as a date'],
    [{ gt: '2025-03-20', lte: '2025-03-20T23:59:59Z' }, 'cannot be both'],
    [{ gt: '2025-03-20', lt: '2025-03-21' }, 'cannot be both'],
    [{ contains: '\u0301' }, 'must have a letter'],
    [{ startsWith: '\u200b' }, 'must have a letter'],
  ])('%j', async (test, words) => {
    const { graphql, rest } = await ask({ ...test });
    expect(expectGraphQLError(graphql, 'VALIDATION_ERROR')).toContain(words);
    expect(expectRestError(rest, 400, 'VALIDATION_ERROR').message).toContain(words);
  });

  it('a number of a document that has lost digits', async () => {
    const reply = await world.graphql(
      `{ items(boardId: "${board.id}", filter: { values: [{ key: "v", eq: 10158347261234567 }] }) { totalCount } }`,
    );
    expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toContain('lose digits');
  });
});

it('names the value in an error', async () => {
  const path = `/boards/${board.id}/items/search`;
  const value_filters = { 'my.dealValue': { gt: '$5' } };
  const rest = await world.rest('POST', path, { body: { value_filters } });
  const { message, fields } = expectRestError(rest, 400, 'VALIDATION_ERROR');
  expect(fields).toEqual(['value_filters.my.dealValue']);
  expect(message).toMatch(/^value_filters\.my\.dealValue cannot be compared with/);
  const { graphql } = await ask({ key: 'dealValue', gt: '$5' });
  expect(expectGraphQLError(graphql, 'VALIDATION_ERROR')).toMatch(/^values\.dealValue cannot/);
});

it('sorts, sums and groups stored values by the same readings', async () => {
  const { data } = await world.graphql<{
    items: { nodes: { values: { v: Json } }[] };
    board: {
      itemGroups: { numbers: { count: number; sum: number } }[];
      months: { key: string | null; count: number }[];
    };
  }>(
    `query ($id: ID!) {
      items(boardId: $id, first: 100, orderBy: [{ value: { key: "v" } }]) { nodes { values } }
      board(id: $id) {
        itemGroups(by: { field: COLUMN }) { numbers(key: "v") { count sum } }
        months: itemGroups(by: { month: "v" }, orderBy: KEY) { key count }
      }
    }`,
    { id: board.id },
  );
  const numbers = [
    '-3.5',
    '.5',
    1234,
    '1234',
    8000,
    '8000',
    50000,
    '50000',
    ' 50000 ',
    '5e4',
    '50000.00',
  ];
  const phones = [5550101234, '15550101234'];
  const order = data.items.nodes.map(({ values }) => values.v);
  const count = numbers.length + phones.length;
  expect(sorted(order.slice(0, count))).toEqual(sorted([...numbers, ...phones]));
  expect(order.slice(0, 2)).toEqual(['-3.5', '.5']);
  const sum = 268_465 + 5_550_101_234 + 15_550_101_234;
  expect(data.board.itemGroups[0]?.numbers).toEqual({ count, sum });
  expect(data.board.months.filter(({ key }) => key !== null)).toEqual([
    { key: '2025-03', count: 8 },
  ]);
});
