import { beforeAll, expect, it } from 'vitest';
import { createBoard, mutate, mutateOk, type TestBoard } from '../support/boards.ts';
import { expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
let board: TestBoard;

beforeAll(async () => {
  board = await createBoard(world, { 'Ça va': [], İstanbul: [], 'Straße – Nord': [] });
});

const twins: [name: string, of: string][] = [
  ['ca\u00a0VA', 'Ça va'],
  ['C\u0327a  va ', 'Ça va'],
  ['ISTANBUL', 'İstanbul'],
  ['ıstanbul', 'İstanbul'],
  ['istan\u200bbul', 'İstanbul'],
  ['STRASSE - nord', 'Straße – Nord'],
];

it.each(twins)('does not create a column %j next to %j', async (name) => {
  const call = ['createColumn', { boardId: board.id, name }, 'column { id }'] as const;
  expectGraphQLError(await mutate(world, call), 'NAME_TAKEN');
  const columns = [{ name: 'Ça va' }, { name: 'İstanbul' }, { name: 'Straße – Nord' }, { name }];
  const created = ['createBoard', { name: 'x', columns }, 'board { id }'] as const;
  expectGraphQLError(await mutate(world, created), 'NAME_TAKEN');
});

it.each(twins)('finds by the name %j the column %j', async (name, of) => {
  const columnId = board.columns[of];
  const { data } = await mutate<{ item: { columnId: string } }>(world, [
    'createItem',
    { boardId: board.id, title: 't', columnName: name },
    'item { columnId }',
  ]);
  expect(data?.made.item).toEqual({ columnId });
  const body = { title: 't', column_name: name };
  const created = await world.rest('POST', `/boards/${board.id}/items`, { body });
  expect(created.body.data).toMatchObject({ column_id: columnId });
  const found = await world.rest('POST', `/boards/${board.id}/columns/by-name`, { body: { name } });
  expect(found.body.data).toMatchObject({ id: columnId });
  const filtered = await world.graphql<{ items: { totalCount: number } }>(
    'query ($id: ID!, $name: String) { items(boardId: $id, filter: { columnName: { ne: $name } }) { nodes { columnId } } }',
    { id: board.id, name },
  );
  expect(JSON.stringify(filtered.data)).not.toContain(columnId);
});

it.each([
  '\u200b',
  '\u00a0\ufeff',
  '\u2800',
  '\u3164\u00ad',
  '\u0301',
  '\u202e ',
])('refuses the title %j, in which nothing can be seen', async (title) => {
  const call = ['createItem', { boardId: board.id, title }, 'item { id }'] as const;
  const message = 'title must not be empty';
  expect(expectGraphQLError(await mutate(world, call), 'VALIDATION_ERROR')).toContain(message);
  const reply = await world.rest('POST', `/boards/${board.id}/items`, { body: { title } });
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').message).toContain(message);
});

it.each([
  [' vip '],
  ['vip\u00a0', 'vip'],
  ['\tvip', '\ufeffvip\n', 'vip'],
  ['cafe\u0301 ', 'café'],
])('stores and finds the labels %j as one', async (...labels) => {
  const { id } = await createBoard(world, { A: [] });
  const stored = { labels: [labels[0]?.normalize().trim()] };
  const input = { boardId: id, title: 'graphql', labels };
  expect(await mutateOk(world, 'createItem', input, 'item { labels }')).toEqual({ item: stored });
  const body = { title: 'rest', labels };
  const created = await world.rest('POST', `/boards/${id}/items`, { body });
  expect(created.body.data).toMatchObject(stored);
  for (const [test, totalCount] of [
    [{ hasAll: labels }, 2],
    [{ hasAny: labels }, 2],
    [{ hasNone: labels }, 0],
  ] as const) {
    const found = await world.graphql(
      'query ($id: ID!, $test: LabelFilter) { items(boardId: $id, filter: { labels: $test }) { totalCount } }',
      { id, test },
    );
    expect(found.data).toEqual({ items: { totalCount } });
  }
});
