import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it.each([
  ["UPDATE item SET title = 'x' WHERE id = 'item_001'", 'UPDATE'],
  ["DELETE FROM item WHERE id = 'item_001'", 'DELETE'],
  [
    `INSERT INTO item (workspace_id, board_id, column_id, id, title, position, created_by_id)
     VALUES ('workspace_demo', 'board_abc123', 'col_001', 'item_new', 'x', 0, 'agent_123')`,
    'INSERT',
  ],
])('refuses a statement that writes items past the functions: %s', async (statement, operation) => {
  const write = world.db.$executeRawUnsafe(statement);
  await expect(write).rejects.toThrow(
    `${operation} on item is refused: counts of columns, change log and item_value would not follow`,
  );
});

it('keeps an update that sets neither title nor values from reading or writing them', async () => {
  const words = Array.from({ length: 6000 }, (_, n) => `word${n}`).join(' ');
  const values = JSON.stringify({ text: words });
  const input = { boardId: 'board_abc123', title: 'big', values: { text: words } };
  expect(values.length).toBeGreaterThan(50_000);
  const reply = await world.graphql<{ createItem: { item: { id: string } } }>(
    'mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } } }',
    { input },
  );
  const id = reply.data?.createItem.item.id;
  const stored = () => world.db.$queryRaw<{ chunks: string }[]>`SELECT
      pg_relation_size(reltoastrelid)::text AS chunks FROM pg_class WHERE relname = 'item'`;
  const before = await stored();
  for (const label of ['a', 'b', 'c'])
    await world.graphql(
      'mutation ($input: UpdateItemInput!) { updateItem(input: $input) { item { version } } }',
      {
        input: { id, labels: [label] },
      },
    );
  expect(await stored()).toEqual(before);
});
