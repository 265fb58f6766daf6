import type { Json } from '../../../src/domain/items/write/values.ts';
import { valueUnder } from './filter.ts';
import type { ItemQuery, Order, Parent, Row, SortType } from './query.ts';
import { type Comparable, compareValues, readAs, valueTypeOf, valueTypes } from './value-types.ts';

/** One sort key of a row; undefined where the row has no value. Kinds keep their order in both directions. */
type Key = { kind: number; value: Comparable } | undefined;

const whole = (number: number): Key => ({ kind: 0, value: { units: BigInt(number), places: 0 } });

const firstOf = (text: string, length: number): string => [...text].slice(0, length).join('');

/** Not in the contract: texts sort by their first 200 characters. */
function valueKey(value: Json | undefined, as: SortType | undefined): Key {
  const type = as ?? valueTypeOf(value);
  const key = type && readAs(value, type);
  if (type === undefined || key === undefined) return undefined;
  const cut = typeof key === 'string' && key.length > 200 ? firstOf(key, 200) : key;
  return { kind: as === undefined ? valueTypes.indexOf(type) : 0, value: cut };
}

function keysOf(row: Row, { field, value }: Order): Key[] {
  if (value !== undefined) return [valueKey(valueUnder(row.values, value.key), value.as)];
  switch (field) {
    case 'POSITION':
      return [whole(row.columnPosition), { kind: 0, value: row.columnId }, whole(row.position)];
    case 'TITLE':
      return [{ kind: 0, value: row.title }];
    default:
      return [whole((field === 'UPDATED_AT' ? row.updatedAt : row.createdAt).getTime())];
  }
}

function compareKeys(a: Key, b: Key, { direction, nulls }: Order): number {
  if (a === undefined || b === undefined) {
    const missing = Number(a === undefined) - Number(b === undefined);
    return nulls === 'FIRST' ? -missing : missing;
  }
  const compared = compareValues(a.value, b.value);
  return a.kind - b.kind || (direction === 'DESC' ? -compared : compared);
}

/** The board's order; newest first across boards. */
const defaultOrder = ({ kind }: Parent): Order[] =>
  kind === 'board' || kind === 'column'
    ? [{ field: 'POSITION' }]
    : [{ field: 'CREATED_AT', direction: 'DESC' }];

/** Rows in the order of a query; ties are broken by id, in the direction of the last key. */
export function sorted(rows: readonly Row[], { orderBy, parent }: ItemQuery): Row[] {
  const orders = orderBy?.length ? orderBy : defaultOrder(parent);
  const byId: Order = { direction: orders.at(-1)?.direction ?? 'ASC' };
  const entries = rows.map((row) => ({
    row,
    keys: [
      ...orders.flatMap((order) => keysOf(row, order).map((key) => ({ key, order }))),
      { key: { kind: 0, value: row.id }, order: byId },
    ],
  }));
  entries.sort((a, b) => {
    for (const [n, { key, order }] of a.keys.entries()) {
      const compared = compareKeys(key, b.keys[n]?.key, order);
      if (compared !== 0) return compared;
    }
    return 0;
  });
  return entries.map(({ row }) => row);
}
