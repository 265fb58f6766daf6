import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it('refuses an answer that would fill the memory, and goes on', async () => {
  let inner = 'id';
  for (let depth = 0; depth < 20; depth += 1)
    inner = `board { items(first: 2) { nodes { ${inner} } } }`;
  const { data, errors = [] } = await world.graphql(`{ item(id: "item_001") { ${inner} } }`);
  expect(data).toBeNull();
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

const spreads = (
  type: string,
  levels: number,
  { next, last }: { next: (fragment: string) => string; last: string },
) =>
  Array.from({ length: levels }, (_, n) => n + 1)
    .map((n) => `fragment F${n - 1} on ${type} { ${next(`...F${n}`)} }`)
    .concat(`fragment F${levels} on ${type} { ${last} }`)
    .join(' ');
const twice = (fragment: string) => `${fragment} ${fragment}`;

it('answers fragments that are spread a thousand times in all', async () => {
  const read = await world.graphql<{ items: { totalCount: number } }>(
    `{ items(first: 1) { ...F0 } } ${spreads('ItemConnection', 10, { next: twice, last: 'totalCount' })}`,
  );
  expect(read.data.items.totalCount).toBeGreaterThan(0);
  const write = 'createItem(input: { boardId: "board_abc123", title: "x" })';
  const written = await world.graphql<{ createItem: { item: { id: string } } }>(
    `mutation { ${write} { ...F0 } } ${spreads('ItemPayload', 10, { next: twice, last: 'item { id }' })}`,
  );
  expect(written.data.createItem.item.id).toMatch(/^item_/);
});

it.each([
  ['side by side', twice],
  [
    'under other names',
    (fragment: string) =>
      `a: column(id: "x") { board { ${fragment} } } b: column(id: "x") { board { ${fragment} } }`,
  ],
])('refuses fragments that open into a document without end: %s', async (_, next) => {
  const text = `{ board(id: "board_abc123") { ...F0 } } ${spreads('Board', 80, { next, last: 'id' })}`;
  const { errors } = await world.graphql(text);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_LARGE']);
  const circle = await world.graphql('{ board(id: "x") { ...A } } fragment A on Board { ...A }');
  expect(circle.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
