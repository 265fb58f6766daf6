import { beforeEach, expect, it } from 'vitest';
import { createBoard, mutate, mutateOk, type TestBoard } from '../support/boards.ts';
import { expectNoWrites } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c'] });
  const values: Record<string, object> = {
    a: { n: 5, phone: '+1', both: 'x' },
    b: { n: '7', both: 'x' },
    c: { flag: true },
  };
  const items = Object.entries(values).map(([title, itemValues]) => ({
    id: board.items[title],
    values: itemValues,
  }));
  await mutateOk(world, 'updateItems', { boardId: board.id, items }, 'updatedCount');
});

interface Payload {
  results: {
    action: string;
    item: { title: string; values: object } | null;
    error: { code: string; message: string } | null;
  }[];
}
const upsert = (matchOn: string, items: object[], mode = 'PER_ITEM') =>
  mutate<Payload>(world, [
    'upsertItems',
    { boardId: board.id, matchOn, items, mode },
    'results { action item { title values } error { code message } }',
  ]);
const outcome = async (matchOn: string, item: object) => {
  const { data, errors } = await upsert(matchOn, [item]);
  const [result] = data?.made.results ?? [];
  return result?.error
    ? `${result.error.code}: ${result.error.message}`
    : (errors?.[0]?.message ?? `${result?.action} ${result?.item?.title}`);
};

it.each<[name: string, matchOn: string, item: object, expected: string]>([
  ['the one item that has the value', 'phone', { values: { phone: '+1', more: 1 } }, 'UPDATED a'],
  [
    'an item that has all of it already',
    'phone',
    { title: 'a', values: { phone: '+1' } },
    'UNCHANGED a',
  ],
  ['a number by its text', 'n', { values: { n: '5' }, labels: ['l'] }, 'UPDATED a'],
  ['a text by its number', 'n', { values: { n: 7 } }, 'UPDATED b'],
  ['a new item', 'phone', { title: 'new', values: { phone: '+2' } }, 'CREATED new'],
  [
    'a new item for a number that is written otherwise',
    'n',
    { title: 'new', values: { n: '05' } },
    'CREATED new',
  ],
  ['a boolean', 'flag', { values: { flag: true }, labels: ['l'] }, 'UPDATED c'],
  [
    'a new item without a title',
    'phone',
    { values: { phone: '+2' } },
    'VALIDATION_ERROR: title is required, for no item has this value yet',
  ],
  [
    'several items',
    'both',
    { values: { both: 'x' } },
    'AMBIGUOUS_MATCH: Several items have this value. Name one of them by its id instead.',
  ],
  [
    'no value',
    'phone',
    { title: 'x', values: { other: 1 } },
    "VALIDATION_ERROR: values must have the key 'phone' to match on, with a text, a number or a boolean",
  ],
  [
    'an empty value',
    'phone',
    { title: 'x', values: { phone: '' } },
    "VALIDATION_ERROR: values must have the key 'phone' to match on, with a text, a number or a boolean",
  ],
  ...[' ', '\u00a0\t', '\u200b', '\ufeff ', '\u2800'].map(
    (phone): [string, string, object, string] => [
      `a value in which nothing can be seen, ${JSON.stringify(phone)}`,
      'phone',
      { title: 'x', values: { phone } },
      "VALIDATION_ERROR: values must have the key 'phone' to match on, with a text, a number or a boolean",
    ],
  ),
  [
    'a list',
    'phone',
    { title: 'x', values: { phone: ['+1'] } },
    "VALIDATION_ERROR: values must have the key 'phone' to match on, with a text, a number or a boolean",
  ],
  [
    'a key of any characters',
    '𝔘 😀',
    { title: 'new', values: { '𝔘 😀': '👩🏽‍🚀' } },
    'CREATED new',
  ],
  [
    'a key with the path of filters',
    'values.phone',
    { title: 'x', values: { phone: '+1' } },
    "VALIDATION_ERROR: values must have the key 'values.phone' to match on, with a text, a number or a boolean; did you mean phone, without 'values.'?",
  ],
  [
    'an inherited name',
    'constructor',
    { title: 'x', values: {} },
    "VALIDATION_ERROR: values must have the key 'constructor' to match on, with a text, a number or a boolean",
  ],
])('matches %s', async (_, ...row) => {
  const [matchOn, item, expected] = row;
  expect(await outcome(matchOn, item)).toBe(expected);
});

