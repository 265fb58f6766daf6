import { beforeEach, expect, it } from 'vitest';
import {
  changeLogOf,
  createBoard,
  mutateOk,
  readLayout,
  readNumbers,
  statementsExceptKeyLookup,
  summarize,
  type TestBoard,
} from '../support/boards.ts';
import { directly } from '../support/direct-writes.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c', 'd', 'e'], B: ['x', 'y'] });
});

/** Moves an item; the place names other items by their titles. */
const move = (title: string, place: Record<string, unknown>) => {
  const entries = Object.entries(place).map(([key, value]) => [
    key,
    board.items[String(value)] ?? value,
  ]);
  // With the board, which is looked up otherwise.
  const input = { boardId: board.id, id: board.items[title], ...Object.fromEntries(entries) };
  return mutateOk(world, 'moveItem', input, 'item { title version }');
};

it('shifts items up to the nearest gap, without changing their versions', async () => {
  const before = await readNumbers(world, board);
  await move('x', { before: 'b' });
  await move('y', { before: 'b' });
  expect(await readLayout(world, board)).toEqual(['A: a x y b c d e', 'B: ']);
  const after = await readNumbers(world, board);
  expect(new Set(Object.values(after.positions)).size).toBe(7);
  expect(after.versions).toEqual({ ...before.versions, x: 2, y: 2 });
  expect(summarize(await changeLogOf(world, board, before.revision), board)).toMatchInlineSnapshot(`
    [
      "+0 item a shifted v1 position 0 -> -1",
      "+0 item x moved v2 column_id "B" -> "A"",
      "+1 item a shifted v1 position -1 -> -2",
      "+1 item x shifted v2 position 0 -> -1",
      "+1 item y moved v2 column_id "B" -> "A", position 1 -> 0",
    ]
  `);
});

it('shifts nothing in a column that has gaps', async () => {
  const grown = await createBoard(world, {
    A: Array.from({ length: 200 }, (_, n) => `n${n}`),
    B: ['x'],
  });
  const { revision } = await readNumbers(world, grown);
  await mutateOk(world, 'moveItem', { id: grown.items.x, before: grown.items.n64 }, 'item { id }');
  expect((await changeLogOf(world, grown, revision)).map(({ action }) => action)).toEqual([
    'moved',
  ]);
  await mutateOk(world, 'moveItem', { id: grown.items.x, before: grown.items.n33 }, 'item { id }');
  const shifted = (await changeLogOf(world, grown, revision + 1)).filter(
    ({ action }) => action === 'shifted',
  );
  expect(shifted).toHaveLength(31);
});

it('moves to either end in one statement, whatever the size of the column', async () => {
  const statements = (place: object) =>
    statementsExceptKeyLookup(world, () => move('c', { ...place }));
  for (const at of ['TOP', 'BOTTOM']) {
    expect(await statements({ columnName: 'A', at })).toHaveLength(1);
  }
  expect(await statements({ before: 'a' })).toHaveLength(1);
  const big = await statementsExceptKeyLookup(world, () =>
    mutateOk(
      world,
      'moveItem',
      { boardId: 'board_abc123', id: 'item_002', at: 'BOTTOM' },
      'item { id }',
    ),
  );
  expect(big).toHaveLength(1);
});

/** Sets the positions of items by their titles. */
const setPositions = (positions: Record<string, number>) =>
  Promise.all(
    Object.entries(positions).map(([title, position]) =>
      directly(world, (tx) =>
        tx.item.updateMany({ where: { id: board.items[title] ?? '' }, data: { position } }),
      ),
    ),
  );

const last = 2 ** 31 - 1;

it.each([
  [{ after: 'd' }, 'A: a b d x e', 'A: a b d y x e'],
  [{ before: 'd' }, 'A: a b x d e', 'A: a b x y d e'],
  [{ at: 'BOTTOM' }, 'A: a b d e x', 'A: a b d e x y'],
])('moves next to an item at the highest position: %o', async (place, once, twice) => {
  await move('c', { columnName: 'B' });
  await setPositions({ a: 0, b: last - 2, d: last - 1, e: last });
  await move('x', { columnName: 'A', ...place });
  expect((await readLayout(world, board))[0]).toBe(once);
  await move('y', { columnName: 'A', ...place });
  expect((await readLayout(world, board))[0]).toBe(twice);
  const { positions } = await readNumbers(world, board);
  expect(Math.max(...Object.values(positions))).toBe(last);
});

it.each([
  [{ after: 'b' }, 'A: a b x d e', 'A: a b y x d e'],
  [{ before: 'b' }, 'A: a x b d e', 'A: a x y b d e'],
  [{ at: 'TOP' }, 'A: x a b d e', 'A: y x a b d e'],
])('moves next to an item at the lowest position: %o', async (place, once, twice) => {
  await move('c', { columnName: 'B' });
  await setPositions({ a: -last - 1, b: -last, d: 1 - last, e: 0 });
  await move('x', { columnName: 'A', ...place });
  expect((await readLayout(world, board))[0]).toBe(once);
  await move('y', { columnName: 'A', ...place });
  expect((await readLayout(world, board))[0]).toBe(twice);
  const { positions } = await readNumbers(world, board);
  expect(Math.min(...Object.values(positions))).toBe(-last - 1);
});
