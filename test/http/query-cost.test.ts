import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it('refuses a query whose response would fill the memory, and serves the next one', async () => {
  let inner = 'id';
  for (let depth = 0; depth < 15; depth += 1)
    inner = `board { items(first: 2) { nodes { ${inner} } } }`;
  const { data, errors = [] } = await world.graphql(`{ item(id: "item_001") { ${inner} } }`);
  expect(data).toBeNull();
  expect(errors[0]?.extensions.code).toBe('QUERY_TOO_LARGE');
  expect(errors.length).toBeLessThanOrEqual(100);
  expect((await world.graphql('{ item(id: "item_001") { id } }')).errors).toBeUndefined();
});

it('counts the rows of a page, not its `first`', async () => {
  const { errors } = await world.graphql(
    '{ boards { nodes { columns { nodes { items(first: 500) { nodes { title } } } } } } }',
  );
  expect(errors).toBeUndefined();
});

const nestedFragments = (
  type: string,
  levels: number,
  { next, last }: { next: (fragment: string) => string; last: string },
) =>
  Array.from({ length: levels }, (_, n) => n + 1)
    .map((n) => `fragment F${n - 1} on ${type} { ${next(`...F${n}`)} }`)
    .concat(`fragment F${levels} on ${type} { ${last} }`)
    .join(' ');
const twice = (fragment: string) => `${fragment} ${fragment}`;

it('executes fragments that expand to a thousand spreads', async () => {
  const query = await world.graphql<{ items: { totalCount: number } }>(
    `{ items(first: 1) { ...F0 } } ${nestedFragments('ItemConnection', 10, { next: twice, last: 'totalCount' })}`,
  );
  expect(query.data.items.totalCount).toBeGreaterThan(0);
  const field = 'createItem(input: { boardId: "board_abc123", title: "x" })';
  const mutation = await world.graphql<{ createItem: { item: { id: string } } }>(
    `mutation { ${field} { ...F0 } } ${nestedFragments('ItemPayload', 10, { next: twice, last: 'item { id }' })}`,
  );
  expect(mutation.data.createItem.item.id).toMatch(/^item_/);
});

it.each([
  ['repeated', twice],
  [
    'under different aliases',
    (fragment: string) =>
      `a: column(id: "x") { board { ${fragment} } } b: column(id: "x") { board { ${fragment} } }`,
  ],
])('refuses fragments that expand exponentially: %s', async (_, next) => {
  const document = `{ board(id: "board_abc123") { ...F0 } } ${nestedFragments('Board', 80, { next, last: 'id' })}`;
  const { errors } = await world.graphql(document);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_LARGE']);
  const cycle = await world.graphql('{ board(id: "x") { ...A } } fragment A on Board { ...A }');
  expect(cycle.errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
});
