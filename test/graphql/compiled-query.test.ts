import { afterEach, expect, it, vi } from 'vitest';
import { CompiledItemQuery } from '../../src/domain/items/read/query.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const parts = ['where', 'page', 'indexRanges'] as const;

/** Runs a request and counts the queries that it compiled, and how often each part of them was compiled. */
async function compilationsOf(run: () => Promise<unknown>) {
  // The getters are observed, not replaced.
  const spies = parts.map((part) => vi.spyOn(CompiledItemQuery.prototype, part, 'get'));
  await run();
  const [where, page, indexRanges] = spies.map(
    ({ mock }) => new Set(mock.results.map(({ value }) => value)).size,
  );
  const queries = new Set(spies.flatMap(({ mock }) => mock.contexts)).size;
  return { queries, where, page, indexRanges };
}

afterEach(() => {
  vi.restoreAllMocks();
});

async function graphql(query: string, client: Pick<typeof world, 'graphql'> = world) {
  const { errors } = await client.graphql(query);
  expect(errors).toBeUndefined();
}

const filter = 'filter: { values: [{ key: "value", gte: 1000 }] }';
const everything =
  'nodes { id } edges { cursor } pageInfo { endCursor } totalCount countUpTo(limit: 5) { count }';

it.each([
  ['with a filter', `(${filter})`],
  ['with a search', '(search: "acme")'],
  ['without a filter', ''],
])('compiles a query %s once for its page, its total and its bounded count', async (_, args) => {
  const query = `{ board(id: "board_abc123") { items${args} { ${everything} } } }`;
  const compilations = await compilationsOf(() => graphql(query));
  expect(compilations).toEqual({ queries: 1, where: 1, page: 1, indexRanges: 0 });
});

it('compiles a query on a large board once, with its index ranges', async () => {
  const client = world.withOptions({ thresholds: { largeParent: 0, sample: 5 } });
  const query = `{ items(boardId: "board_abc123", search: "acme", orderBy: { field: TITLE }) { ${everything} } }`;
  const compilations = await compilationsOf(() => graphql(query, client));
  expect(compilations).toEqual({ queries: 1, where: 1, page: 1, indexRanges: 1 });
});

it('compiles one query for all connection fields with the same arguments', async () => {
  const fields = ['a', 'b', 'c'].map(
    (alias) => `${alias}: items(boardId: "board_abc123", ${filter}) { totalCount nodes { id } }`,
  );
  const { queries, where } = await compilationsOf(() => graphql(`{ ${fields.join(' ')} }`));
  expect({ queries, where }).toEqual({ queries: 1, where: 1 });
});

it('compiles one query for all parents of a connection', async () => {
  const columns = `{ board(id: "board_abc123") { columns { nodes { items(first: 1, ${filter}) { ${everything} } } } } }`;
  expect(await compilationsOf(() => graphql(columns))).toMatchObject({ queries: 1, where: 1 });
});

it('compiles a REST search once', async () => {
  const body = { query: 'acme', value_filters: { value: { gte: 1000 } } };
  const compilations = await compilationsOf(async () => {
    const { status } = await world.rest('POST', '/boards/board_abc123/items/search', { body });
    expect(status).toBe(200);
  });
  expect(compilations).toEqual({ queries: 1, where: 1, page: 1, indexRanges: 0 });
});

it('compiles the query of groups once for their counts and aggregates', async () => {
  const query = `{ board(id: "board_abc123") { itemGroups(by: { field: LABEL }, ${filter}) {
    count a: numbers(key: "value") { sum } b: numbers(key: "probability") { sum } } } }`;
  const compilations = await compilationsOf(() => graphql(query));
  expect(compilations).toEqual({ queries: 1, where: 1, page: 0, indexRanges: 1 });
});
