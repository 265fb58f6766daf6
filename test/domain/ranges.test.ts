import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it.each([
  ['{ key: "deal_value", gt: 10, lt: 5 }', '10', '5'],
  ['{ key: "deal_value", gte: "1e3", lt: "1000" }', '"1e3"', '"1000"'],
  ['{ key: "deal_value", gt: 1, lte: 1 }', '1', '1'],
  [
    '{ key: "d", gte: "2025-03-21", lte: "2025-03-20T23:59:59.999999999Z" }',
    '"2025-03-21"',
    '"2025',
  ],
  ['{ key: "d", gt: "2025-03-20T07:00+07:00", lt: "2025-03-20" }', '"2025', '"2025-03-20"'],
  ['{ key: "t", gte: "b", lt: "a" }', '"b"', '"a"'],
  ['{ key: "t", as: TEXT, gt: 10, lt: 2 }', null, null],
  ['{ key: "t", as: TEXT, gt: 2, lt: 10 }', '2', '10'],
  ['{ key: "deal_value", gte: 5, lte: 5 }', null, null],
  ['{ key: "mixed", gt: 5, lt: "a" }', null, null],
])('rejects an empty range: %s', async (test, low, high) => {
  const { data, errors } = await world.graphql<object | null>(
    `{ items(filter: { values: [${test}] }) { totalCount } }`,
  );
  if (low === null) expect(errors).toBeUndefined();
  else {
    expect(data).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
    expect(errors?.[0]?.message).toContain(low);
    expect(errors?.[0]?.message).toContain(high);
  }
});

it('rejects a date range that ends before it begins, in GraphQL and REST', async () => {
  const { errors } = await world.graphql(
    '{ items(filter: { createdAt: { gt: "2026-01-01T00:00:00Z", lt: "2025-01-01T00:00:00Z" } }) { totalCount } }',
  );
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: [{ field: 'createdAt' }],
  });
  const search = (body: object) =>
    world.rest('POST', '/boards/board_abc123/items/search', { body });
  const range = await search({ date_range: { from: '2026-01-01', to: '2025-01-01' } });
  expect(range.body.error?.details).toEqual([
    { field: 'date_range.to', message: 'must not be before from' },
  ]);
  expect((await search({ date_range: { from: '2025-03-20', to: '2025-03-20' } })).status).toBe(200);
  const values = await search({ value_filters: { deal_value: { gt: 10, lt: 5 } } });
  expect([values.status, values.body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
});
