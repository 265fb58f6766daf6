import { beforeEach, expect, it, vi } from 'vitest';
import { filterConditions, searchConditions } from '../../src/domain/items/filter/filter.ts';
import { indexRanges, isIndexable } from '../../src/domain/items/filter/indexable.ts';
import { useWorld } from '../support/world.ts';

// The functions are observed, not replaced.
vi.mock('../../src/domain/items/filter/filter.ts', { spy: true });
vi.mock('../../src/domain/items/filter/indexable.ts', { spy: true });

const world = useWorld();
const large = () => world.withOptions({ thresholds: { largeParent: 0, sample: 5 } });

beforeEach(() => {
  vi.clearAllMocks();
});

/** How often each part of a query was compiled since the test began. */
const compilations = () => ({
  search: vi.mocked(searchConditions).mock.calls.length,
  filter: vi.mocked(filterConditions).mock.calls.length,
  ranges: vi.mocked(indexRanges).mock.calls.length,
  indexes: vi.mocked(isIndexable).mock.calls.length,
});

const once = { search: 1, filter: 1, ranges: 0, indexes: 0 };

const filter = 'filter: { values: [{ key: "value", gte: 1000 }] }';
const everything =
  'nodes { id } edges { cursor } pageInfo { endCursor } totalCount countUpTo(limit: 5) { count }';

it.each([
  ['with a filter', filter],
  ['with a search', 'search: "acme"'],
  ['without a filter', ''],
])('compiles a query %s once for its page, its total and its bounded count', async (_, args) => {
  const { errors } = await world.graphql(
    `{ board(id: "board_abc123") { items${args && `(${args})`} { ${everything} } } }`,
  );
  expect(errors).toBeUndefined();
  expect(compilations()).toEqual(once);
});

it('compiles a query on a large board once, with its index ranges', async () => {
  const { errors } = await large().graphql(
    `{ items(boardId: "board_abc123", search: "acme", orderBy: { field: TITLE }) { ${everything} } }`,
  );
  expect(errors).toBeUndefined();
  expect(compilations()).toEqual({ ...once, ranges: 1, indexes: 1 });
});

it('compiles one query for each connection field', async () => {
  const fields = ['a', 'b', 'c'].map(
    (alias) => `${alias}: items(boardId: "board_abc123", ${filter}) { ${everything} }`,
  );
  const { errors } = await world.graphql(`{ ${fields.join(' ')} }`);
  expect(errors).toBeUndefined();
  expect(compilations()).toEqual({ search: 3, filter: 3, ranges: 0, indexes: 0 });
});

it('compiles a REST search once', async () => {
  const { status } = await world.rest('POST', '/boards/board_abc123/items/search', {
    body: { query: 'acme', value_filters: { value: { gte: 1000 } } },
  });
  expect(status).toBe(200);
  expect(compilations()).toEqual(once);
});

it('compiles the query of groups once for their counts and numbers', async () => {
  const { errors } = await world.graphql(
    `{ board(id: "board_abc123") { itemGroups(by: { field: LABEL }, ${filter}) {
      count a: numbers(key: "value") { sum } b: numbers(key: "probability") { sum } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(compilations()).toEqual({ ...once, ranges: 1 });
});
