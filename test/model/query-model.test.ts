import { expect, it } from 'vitest';
import type { Json } from '../../src/domain/items/write/values.ts';
import { edgeRows } from './query/edge-rows.ts';
import { expectedIds } from './query/model.ts';
import type { Operand, Order, ValueTest } from './query/query.ts';

/** Examples of the contract that guard the model itself, since model and SQL could share a mistake. */
const examples: [Json, Omit<ValueTest, 'key'>, boolean][] = [
  ['50000', { gte: 10000 }, true],
  ['50000', { eq: '5e4' }, true],
  ['9'.repeat(40), { gt: `${'9'.repeat(39)}8` }, true],
  ['n/a', { lt: 5 }, false],
  ['n/a', { ne: 5 }, true],
  [' 1e5 ', { eq: 100000 }, true],
  ['007', { eq: 7 }, false],
  ['01234', { eq: '01234' }, true],
  ['2025-03-20 10:00', { eq: '2025-03-20' }, true],
  ['2025-03-21', { lte: '2025-03-20' }, false],
  ['2025-03-20T23:59:59.999Z', { gt: '2025-03-20' }, false],
  ['Straße', { contains: 'STRASSE' }, true],
  ['Łódź', { startsWith: 'lodz' }, true],
  [['red', 5], { contains: '5' }, true],
  [['red'], { contains: 're' }, false],
  ['+1 (555) 010-1234', { as: 'PHONE', eq: '555-010-1234' }, true],
  ['010-1234', { as: 'PHONE', eq: '555-010-1234' }, false],
  [' A@X.io', { as: 'EMAIL', eq: 'a@x.io ' }, true],
  ['NaN', { gte: 0 }, false],
  ['2025-03-20T07:00:00+07:00', { eq: '2025-03-20' }, true],
  ['2025-02-30', { gte: '2025-01-01' }, false],
  ['2025-02-30', { as: 'TEXT', gte: '2025-01-01' }, true],
  ['\u{1f600}', { gt: '\uffee' }, true],
  ['Acme', { eq: 'acme' }, false],
  ['Ácme', { contains: 'ACM' }, true],
  ['50%', { contains: '%' }, true],
  ['500', { contains: '%' }, false],
  [true, { eq: 'true' }, true],
  ['true', { eq: true }, true],
  [1e-7, { startsWith: '0.0000001' }, true],
  [['red'], { eq: 'red' }, false],
  [{}, { exists: true }, true],
];

it.each(examples)('compares %j with %j: %s', (value, test, matches) => {
  const [row] = edgeRows;
  const filter = { values: [{ key: 'key', ...test }] };
  const rows = row ? [{ ...row, values: { key: value } }] : [];
  expect(expectedIds(rows, { parent: { kind: 'workspace' }, filter })).toHaveLength(
    matches ? 1 : 0,
  );
});

it('sorts numbers, dates, then texts, and missing values as `nulls` says', () => {
  const [row] = edgeRows;
  const values: Operand[] = ['b', '2025-01-02', 'B', '10', 9, '2025-01-01T23:00-02:00'];
  const rows = row
    ? [{ ...row, id: 'none', values: {} }].concat(
        values.map((value) => ({ ...row, id: String(value), values: { key: value } })),
      )
    : [];
  const sorted = (order: Order) =>
    expectedIds(rows, {
      parent: { kind: 'workspace' },
      orderBy: [{ value: { key: 'key' }, ...order }],
    });
  const dates = ['2025-01-02', '2025-01-01T23:00-02:00'];
  expect(sorted({})).toEqual(['9', '10', ...dates, 'B', 'b', 'none']);
  expect(sorted({ direction: 'DESC' })).toEqual(['10', '9', ...dates.reverse(), 'b', 'B', 'none']);
  expect(sorted({ nulls: 'FIRST' })).toEqual(['none', '9', '10', ...dates.reverse(), 'B', 'b']);
});
