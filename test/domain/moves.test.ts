import { beforeEach, expect, it } from 'vitest';
import {
  changeLogOf,
  createBoard,
  mutate,
  mutateOk,
  readLayout,
  readNumbers,
  type TestBoard,
} from '../support/boards.ts';
import { expectGraphQLError, expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c', 'd', 'e'], B: ['x', 'y'] });
});

const id = (title: string) => board.items[title] ?? title;
/** A place with the ids of items and columns instead of their names. */
const withIds = (place: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(place).map(([key, value]) => [
      key,
      key === 'columnId' ? board.columns[String(value)] : (board.items[String(value)] ?? value),
    ]),
  );
const move = (title: string, place: Record<string, unknown>) =>
  mutateOk<{ item: { title: string; version: number } }>(
    world,
    'moveItem',
    { id: id(title), ...withIds(place) },
    'item { title version }',
  );
const moveAll = (titles: string, place: Record<string, unknown>) =>
  mutateOk(
    world,
    'moveItems',
    { boardId: board.id, ids: titles.split(' ').map(id), ...withIds(place) },
    'updatedCount results { action }',
  );

it.each([
  [{ at: 'TOP' }, 'A: c a b d e', 'B: x y'],
  [{ at: 'BOTTOM' }, 'A: a b d e c', 'B: x y'],
  [{ before: 'a' }, 'A: c a b d e', 'B: x y'],
  [{ before: 'e' }, 'A: a b d c e', 'B: x y'],
  [{ after: 'a' }, 'A: a c b d e', 'B: x y'],
  [{ after: 'e' }, 'A: a b d e c', 'B: x y'],
  [{ position: 1 }, 'A: a c b d e', 'B: x y'],
  [{ position: 3 }, 'A: a b d c e', 'B: x y'],
  [{ position: 4 }, 'A: a b d e c', 'B: x y'],
  [{ position: 1000 }, 'A: a b d e c', 'B: x y'],
  [{ position: -1000 }, 'A: c a b d e', 'B: x y'],
  [{ columnId: 'B' }, 'A: a b d e', 'B: x y c'],
  [{ columnName: ' b ' }, 'A: a b d e', 'B: x y c'],
  [{ columnId: 'B', columnName: 'B', at: 'TOP' }, 'A: a b d e', 'B: c x y'],
  [{ columnName: 'B', position: 1 }, 'A: a b d e', 'B: x c y'],
  [{ before: 'y' }, 'A: a b d e', 'B: x c y'],
  [{ columnId: 'B', after: 'x' }, 'A: a b d e', 'B: x c y'],
])('moves the third of five to %o', async (place, ...expected) => {
  const { item } = await move('c', place);
  expect(item).toEqual({ title: 'c', version: 2 });
  expect(await readLayout(world, board)).toEqual(expected);
});

it.each([
  ['d b', { at: 'TOP' }, 'A: d b a c e', 'B: x y'],
  ['d b', { at: 'BOTTOM' }, 'A: a c e d b', 'B: x y'],
  ['d b', { before: 'c' }, 'A: a d b c e', 'B: x y'],
  ['e x a', { after: 'c' }, 'A: b c e x a d', 'B: y'],
  ['y c a', { columnId: 'B', position: 0 }, 'A: b d e', 'B: y c a x'],
  ['c x', { columnName: 'B' }, 'A: a b d e', 'B: y c x'],
])('moves several items in the order of the ids: %s to %o', async (titles, place, ...expected) => {
  const at = 'at' in place || 'position' in place ? { columnId: 'A', ...place } : place;
  await moveAll(titles, at);
  expect(await readLayout(world, board)).toEqual(expected);
  const { revision } = await readNumbers(world, board);
  expect(new Set((await changeLogOf(world, board, 1)).map((row) => row.revision))).toEqual(
    new Set([revision]),
  );
});

