import fc, { type Arbitrary } from 'fast-check';
import { expect, it } from 'vitest';
import type { Json } from '../../src/domain/items/write/values.ts';
import {
  answer,
  bodyOf,
  type Filter,
  forEachOf,
  inRest,
  isOnBoard,
  type Operand,
  type Order,
  oddRows,
  type Question,
  question,
  runs,
  useOddWorld,
  type ValueTest,
} from '../model/query-model.ts';

const doors = useOddWorld();
const patience = 60_000 + runs * 60;

interface Answer {
  question: Question;
  status: number;
  total: number | undefined;
  ids: string[] | undefined;
  /** The bounded total; REST has none. */
  upTo?: { count: number; isExact: boolean } | undefined;
}

/** Where the bounded total stops. */
const stopsAt = 7;

const expected = (question: Question, limit = 500): Answer & { total: number } => {
  const ids = answer(oddRows, question);
  return { question, status: 200, total: ids.length, ids: ids.slice(0, limit) };
};

/** The same with its bounded total. */
const bounded = (one: Answer & { total: number }): Answer => ({
  ...one,
  upTo: { count: Math.min(one.total, stopsAt), isExact: one.total <= stopsAt },
});

async function byGraphQL(questions: readonly Question[]): Promise<Answer[]> {
  if (questions.length === 0) return [];
  const asked = questions.map((question) => ({ question, page: { first: 500 } }));
  const selection = `totalCount countUpTo(limit: ${stopsAt}) { count isExact } nodes { id }`;
  const { status, data, errors } = await doors.ask(asked, selection);
  expect(errors).toBeUndefined();
  return questions.map((question, n) => {
    const found = data?.[`q${n}`];
    const page = found?.items ?? found;
    const [total, upTo] = [page?.totalCount, page?.countUpTo];
    return { question, status, total, ids: page?.nodes.map(({ id }) => id), upTo };
  });
}

async function byRest(question: Question, limit = 500): Promise<Answer> {
  const { status, body } = await doors.search({ ...bodyOf(question), limit });
  return { question, status, total: body.total, ids: body.data?.map(({ id }) => id) };
}

/** Most REST pages are short: their rows are whole, and GraphQL's list has the rest. */
const limits = [20, 500, 5];

it('answers any question as the model does, by both doors', { timeout: patience }, async () => {
  await forEachOf(question, Math.ceil(runs * 0.45), async (questions) => {
    const restful = questions.filter(isOnBoard).map(inRest);
    const [graphql, rest] = await Promise.all([
      byGraphQL(questions),
      Promise.all(restful.map((one, n) => byRest(one, limits[n % 3]))),
    ]);
    expect(graphql).toEqual(questions.map((one) => bounded(expected(one))));
    expect(rest).toEqual(restful.map((one, n) => expected(one, limits[n % 3])));
  });
});

/** Ranges and nothing else: they can be counted without a look at an item. */
const range: Arbitrary<ValueTest> = fc
  .tuple(
    fc.constantFrom('amount', 'due', 'mixed'),
    fc.constantFrom('gt', 'gte', 'lt', 'lte'),
    fc.constantFrom<Operand>(-3, 0.5, '5', '1e5', '2000-02-29', '2025-03-20', '2025-04-15'),
  )
  .map(([key, op, operand]) => ({ key, [op]: operand }));
const inRanges: Arbitrary<Question> = fc
  .array(range, { minLength: 1, maxLength: 3 })
  .map((values) => ({ place: { kind: 'board', id: 'board_odd' }, filter: { values } }));

it('answers ranges of several values', { timeout: patience }, async () => {
  await forEachOf(inRanges, Math.ceil(runs * 0.1), async (questions) => {
    expect(await byGraphQL(questions)).toEqual(questions.map((one) => bounded(expected(one))));
  });
});

/** Pieces of SQL, LIKE, JSON path, arrays and JavaScript; a third of the texts has one that no text can hold. */
const pieces = [
  ...[
    "'",
    '"',
    "''",
    '--',
    '/*',
    '*/',
    ';',
    '\\',
    '\\\\',
    '%',
    '_',
    '$1',
    '$$',
    '?',
    '@?',
    '||',
    '::text',
  ],
  ...[
    "' OR 1=1 --",
    "'; DROP TABLE item; --",
    "E'\\x27'",
    "U&'\\0027'",
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
  ],
  ...[
    '{"a":1}',
    '$.**',
    '->>',
    'null',
    'NULL',
    '__proto__',
    'constructor',
    '\n',
    '\t',
    '\u00a0',
    '\u2028',
  ],
  ...[
    '\u{1f600}',
    'e\u0301',
    '\u202e',
    '\ufeff',
    '＇',
    '％',
    'acme',
    '5',
    '1e999',
    '<script>',
    '..',
    '/',
    '#',
  ],
];
const hostile = fc
  .tuple(fc.array(fc.constantFrom(...pieces), { maxLength: 4 }), fc.nat(29))
  .map(([parts, n]) => parts.join('') + (['\0', '\ud83d'][n] ?? ''));

