import { expect, it } from 'vitest';
import { useGateway } from '../model/query/gateway.ts';
import type { Filter, ItemQuery } from '../model/query/query.ts';
import { forRest } from '../model/query/rest-request.ts';
import {
  expectedFromRest,
  graphqlErrorCode,
  queryGraphQL,
  queryRest,
  restErrorCode,
} from '../model/query/results.ts';

const gateway = useGateway();

const boardQuery = (filter: Filter): ItemQuery => ({
  parent: { kind: 'board', id: 'board_edge' },
  filter,
});
const nested = (depth: number): Filter => (depth === 1 ? {} : { not: nested(depth - 1) });
const texts = Array.from({ length: 9_990 }, (_, n) => `none ${n}`);
const numbers = Array.from({ length: 9_990 }, (_, n) => n + 0.125);

/** A query near the limits of size, and a short one with the same result. */
it.each<[string, Filter, Filter]>([
  [
    '9,992 numbers and texts',
    { values: [{ key: 'amount', in: [...numbers, 'n/a', 5] }] },
    { values: [{ key: 'amount', in: ['n/a', 5] }] },
  ],
  [
    '9,991 excluded texts',
    { values: [{ key: 'note', nin: [...texts, 'Acme'] }] },
    { values: [{ key: 'note', ne: 'Acme' }] },
  ],
  ['9,991 labels', { labels: { hasAny: ['vip', ...texts] } }, { labels: { hasAny: ['vip'] } }],
  [
    '9,991 column names',
    { columnName: { in: ['lead', ...texts] } },
    { columnName: { eq: 'lead' } },
  ],
  ['a long key', { values: [{ key: 'k'.repeat(900_000), ne: 'x' }] }, {}],
  ['a long text', { title: { contains: '%'.repeat(1000) } }, { or: [] }],
  ['100 conditions', { and: Array.from({ length: 100 }, () => ({ title: { ne: 'x' } })) }, {}],
  ['9 levels', nested(9), {}],
])('accepts %s', async (_, long, short) => {
  const { total, ids } = expectedFromRest(forRest(boardQuery(short)));
  expect(await queryRest(gateway, forRest(boardQuery(long)))).toMatchObject({
    status: 200,
    total,
    ids,
  });
  const [result] = await queryGraphQL(gateway, [forRest(boardQuery(long))]);
  expect(result).toMatchObject({ status: 200, total, ids });
});

it.each<[string, Filter]>([
  ['101 conditions', { and: Array.from({ length: 101 }, () => ({ title: { ne: 'x' } })) }],
  ['11 levels', nested(11)],
  ['10,001 operands', { values: [{ key: 'note', in: [...texts, ...texts.slice(0, 11)] }] }],
  ['a text of 1,001 characters', { title: { contains: '%'.repeat(1001) } }],
  ['1,000 levels', nested(1000)],
  ['a text that is not a number', { values: [{ key: 'a', as: 'NUMBER', eq: '1,200' }] }],
  ['a date that does not exist', { values: [{ key: 'a', as: 'DATE', in: ['2025-02-30'] }] }],
  ['a boolean as a number', { values: [{ key: 'a', as: 'NUMBER', gt: true }] }],
  ['a createdAt that does not exist', { createdAt: { gt: '2025-02-30' } }],
])('rejects %s', async (_, filter) => {
  expect(await graphqlErrorCode(gateway, boardQuery(filter))).toBe('VALIDATION_ERROR');
  expect(await restErrorCode(gateway, forRest(boardQuery(filter)))).toBe('VALIDATION_ERROR');
});
