import fc from 'fast-check';
import { expect, it } from 'vitest';
import { itemQuery } from '../model/query/arbitraries.ts';
import { checkCases } from '../model/query/check-cases.ts';
import { useGateway } from '../model/query/gateway.ts';
import type { ItemQuery, Order } from '../model/query/query.ts';
import { forRest, isOnBoard, searchBody } from '../model/query/rest-request.ts';
import { pageSelection, readPages } from '../model/query/walk.ts';
import { runs, timeout } from '../support/property-settings.ts';

const gateway = useGateway();

/** An edit of one character of a text. */
const edit = fc.record({
  at: fc.nat(999),
  kind: fc.constantFrom('change', 'drop', 'insert', 'append'),
  char: fc.constantFrom(...'AZaz09-_.=+/ !é'),
});

type Edit = typeof edit extends fc.Arbitrary<infer One> ? One : never;

function edited(text: string, { at, kind, char }: Edit): string {
  const index = at % text.length;
  if (kind === 'append') return text + char;
  const rest = text.slice(index + (kind === 'insert' ? 0 : 1));
  return text.slice(0, index) + (kind === 'drop' ? '' : char) + rest;
}

const reversed = ({ orderBy = [] }: ItemQuery): Order[] => {
  const [first = { field: 'POSITION' }, ...others] = orderBy;
  return [{ ...first, direction: first.direction === 'DESC' ? 'ASC' : 'DESC' }, ...others];
};

/** Queries that differ from this one in one argument. */
const otherQueries = (query: ItemQuery): ItemQuery[] => [
  { ...query, search: `${query.search ?? ''} more` },
  { ...query, filter: { and: [query.filter ?? {}, { title: { ne: 'x' } }] } },
  { ...query, orderBy: reversed(query) },
  {
    ...query,
    parent: { kind: query.parent.kind === 'board' ? 'workspace' : 'board', id: 'board_edge' },
  },
];

/** The error code of GraphQL for a query with a cursor. */
async function graphqlCode(query: ItemQuery, after: string): Promise<string | undefined> {
  const requests = [{ query, page: { first: 5, after } }];
  const { errors } = await gateway.graphql(requests, pageSelection);
  return errors?.[0]?.extensions.code;
}

/** The error code of REST for a query with a cursor. */
async function restCode(query: ItemQuery, cursor: string): Promise<string | undefined> {
  const { status, body } = await gateway.search({ ...searchBody(query), cursor });
  expect(status).toBe(400);
  return body.error?.code;
}

/** The query for GraphQL and for REST, each with a valid cursor of its own. */
async function cursorsOf(query: ItemQuery) {
  const restQuery = forRest(query);
  const [page] = await readPages(gateway, [{ query, page: { first: 3 } }]);
  const { body } = await gateway.search({ ...searchBody(restQuery), limit: 3 });
  return [
    { codeOf: graphqlCode, query, cursor: page?.pageInfo.endCursor },
    { codeOf: restCode, query: restQuery, cursor: body.next_cursor },
  ];
}

const cursorCase = fc.record({
  query: itemQuery.filter(isOnBoard),
  edits: fc.array(edit, { minLength: 4, maxLength: 4 }),
});

it('rejects an edited cursor and the cursor of another query', { timeout }, async () => {
  await checkCases(cursorCase, Math.ceil(runs * 0.03), async (cases) => {
    for (const { query, edits } of cases) {
      for (const { codeOf, query: cursorQuery, cursor } of await cursorsOf(query)) {
        if (cursor == null) continue;
        for (const wrong of edits.map((one) => edited(cursor, one))) {
          if (wrong !== cursor)
            expect([wrong, await codeOf(cursorQuery, wrong)]).toEqual([wrong, 'INVALID_CURSOR']);
        }
        const others = otherQueries(cursorQuery).filter(
          (other) => codeOf === graphqlCode || isOnBoard(other),
        );
        for (const other of others)
          expect([other, await codeOf(other, cursor)]).toEqual([other, 'INVALID_CURSOR']);
      }
    }
  });
});