it('keeps the values that an upsert omits', async () => {
  const { data } = await upsert('phone', [{ values: { phone: '+1', n: null, more: 1 } }]);
  expect(data?.made.results[0]?.item).toEqual({
    title: 'a',
    values: { phone: '+1', both: 'x', more: 1 },
  });
});

it('creates one item for concurrent equal upserts', async () => {
  const item = { title: 'new', values: { phone: '+9' } };
  const replies = await Promise.all(Array.from({ length: 8 }, () => upsert('phone', [item])));
  const actions = replies.map(({ data }) => data?.made.results[0]?.action).sort();
  expect(actions).toEqual(['CREATED', ...Array.from({ length: 7 }, () => 'UNCHANGED')]);
});

it('matches items of its own board only', async () => {
  const otherBoard = await createBoard(world, { A: ['t'] });
  await mutateOk(
    world,
    'updateItem',
    { id: otherBoard.items.t, values: { phone: '+3' } },
    'item { id }',
  );
  expect(await outcome('phone', { title: 'new', values: { phone: '+3' } })).toBe('CREATED new');
});

it.each([
  ['the same value', [{ phone: '+4' }, { phone: '+4' }]],
  ['a number and its text', [{ phone: 4 }, { phone: '4' }]],
])('applies two upserts of %s in order', async (_, [one, two]) => {
  const items = [
    { title: 'x', values: one },
    { title: 'y', values: two },
  ];
  const { data } = await upsert('phone', items, 'ATOMIC');
  expect(data?.made.results).toMatchObject([
    { action: 'CREATED', item: { title: 'x', values: one } },
    { action: 'UPDATED', item: { title: 'y', values: two } },
  ]);
  expect((await outcome('phone', { title: 'z', values: two })).split(' ')).toEqual([
    'UPDATED',
    'z',
  ]);
});

it('applies two upserts by different keys that match the same item in order', async () => {
  const operations = [
    { upsert: { matchOn: 'phone', item: { values: { phone: '+1', n: 6 } } } },
    { upsert: { matchOn: 'n', item: { title: 'again', values: { n: 6 } } } },
  ];
  const { data } = await mutate<Payload>(world, [
    'writeItems',
    { boardId: board.id, operations },
    'results { action item { title values } error { code message } }',
  ]);
  expect(data?.made.results.map(({ action, item }) => [action, item?.title])).toEqual([
    ['UPDATED', 'a'],
    ['UPDATED', 'again'],
  ]);
});

it('writes nothing of a batch that it saved in parts if one operation fails', async () => {
  const items = [
    { title: 'x', values: { phone: '+4' } },
    { title: 'y', values: { phone: '+4' } },
    { title: 'z', values: { phone: '+5' }, columnName: 'nowhere' },
  ];
  const { errors } = await expectNoWrites(world, () => upsert('phone', items, 'ATOMIC'));
  expect(errors?.[0]?.extensions.details).toEqual([
    { field: '2.columnName', message: 'not found in board' },
  ]);
});

/** People of a board, with the values by which upserts find them. */
const people = {
  a: { mail: 'A@X.io', tel: '+1 (555) 010-1234' },
  b: { mail: ' b@x.io ', tel: '44 20 7946 0958', flag: 'true' },
  c: { mail: 'c@x.io', tel: 5550109999 },
  d: { mail: 'none', tel: '010-1234' },
};

