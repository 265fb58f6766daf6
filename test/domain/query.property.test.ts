import fc, { type Arbitrary } from 'fast-check';
import { expect, it } from 'vitest';
import { itemQuery } from '../model/query/arbitraries.ts';
import { checkCases } from '../model/query/check-cases.ts';
import { useGateway } from '../model/query/gateway.ts';
import type { ItemQuery, Operand, ValueTest } from '../model/query/query.ts';
import { forRest, isOnBoard } from '../model/query/rest-request.ts';
import {
  expectedFromGraphQL,
  expectedFromRest,
  queryGraphQL,
  queryRest,
} from '../model/query/results.ts';
import { runs, timeout } from '../support/property-settings.ts';

const gateway = useGateway();

/** GraphQL returns whole lists, so most REST pages may be short. */
const limits = [20, 500, 5];

it('runs any query as the model does, in GraphQL and REST', { timeout }, async () => {
  await checkCases(itemQuery, Math.ceil(runs * 0.45), async (queries) => {
    const restQueries = queries.filter(isOnBoard).map(forRest);
    const [graphql, rest] = await Promise.all([
      queryGraphQL(gateway, queries),
      Promise.all(restQueries.map((query, n) => queryRest(gateway, query, limits[n % 3]))),
    ]);
    expect(graphql).toEqual(queries.map(expectedFromGraphQL));
    expect(rest).toEqual(restQueries.map((query, n) => expectedFromRest(query, limits[n % 3])));
  });
});

/** A range, which can be counted from an index alone. */
const range: Arbitrary<ValueTest> = fc
  .tuple(
    fc.constantFrom('amount', 'due', 'mixed'),
    fc.constantFrom('gt', 'gte', 'lt', 'lte'),
    fc.constantFrom<Operand>(-3, 0.5, '5', '1e5', '2000-02-29', '2025-03-20', '2025-04-15'),
  )
  .map(([key, op, operand]) => ({ key, [op]: operand }));
const rangeQuery: Arbitrary<ItemQuery> = fc
  .array(range, { minLength: 1, maxLength: 3 })
  .map((values) => ({ parent: { kind: 'board', id: 'board_edge' }, filter: { values } }));

it('runs ranges of several values as the model does', { timeout }, async () => {
  await checkCases(rangeQuery, Math.ceil(runs * 0.1), async (queries) => {
    expect(await queryGraphQL(gateway, queries)).toEqual(queries.map(expectedFromGraphQL));
  });
});
