import { expect } from 'vitest';
import { edgeRows } from './edge-rows.ts';
import type { Gateway } from './gateway.ts';
import { expectedIds } from './model.ts';
import type { ItemQuery } from './query.ts';
import { searchBody } from './rest-request.ts';

/** The result of a query, as the model or the gateway returns it. */
export interface Result {
  query: ItemQuery;
  status: number;
  total: number | undefined;
  ids: string[] | undefined;
  /** The bounded total, which REST does not have. */
  upTo?: { count: number; isExact: boolean } | undefined;
}

/** The limit of the bounded total. */
const countLimit = 7;

/** The first `limit` rows of a query, by the model. */
export function expectedFromRest(query: ItemQuery, limit = 500): Result & { total: number } {
  const ids = expectedIds(edgeRows, query);
  return { query, status: 200, total: ids.length, ids: ids.slice(0, limit) };
}

/** The same with the bounded total. */
export function expectedFromGraphQL(query: ItemQuery): Result {
  const result = expectedFromRest(query);
  const { total } = result;
  return { ...result, upTo: { count: Math.min(total, countLimit), isExact: total <= countLimit } };
}

/** Runs queries in one GraphQL request. */
export async function queryGraphQL(
  gateway: Gateway,
  queries: readonly ItemQuery[],
): Promise<Result[]> {
  if (queries.length === 0) return [];
  const requests = queries.map((query) => ({ query, page: { first: 500 } }));
  const selection = `totalCount countUpTo(limit: ${countLimit}) { count isExact } nodes { id }`;
  const { status, data, errors } = await gateway.graphql(requests, selection);
  expect(errors).toBeUndefined();
  return queries.map((query, n) => {
    const field = data?.[`q${n}`];
    const page = field?.items ?? field;
    const [total, upTo] = [page?.totalCount, page?.countUpTo];
    return { query, status, total, ids: page?.nodes.map(({ id }) => id), upTo };
  });
}

/** Runs a query as a REST search. */
export async function queryRest(gateway: Gateway, query: ItemQuery, limit = 500): Promise<Result> {
  const { status, body } = await gateway.search({ ...searchBody(query), limit });
  return { query, status, total: body.total, ids: body.data?.map(({ id }) => id) };
}

/** The error code of GraphQL for a query. */
export async function graphqlErrorCode(
  gateway: Gateway,
  query: ItemQuery,
): Promise<string | undefined> {
  const { status, errors } = await gateway.graphql([{ query }], 'totalCount nodes { id }');
  expect(status).toBeLessThan(500);
  return errors?.[0]?.extensions.code;
}

/** The error code of REST for a query. */
export async function restErrorCode(
  gateway: Gateway,
  query: ItemQuery,
): Promise<string | undefined> {
  const { status, body } = await gateway.search(searchBody(query));
  expect(status).toBe(400);
  return body.error?.code;
}
