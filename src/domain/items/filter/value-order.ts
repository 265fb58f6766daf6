import { Prisma } from '../../../generated/prisma/client.ts';
import type { SortKey } from '../../../sql/order.ts';
import { type IndexedType, indexPart } from '../../../sql/value-index.ts';
import type { ValueType } from './value-type.ts';

const { sql } = Prisma;

/** The value under a key as a sort key; without `as`: numbers first, then dates, then texts. */
export interface ValueOrder {
  key: string;
  as?: ValueType | null | undefined;
}

type Direction = Pick<SortKey, 'descending' | 'nulls'>;

/** How many characters of a text sort; a cursor has to carry them. */
const sortedLength = 200;

const text = (value: Prisma.Sql): Prisma.Sql =>
  sql`left(value_text(${value}), ${sortedLength}::integer) COLLATE "C"`;

/** The sort keys of a value; null for a value that cannot be read as the type. */
export function valueSortKeys({ key, as }: ValueOrder, way: Direction): SortKey[] {
  const value = sql`(i."values" -> ${key}::text)`;
  const term = (reading: IndexedType, by: Prisma.Sql): SortKey => ({
    by,
    cast: reading === 't' ? sql`text` : sql`numeric`,
    index: indexPart({ key, reading }),
    ...way,
  });
  const number = term('n', sql`value_number(${value})`);
  const instant = term('d', sql`value_instant(${value})`);
  switch (as) {
    case 'NUMBER':
      return [number];
    case 'DATE':
      return [instant];
    case 'TEXT':
      return [term('t', text(value))];
    default: {
      const isOther = sql`${number.by} IS NULL AND ${instant.by} IS NULL`;
      const other = term('t', sql`CASE WHEN ${isOther} THEN ${text(value)} END`);
      const kinds = [number, instant, other];
      if (way.nulls !== 'first') return kinds;
      // Missing ones first, and then still numbers, dates, texts.
      const isMissing = {
        by: sql`value_text(${value}) IS NULL`,
        cast: sql`boolean`,
        descending: true,
      };
      return [isMissing, ...kinds.map((kind) => ({ ...kind, nulls: 'last' as const }))];
    }
  }
}