it.each([
  ['its own place', 'c', { before: 'd' }],
  ['its own place', 'c', { after: 'b' }],
  ['its own position', 'c', { position: 2 }],
  ['its own column, at the end', 'e', { columnId: 'A' }],
  ['the top', 'a', { at: 'TOP' }],
  ['the bottom', 'e', { at: 'BOTTOM' }],
  ['their own place', 'b c', { before: 'd' }],
  ['the top', 'a b', { columnId: 'A', at: 'TOP' }],
  ['the bottom', 'd e', { columnId: 'A', at: 'BOTTOM' }],
])('writes nothing if the items are there already: %s of %s', async (_, titles, place) => {
  const move = () => moveAll(titles, { columnId: 'A', ...place });
  const actions = titles.split(' ').map(() => ({ action: 'UNCHANGED' }));
  expect(await expectNoWrites(world, move)).toEqual({ updatedCount: 0, results: actions });
});

it.each<
  [
    target: string,
    place: { columnId?: string; [key: string]: unknown },
    code: string,
    message: string,
  ]
>([
  ['an unknown item', { before: 'item_never' }, 'ITEM_NOT_FOUND', "Item 'item_never' not found"],
  [
    'an item of another board',
    { after: 'item_001' },
    'ITEM_NOT_FOUND',
    "Item 'item_001' not found",
  ],
  [
    'itself',
    { before: 'c' },
    'VALIDATION_ERROR',
    'before must name an item that is not moved itself',
  ],
  [
    'an item of another column than the named one',
    { columnId: 'A', after: 'x' },
    'VALIDATION_ERROR',
    'columnId is not the column of the item that the place is named by',
  ],
  [
    'an item of another column than the one of the name',
    { columnName: 'A', after: 'x' },
    'VALIDATION_ERROR',
    'columnName is not the column of the item that the place is named by',
  ],
  [
    'two places',
    { at: 'TOP', before: 'a' },
    'VALIDATION_ERROR',
    'at cannot be given together with before',
  ],
  [
    'no place',
    {},
    'VALIDATION_ERROR',
    'columnId is required, unless columnName, before, after, at or position is given',
  ],
  [
    'an unknown column',
    { columnId: 'col_never' },
    'COLUMN_NOT_FOUND',
    "Column 'col_never' not found in board",
  ],
  [
    'an unknown column name',
    { columnName: 'C' },
    'COLUMN_NOT_FOUND',
    "Column with name 'C' not found in board",
  ],
  [
    'two different columns',
    { columnId: 'A', columnName: 'B' },
    'VALIDATION_ERROR',
    'The column id and the column name are of two columns',
  ],
])('rejects a move to %s', async (_, ...row) => {
  const [place, code, message] = row;
  const target = {
    ...withIds(place),
    ...(place.columnId && { columnId: board.columns[place.columnId] ?? place.columnId }),
  };
  const run = () => mutate(world, ['moveItem', { id: id('c'), ...target }, 'item { id }']);
  const error = expectGraphQLError(await expectNoWrites(world, run), code);
  expect(error.replace(/col_\w{26}|item_\w{26}/g, '…')).toBe(message);
  const all = { boardId: board.id, ids: [id('b'), id('c')], ...target };
  const runAll = () => mutate(world, ['moveItems', all, 'updatedCount']);
  expectGraphQLError(await expectNoWrites(world, runAll), code);
});

it('moves an item to the position in a PUT, but not if the whole item is sent back', async () => {
  const path = `/boards/${board.id}/items/${id('c')}`;
  const moved = await world.rest('PUT', path, { body: { position: 0 } });
  expect(moved.body.data).toMatchObject({ title: 'c', version: 2 });
  expect(await readLayout(world, board)).toEqual(['A: c a b d e', 'B: x y']);
  await move('a', { at: 'TOP' });
  await move('c', { at: 'BOTTOM' });
  const { body } = await world.rest('GET', path);
  await move('c', { after: 'a' });
  const back = await world.rest('PUT', path, { body: { ...body.data, title: 'new' } });
  expect(back.status).toBe(200);
  expect(await readLayout(world, board)).toEqual(['A: a new b d e', 'B: x y']);
  const wrong = await world.rest('PUT', path, { body: { position: 'top' } });
  expect(expectRestError(wrong, 400, 'VALIDATION_ERROR').message).toBe(
    'position must be a whole number',
  );
});