const texts = fc.array(hostile, { maxLength: 3 });
const idTest = fc.oneof(
  fc.record({ eq: hostile }),
  fc.record({ ne: hostile }),
  fc.record({ nin: texts }),
);
const textTest = fc.oneof(
  ...(['eq', 'ne', 'contains', 'startsWith'] as const).map((op) => fc.record({ [op]: hostile })),
  fc.record({ in: texts }),
);
const valueTest: Arbitrary<ValueTest> = fc
  .tuple(
    hostile,
    fc.oneof(
      textTest,
      ...(['gt', 'gte', 'lt', 'lte'] as const).map((op) => fc.record({ [op]: hostile })),
      fc.record({ nin: texts }),
      fc.record({ exists: fc.boolean() }),
    ),
  )
  .map(([key, test]) => ({ key, ...test }));
const hostileFilter: Arbitrary<Filter> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ values: fc.array(valueTest, { maxLength: 2 }) }) },
  fc.record({ title: textTest }),
  fc.record({ columnName: textTest }),
  fc.record({ columnId: idTest }),
  fc.record({ contactId: idTest }),
  fc.record({ createdById: idTest }),
  ...(['hasAll', 'hasAny', 'hasNone'] as const).map((op) =>
    fc.record({ labels: fc.record({ [op]: texts }) }),
  ),
);
const hostileQuestion: Arbitrary<Question> = fc.record(
  {
    place: fc.constant({ kind: 'board', id: 'board_odd' } as const),
    search: hostile,
    filter: fc.oneof(hostileFilter, fc.record({ not: hostileFilter })),
    orderBy: fc.array(fc.record({ value: fc.record({ key: hostile }) }), { maxLength: 2 }),
  },
  { requiredKeys: ['place'] },
);

/** Every text in a question, keys and operands alike. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const isAskable = (question: Question): boolean =>
  textsIn(question).every(isStorable) && (question.search ?? '').split(/\s+/).length <= 10;

/** The code of a refusal by GraphQL. */
async function refusalOf(question: Question): Promise<string | undefined> {
  const { status, errors } = await doors.ask([{ question }], 'totalCount nodes { id }');
  expect(status).toBeLessThan(500);
  return errors?.[0]?.extensions.code;
}

/** The code of a refusal by REST. */
async function refusalByRest(question: Question): Promise<string | undefined> {
  const { status, body } = await doors.search(bodyOf(question));
  expect(status).toBe(400);
  return body.error?.code;
}

it('takes operators, quotes and comments for what they are', { timeout: patience }, async () => {
  await forEachOf(hostileQuestion, Math.ceil(runs * 0.15), async (questions) => {
    const askable = questions.filter(isAskable);
    expect(await byGraphQL(askable)).toEqual(askable.map((one) => bounded(expected(one))));
    for (const question of questions.filter((one) => !isAskable(one)))
      expect(await refusalOf(question)).toBe('VALIDATION_ERROR');
    for (const question of questions.map(inRest)) {
      if (isAskable(question)) expect(await byRest(question, 20)).toEqual(expected(question, 20));
      else expect(await refusalByRest(question)).toBe('VALIDATION_ERROR');
    }
  });
});

const known = `query ($id: ID!, $cursor: String!) {
  board(id: $id) { id } column: items(columnId: $id) { totalCount } item(id: $id) { id }
  items(boardId: $id) { totalCount } nodes(ids: [$id]) { id } cursor: items(after: $cursor) { totalCount }
}`;
const refusals = ['VALIDATION_ERROR', 'BOARD_NOT_FOUND', 'COLUMN_NOT_FOUND', 'INVALID_CURSOR'];

it('knows no hostile id', { timeout: patience }, async () => {
  await forEachOf(hostile, Math.ceil(runs * 0.03), async (ids) => {
    for (const id of ids) {
      const { errors = [] } = await doors.world.graphql(known, { id, cursor: id });
      expect(errors.length).toBeGreaterThan(0);
      for (const { extensions } of errors) expect(refusals).toContain(extensions.code);
      if (!id.isWellFormed()) continue;
      const path = `/boards/${encodeURIComponent(id)}/items`;
      for (const at of [
        path,
        `/boards/board_odd/items/${encodeURIComponent(id)}`,
        `${path}?cursor=a`,
      ])
        expect((await doors.rest('GET', at)).status).toBeOneOf([200, 400, 404]);
    }
  });
});

const one = (filter: Filter): Question => ({ place: { kind: 'board', id: 'board_odd' }, filter });
const nested = (depth: number): Filter => (depth === 1 ? {} : { not: nested(depth - 1) });
const many = Array.from({ length: 40_000 }, (_, n) => `none ${n}`);
const numbers = Array.from({ length: 40_000 }, (_, n) => n + 0.125);