it.each<[as: 'EMAIL' | 'PHONE' | null, value: unknown, expected: string]>([
  ['EMAIL', 'a@x.io', 'UPDATED a'],
  ['EMAIL', ' A@x.IO\u00a0', 'UPDATED a'],
  ['EMAIL', 'B@X.io', 'UPDATED b'],
  ['EMAIL', 'á@x.io', 'CREATED new'],
  [
    'EMAIL',
    'x.io',
    "VALIDATION_ERROR: values.mail is 'x.io', but must be an e-mail address, which has an @",
  ],
  ['PHONE', '555-010-1234', 'UPDATED a'],
  ['PHONE', 15550101234, 'UPDATED a'],
  ['PHONE', '020 7946 0958', 'UPDATED b'],
  ['PHONE', '+1 555 010 9999', 'UPDATED c'],
  ['PHONE', '+49 555 010 1234', 'CREATED new'],
  [
    'PHONE',
    '010-1234',
    "VALIDATION_ERROR: values.tel is '010-1234', but must be one phone number, which has at least 7 digits, no letters and no extension",
  ],
  [null, 'true', 'UPDATED b'],
  [null, true, 'UPDATED b'],
])('matches as %s the value %j, in GraphQL and REST', async (as, value, expected) => {
  const key = as === 'EMAIL' ? 'mail' : as === 'PHONE' ? 'tel' : 'flag';
  const item = { title: 'new', values: { [key]: value, more: 1 } };
  const [graphqlBoard, restBoard] = [await boardOfPeople(), await boardOfPeople()];
  const { data } = await mutate<Payload>(world, [
    'upsertItems',
    { boardId: graphqlBoard, matchOn: key, as, items: [item], mode: 'PER_ITEM' },
    'results { action item { title values } error { code message } }',
  ]);
  const [result] = data?.made.results ?? [];
  const outcomeOf = (
    error: { code: string; message: string } | null | undefined,
    action?: string,
  ) => (error ? `${error.code}: ${error.message}` : action);
  const isUpdate = expected.startsWith('UPDATED');
  const title = isUpdate ? expected.slice(-1) : 'new';
  const titled = `${result?.action} ${title}`;
  expect(outcomeOf(result?.error, titled)).toBe(expected);
  expect(result?.item?.values ?? {}).toMatchObject(result?.item ? { [key]: value, more: 1 } : {});
  const rest = await world.rest<{
    results: { action: string; error?: { code: string; message: string } }[];
  }>('POST', `/boards/${restBoard}/items/batch`, {
    body: {
      operations: [{ op: 'upsert', match_on: key, ...(as && { as: as.toLowerCase() }), ...item }],
      mode: 'per_item',
    },
  });
  const [row] = rest.body.data.results;
  expect(outcomeOf(row?.error, `${row?.action.toUpperCase()} ${title}`)).toBe(expected);
});

/** A new board with the people as items. */
async function boardOfPeople(): Promise<string> {
  const { id } = await createBoard(world, { A: [] });
  const items = Object.entries(people).map(([title, values]) => ({ title, values }));
  await mutateOk(world, 'createItems', { boardId: id, items }, 'createdCount');
  return id;
}

it('applies upserts of one phone number in their order, however it is written', async () => {
  const { data } = await mutate<Payload>(world, [
    'upsertItems',
    {
      ...{ boardId: board.id, matchOn: 'tel', as: 'PHONE', mode: 'ATOMIC' },
      items: [
        { title: 'one', values: { tel: '+1 555 010 7777' } },
        { title: 'two', values: { tel: '555-010-7777' } },
        { title: 'three', values: { tel: '+49 555 010 7777' } },
      ],
    },
    'results { action item { title values } error { code message } }',
  ]);
  const results = data?.made.results.map(({ action, item }) => `${action} ${item?.title}`);
  expect(results).toEqual(['CREATED one', 'UPDATED two', 'UPDATED three']);
});
