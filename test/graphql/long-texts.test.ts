import { expect, it } from 'vitest';
import { fold } from '../../src/sql/fold.ts';
import { expectGraphQLError, expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const ask =
  (query: string, type = 'String') =>
  (t: string) =>
    world.graphql(`query ($t: ${type}!) { ${query} }`, { t });
const filtered = (filter: string, type?: string) =>
  ask(`items(filter: { ${filter} }) { totalCount }`, type);
const ofValue = (test: string) => filtered(`values: [{ key: "note", ${test} }]`);
const ofOperand = (test: string) => filtered(`values: [{ key: "note", ${test} }]`, 'Operand');

const address = (length: number) => `@${'aB'.repeat(length)}`.slice(0, length);

type Query = ReturnType<typeof ask>;

/** Fields that a text is compared with, queries of it, and the most characters that it has. */
const queries: [string, Query[], number][] = [
  [
    'search',
    ['items', 'boards', 'agents', 'contacts'].map((list) =>
      ask(`${list}(search: $t) { totalCount }`),
    ),
    500,
  ],
  ['title', [filtered('title: { contains: $t }'), filtered('title: { startsWith: $t }')], 1000],
  [
    'columnName',
    ['eq: $t', 'ne: $t', 'in: [$t]', 'nin: [$t]', 'contains: $t', 'startsWith: $t'].map((test) =>
      filtered(`columnName: { ${test} }`),
    ),
    1000,
  ],
  [
    'labels',
    ['hasAny', 'hasAll', 'hasNone'].map((test) => filtered(`labels: { ${test}: [$t] }`)),
    1000,
  ],
  ['values.note', [ofValue('contains: $t'), ofValue('startsWith: $t')], 1000],
];

it.each(queries)('takes so many characters, and no more: %s', async (field, ways, most) => {
  for (const query of ways) {
    for (const unit of ['ﷺ', 'x', '😀']) {
      expect((await query(unit.repeat(most))).errors).toBeUndefined();
      const reply = await query(unit.repeat(most + 1));
      const message = `${field} must not be longer than ${most} characters`;
      expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toBe(message);
    }
  }
});

it.each<[string, Query, string]>([
  ['contacts', ask('contacts(email: $t) { totalCount }'), 'email'],
  ['values', ofOperand('eq: $t, as: EMAIL'), 'values.note'],
])('takes an e-mail address of 1,000 characters: %s', async (_, query, field) => {
  expect((await query(address(1000))).errors).toBeUndefined();
  for (const length of [1001, 900_000])
    expect(expectGraphQLError(await query(address(length)), 'VALIDATION_ERROR')).toBe(
      `${field} must not be longer than 1000 characters`,
    );
});

it('refuses a phone number of 900,000 characters', async () => {
  const query = ask('contacts(phone: $t) { totalCount }');
  expectGraphQLError(await query('+49 30 '.padEnd(900_000, '1')), 'VALIDATION_ERROR');
});

it('looks for the name of a column of 1,000 characters', async () => {
  const query = ask('board(id: "board_abc123") { column(name: $t) { id } }');
  const byName = (name: string) =>
    world.rest('POST', '/boards/board_abc123/columns/by-name', { body: { name } });
  const padded = 'Lead'.padEnd(1000);
  expect((await query(padded)).data).toMatchObject({ board: { column: { id: 'col_001' } } });
  expect((await byName(padded)).body.data).toMatchObject({ id: 'col_001' });
  expectGraphQLError(await query('ﷺ'.repeat(1000)), 'COLUMN_NOT_FOUND');
  for (const name of ['x'.repeat(1001), 'ﷺ'.repeat(300_000)]) {
    const message = 'name must not be longer than 1000 characters';
    expect(expectGraphQLError(await query(name), 'VALIDATION_ERROR')).toBe(message);
    expect(expectRestError(await byName(name), 400, 'VALIDATION_ERROR').message).toBe(message);
  }
});

/** Marks in the wrong order: to sort 300,000 of them would take minutes. */
const marks = `a${'\u0301\u0316'.repeat(150_000)}`;

it.each([
  ['columnName', { columnName: marks }, 'columnName must not be longer than 1000 characters'],
  ['title', { title: marks }, 'title must not be longer than 500 characters'],
  ['label', { labels: [marks] }, 'labels must not be longer than 100 characters each'],
  ['e-mail address', { contact: { matchOn: 'EMAIL', email: marks } }, /longer than 320 char/],
])('refuses to write a long text at once: %s', async (_, fields, message) => {
  const create =
    'mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } } }';
  const input = { boardId: 'board_abc123', title: 'x', ...fields };
  const start = performance.now();
  const reply = await expectNoWrites(world, () => world.graphql(create, { input }));
  expect(performance.now() - start).toBeLessThan(2000);
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toMatch(message);
});

it('refuses to match on a value of 300,000 marks, and to write a column and a board of such a name', async () => {
  const upsert =
    'mutation ($input: UpsertItemInput!) { upsertItem(input: $input) { item { id } } }';
  const start = performance.now();
  const values = { note: marks };
  for (const as of [undefined, 'EMAIL', 'PHONE']) {
    const input = { boardId: 'board_abc123', title: 'x', matchOn: 'note', as, values };
    expectGraphQLError(await world.graphql(upsert, { input }), 'VALIDATION_ERROR');
  }
  for (const mutation of [
    'createColumn(input: { boardId: "board_abc123", name: $t }) { column { id } }',
    'createBoard(input: { name: $t }) { board { id } }',
    'createContact(input: { name: $t }) { contact { id } }',
  ]) {
    const reply = await world.graphql(`mutation ($t: String!) { ${mutation} }`, { t: marks });
    expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toMatch(/longer than 200 characters/);
  }
  expect(performance.now() - start).toBeLessThan(2000);
});

it('compares a text of any length by eq, and marks as a bound', async () => {
  const note = `${'ﷺ'.repeat(10_000)} end`;
  const create =
    'mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } } }';
  const input = { boardId: 'board_abc123', title: 'x', values: { note } };
  expect((await world.graphql(create, { input })).errors).toBeUndefined();
  expect((await ofOperand('eq: $t')(note)).data).toEqual({ items: { totalCount: 1 } });
  expect((await ofOperand('in: [$t]')(note)).data).toEqual({ items: { totalCount: 1 } });
  expect((await filtered('title: { eq: $t }')(marks)).data).toEqual({ items: { totalCount: 0 } });
  expect((await ofOperand('lt: $t')(marks)).errors).toBeUndefined();
});

it('folds hundreds of long names in little time', () => {
  const start = performance.now();
  for (let n = 0; n < 300; n += 1) fold('ﷺ'.repeat(1000));
  for (let n = 0; n < 300; n += 1) fold('\u0301\u0316'.repeat(500));
  expect(performance.now() - start).toBeLessThan(2000);
});
