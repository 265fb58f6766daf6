import fc, { type Arbitrary } from 'fast-check';
import { expect, it } from 'vitest';
import { checkCases } from '../model/query/check-cases.ts';
import { useGateway } from '../model/query/gateway.ts';
import type { Filter, ItemQuery, ValueTest } from '../model/query/query.ts';
import { forRest } from '../model/query/rest-request.ts';
import {
  expectedFromGraphQL,
  expectedFromRest,
  graphqlErrorCode,
  queryGraphQL,
  queryRest,
  restErrorCode,
} from '../model/query/results.ts';
import { fold, foldName } from '../model/query/search.ts';
import { isBound } from '../model/query/value-arbitraries.ts';
import { runs, timeout } from '../support/property-settings.ts';

const gateway = useGateway();

/** Syntax of SQL, LIKE, JSON path, arrays and JavaScript, and characters that are easily confused. */
const pieces = [
  ...["'", '"', "''", '--', '/*', '*/', ';', '\\', '\\\\', '%', '_', '$1', '$$', '?', '@?', '||'],
  ...['::text', "' OR 1=1 --", "'; DROP TABLE item; --", "E'\\x27'", "U&'\\0027'", '{', '}', '['],
  ...[']', '(', ')', ',', '{"a":1}', '$.**', '->>', 'null', 'NULL', '__proto__', 'constructor'],
  ...['\n', '\t', '\u00a0', '\u2028', '\u{1f600}', 'e\u0301', '\u202e', '\ufeff', '＇', '％'],
  ...['acme', '5', '1e999', '<script>', '..', '/', '#'],
];
/** Up to four pieces; one text in 15 ends in a character that PostgreSQL cannot store. */
const hostile = fc
  .tuple(fc.array(fc.constantFrom(...pieces), { maxLength: 4 }), fc.nat(29))
  .map(([parts, n]) => parts.join('') + (['\0', '\ud83d'][n] ?? ''));

/** The gateway refuses to search for nothing, and a bound that only looks like a number or a date. */
const part = hostile.filter((text) => text === '' || fold(text) !== '');
const bound = hostile.filter(isBound);
const searched = hostile.filter((text) => text.trim() === '' || foldName(text) !== '');

const texts = fc.array(hostile, { maxLength: 3 });
const idTest = fc.oneof(
  fc.record({ eq: hostile }),
  fc.record({ ne: hostile }),
  fc.record({ nin: texts }),
);
const textTest = fc.oneof(
  ...(['eq', 'ne'] as const).map((op) => fc.record({ [op]: hostile })),
  ...(['contains', 'startsWith'] as const).map((op) => fc.record({ [op]: part })),
  fc.record({ in: texts }),
);
const valueTest: Arbitrary<ValueTest> = fc
  .tuple(
    hostile,
    fc.oneof(
      textTest,
      ...(['gt', 'gte', 'lt', 'lte'] as const).map((op) => fc.record({ [op]: bound })),
      fc.record({ nin: texts }),
      fc.record({ exists: fc.boolean() }),
    ),
  )
  .map(([key, test]) => ({ key, ...test }));
const hostileFilter: Arbitrary<Filter> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ values: fc.array(valueTest, { maxLength: 2 }) }) },
  fc.record({ title: textTest }),
  fc.record({ columnName: textTest }),
  fc.record({ columnId: idTest }),
  fc.record({ contactId: idTest }),
  fc.record({ createdById: idTest }),
  ...(['hasAll', 'hasAny', 'hasNone'] as const).map((op) =>
    fc.record({ labels: fc.record({ [op]: texts }) }),
  ),
);
const hostileQuery: Arbitrary<ItemQuery> = fc.record(
  {
    parent: fc.constant({ kind: 'board', id: 'board_edge' } as const),
    search: searched,
    filter: fc.oneof(hostileFilter, fc.record({ not: hostileFilter })),
    orderBy: fc.array(fc.record({ value: fc.record({ key: hostile }) }), { maxLength: 2 }),
  },
  { requiredKeys: ['parent'] },
);

/** The keys and text operands of a query. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const isValid = (query: ItemQuery): boolean =>
  textsIn(query).every(isStorable) && (query.search ?? '').split(/\s+/).length <= 10;

it('treats SQL, LIKE and JSON syntax in a query as plain text', { timeout }, async () => {
  await checkCases(hostileQuery, Math.ceil(runs * 0.15), async (queries) => {
    const valid = queries.filter(isValid);
    expect(await queryGraphQL(gateway, valid)).toEqual(valid.map(expectedFromGraphQL));
    for (const query of queries.filter((one) => !isValid(one)))
      expect(await graphqlErrorCode(gateway, query)).toBe('VALIDATION_ERROR');
    for (const query of queries.map(forRest)) {
      if (isValid(query))
        expect(await queryRest(gateway, query, 20)).toEqual(expectedFromRest(query, 20));
      else expect(await restErrorCode(gateway, query)).toBe('VALIDATION_ERROR');
    }
  });
});

const byId = `query ($id: ID!, $cursor: String!) {
  board(id: $id) { id } column: items(columnId: $id) { totalCount } item(id: $id) { id }
  items(boardId: $id) { totalCount } nodes(ids: [$id]) { id } cursor: items(after: $cursor) { totalCount }
}`;
const errorCodes = ['VALIDATION_ERROR', 'BOARD_NOT_FOUND', 'COLUMN_NOT_FOUND', 'INVALID_CURSOR'];

it('finds nothing under a hostile id', { timeout }, async () => {
  await checkCases(hostile, Math.ceil(runs * 0.03), async (ids) => {
    for (const id of ids) {
      const { errors = [] } = await gateway.world.graphql(byId, { id, cursor: id });
      expect(errors.length).toBeGreaterThan(0);
      for (const { extensions } of errors) expect(errorCodes).toContain(extensions.code);
      if (!id.isWellFormed()) continue;
      const list = `/boards/${encodeURIComponent(id)}/items`;
      for (const path of [
        list,
        `/boards/board_edge/items/${encodeURIComponent(id)}`,
        `${list}?cursor=a`,
      ])
        expect((await gateway.rest('GET', path)).status).toBeOneOf([200, 400, 404]);
    }
  });
});