/** A question that is as long as a body may be, and a short one with the same answer. */
it.each<[string, Filter, Filter]>([
  [
    '40,000 operands of both kinds',
    { values: [{ key: 'amount', in: [...numbers, 'n/a', 5] }] },
    { values: [{ key: 'amount', in: ['n/a', 5] }] },
  ],
  [
    '40,000 texts that must not be',
    { values: [{ key: 'note', nin: [...many, 'Acme'] }] },
    { values: [{ key: 'note', ne: 'Acme' }] },
  ],
  ['40,000 labels', { labels: { hasAny: ['vip', ...many] } }, { labels: { hasAny: ['vip'] } }],
  ['40,000 names', { columnName: { in: ['lead', ...many] } }, { columnName: { eq: 'lead' } }],
  ['a long key', { values: [{ key: 'k'.repeat(900_000), ne: 'x' }] }, {}],
  ['a long text', { title: { contains: '%'.repeat(900_000) } }, { or: [] }],
  ['100 conditions', { and: Array.from({ length: 100 }, () => ({ title: { ne: 'x' } })) }, {}],
  ['9 levels', nested(9), {}],
])('answers %s', async (_, long, short) => {
  const { total, ids } = expected(inRest(one(short)));
  expect(await byRest(inRest(one(long)))).toMatchObject({ status: 200, total, ids });
  const [found] = await byGraphQL([inRest(one(long))]);
  expect(found).toMatchObject({ status: 200, total, ids });
});

it.each<[string, Filter]>([
  ['101 conditions', { and: Array.from({ length: 101 }, () => ({ title: { ne: 'x' } })) }],
  ['11 levels', nested(11)],
  ['1,000 levels', nested(1000)],
  ['an operand that is no number', { values: [{ key: 'a', as: 'NUMBER', eq: '1,200' }] }],
  ['an operand that is no date', { values: [{ key: 'a', as: 'DATE', in: ['2025-02-30'] }] }],
  ['a boolean as number', { values: [{ key: 'a', as: 'NUMBER', gt: true }] }],
  ['an instant that is none', { createdAt: { gt: '2025-02-30' } }],
])('refuses %s', async (_, filter) => {
  expect(await refusalOf(one(filter))).toBe('VALIDATION_ERROR');
  expect(await refusalByRest(inRest(one(filter)))).toBe('VALIDATION_ERROR');
});

/** The contract by example, for the model itself: what both it and the SQL may have read wrongly. */
const examples: [Json, Omit<ValueTest, 'key'>, boolean][] = [
  ['50000', { gte: 10000 }, true],
  ['50000', { eq: '5e4' }, true],
  ['9'.repeat(40), { gt: `${'9'.repeat(39)}8` }, true],
  ['n/a', { lt: 5 }, false],
  ['n/a', { ne: 5 }, true],
  [' 1e5 ', { eq: 100000 }, false],
  ['NaN', { gte: 0 }, false],
  ['2025-03-20T07:00:00+07:00', { eq: '2025-03-20' }, true],
  ['2025-02-30', { gte: '2025-01-01' }, false],
  ['2025-02-30', { as: 'TEXT', gte: '2025-01-01' }, true],
  ['\u{1f600}', { gt: '\uffee' }, true],
  ['Acme', { eq: 'acme' }, false],
  ['Ácme', { contains: 'ACM' }, true],
  ['50%', { contains: '%' }, true],
  ['500', { contains: '%' }, false],
  [true, { eq: 'true' }, true],
  ['true', { eq: true }, true],
  [1e-7, { startsWith: '0.0000001' }, true],
  [['red'], { eq: 'red' }, false],
  [{}, { exists: true }, true],
];

it.each(examples)('reads %j by %j: %s', (value, test, holds) => {
  const [row] = oddRows;
  const filter = { values: [{ key: 'key', ...test }] };
  const rows = row ? [{ ...row, values: { key: value } }] : [];
  expect(answer(rows, { place: { kind: 'workspace' }, filter })).toHaveLength(holds ? 1 : 0);
});

it('sorts numbers, then dates, then texts, and missing ones where it is told', () => {
  const [row] = oddRows;
  const values: Operand[] = ['b', '2025-01-02', 'B', '10', 9, '2025-01-01T23:00-02:00'];
  const rows = row
    ? [{ ...row, id: 'none', values: {} }].concat(
        values.map((value) => ({ ...row, id: String(value), values: { key: value } })),
      )
    : [];
  const sorted = (order: Order) =>
    answer(rows, { place: { kind: 'workspace' }, orderBy: [{ value: { key: 'key' }, ...order }] });
  const dates = ['2025-01-02', '2025-01-01T23:00-02:00'];
  expect(sorted({})).toEqual(['9', '10', ...dates, 'B', 'b', 'none']);
  expect(sorted({ direction: 'DESC' })).toEqual(['10', '9', ...dates.reverse(), 'b', 'B', 'none']);
  expect(sorted({ nulls: 'FIRST' })).toEqual(['none', '9', '10', ...dates.reverse(), 'B', 'b']);
});
