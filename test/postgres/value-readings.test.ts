import { expect, it } from 'vitest';
import { edgeValues } from '../model/query/edge-values.ts';
import { createBoard, mutateOk } from '../support/boards.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it('reads one value as the rows of all values are read', async () => {
  const different = await world.db.$queryRaw`
    SELECT e.value FROM jsonb_array_elements(${JSON.stringify(edgeValues)}::jsonb) e
    CROSS JOIN LATERAL value_reading(e.value) one
    CROSS JOIN LATERAL item_value_rows(jsonb_build_object('key', e.value)) r
    WHERE (one.reading, one.number, one.text) IS DISTINCT FROM (r.reading, r.number, r.text)`;
  expect(different).toEqual([]);
});

it('keeps the index of values equal to the values when each becomes another one', async () => {
  const board = await createBoard(world, { Only: [] });
  const items = edgeValues.map((v, n) => ({ title: `${n}`, values: { v, same: v } }));
  const { results } = await mutateOk<{ results: { item: { id: string } }[] }>(
    world,
    'createItems',
    { boardId: board.id, items },
    'results { item { id } }',
  );
  const changes = results.map(({ item }, n) => ({
    id: item.id,
    values: { v: edgeValues[(n + 7) % edgeValues.length] },
  }));
  await mutateOk(world, 'updateItems', { boardId: board.id, items: changes }, 'updatedCount');
  const different = await world.db.$queryRaw`
    WITH stored AS (SELECT key, reading, number, text, item_id FROM item_value WHERE board_id = ${board.id}),
    expected AS (SELECT r.*, i.id FROM item i, item_value_rows(i."values") r WHERE i.board_id = ${board.id})
    (TABLE stored EXCEPT TABLE expected) UNION ALL (TABLE expected EXCEPT TABLE stored)`;
  expect(different).toEqual([]);
});
