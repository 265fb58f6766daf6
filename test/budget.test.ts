import { expect, it } from 'vitest';
import { useWorld } from './world.ts';

const world = useWorld();

it('refuses an answer that would fill the memory, and goes on', async () => {
  let inner = 'id';
  for (let depth = 0; depth < 20; depth += 1)
    inner = `board { items(first: 2) { nodes { ${inner} } } }`;
  const { data, errors = [] } = await world.graphql(`{ item(id: "item_001") { ${inner} } }`);
  expect(data).toEqual({ item: null });
  expect(errors[0]?.extensions.code).toBe('QUERY_TOO_LARGE');
  expect(errors.length).toBeLessThanOrEqual(100);
  expect((await world.graphql('{ item(id: "item_001") { id } }')).errors).toBeUndefined();
});

it('counts what is there, not what is asked for', async () => {
  const { errors } = await world.graphql(
    '{ boards { nodes { columns { nodes { items(first: 500) { nodes { title } } } } } } }',
  );
  expect(errors).toBeUndefined();
});

it('reads fragments once that spread each other over and over', async () => {
  const levels = Array.from({ length: 60 }, (_, n) => n);
  const fragments = (type: string, last: string) =>
    [...levels.map((n) => `...F${n + 1} ...F${n + 1}`), last]
      .map((selection, n) => `fragment F${n} on ${type} { ${selection} }`)
      .join(' ');
  const read = await world.graphql<{ items: { totalCount: number } }>(
    `{ items(first: 1) { ...F0 } } ${fragments('ItemConnection', 'totalCount')}`,
  );
  expect(read.data.items.totalCount).toBeGreaterThan(0);
  const write = 'createItem(input: { boardId: "board_abc123", title: "x" })';
  const written = await world.graphql<{ createItem: { item: { id: string } } }>(
    `mutation { ${write} { ...F0 } } ${fragments('ItemPayload', 'item { id }')}`,
  );
  expect(written.data.createItem.item.id).toMatch(/^item_/);
});
