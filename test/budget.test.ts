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
