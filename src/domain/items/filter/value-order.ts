import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import type { SortKey } from '../../../sql/order.ts';
import { type IndexedType, indexedLength, indexPart } from '../../../sql/value-index.ts';
import type { ValueType } from './value-type.ts';

const { sql } = Prisma;

/** The value under a key as a sort key. Without `as`, numbers sort before dates, and these before texts. */
export interface ValueOrder {
  key: string;
  as?: ValueType | null | undefined;
}

type Direction = Pick<SortKey, 'descending' | 'nulls'>;

/** The part of a text that sorts, in item_value and in cursors. */
const text = (value: Prisma.Sql): Prisma.Sql =>
  sql`left(value_text(${value}), ${indexedLength}::integer) COLLATE "C"`;

/** The sort keys of a value; null for a value that cannot be read as the type. */
export function valueSortKeys({ key, as }: ValueOrder, direction: Direction): SortKey[] {
  const value = sql`(i."values" -> ${key}::text)`;
  const sortKey = (type: IndexedType, by: Prisma.Sql): SortKey => ({
    by,
    cast: type === 't' ? sql`text` : sql`numeric`,
    index: indexPart({ key, type }),
    ...direction,
  });
  const number = sortKey('n', sql`value_number(${value})`);
  const instant = sortKey('d', sql`value_instant(${value})`);
  switch (as) {
    case 'NUMBER':
      return [number];
    case 'DATE':
      return [instant];
    case 'TEXT':
      return [sortKey('t', text(value))];
    case 'EMAIL':
    case 'PHONE':
      throw invalid('orderBy', `cannot sort as ${as}; use NUMBER, DATE or TEXT`);
    default: {
      const isOther = sql`${number.by} IS NULL AND ${instant.by} IS NULL`;
      const other = sortKey('t', sql`CASE WHEN ${isOther} THEN ${text(value)} END`);
      const byType = [number, instant, other];
      if (direction.nulls !== 'first') return byType;
      // Missing values first, then numbers, dates and texts.
      const isMissing = {
        by: sql`value_text(${value}) IS NULL`,
        cast: sql`boolean`,
        descending: true,
      };
      return [isMissing, ...byType.map((key) => ({ ...key, nulls: 'last' as const }))];
    }
  }
}
