import { Prisma } from '../../../generated/prisma/client.ts';
import { type IndexPart, indexPart } from '../../../sql/value-index.ts';
import { hasEmail, hasPhone } from '../../readings.ts';
import { rangeOperators } from './range.ts';
import { keysOf, type ValueFilter } from './value-filter.ts';
import { edgeOf, equals, inRange } from './value-operand.ts';
import { valueTypeOf } from './value-type.ts';

const { sql } = Prisma;

/** Conditions of a filter on the rows `item_value v`, whose index finds the items. */
export interface IndexRange extends IndexPart {
  where: Prisma.Sql[];
  /** False where the conditions also hold for rows of items that do not match. */
  isExact?: boolean | undefined;
  /** The order of the index that has the rows, where that is not the primary key. */
  order?: Prisma.Sql | undefined;
}

/** A phone number is stored as text, or as a number. */
const phone = sql`CASE v.reading WHEN 't' THEN v.text ELSE v.number::text END`;

/** The rows with an e-mail address or a phone number that the filter names. */
function keyedRanges({ key, as, eq, in: list }: ValueFilter): IndexRange[] {
  if (as !== 'EMAIL' && as !== 'PHONE') return [];
  const operands = eq == null ? list : [eq];
  if (operands == null) return [];
  const keys = keysOf(as, operands);
  if (as === 'EMAIL') {
    const order = sql`email_key(v.text), v.item_id`;
    return [{ key, type: 't', where: [hasEmail(sql`v.text`, keys)], isExact: list == null, order }];
  }
  const where = [sql`v.reading IN ('n', 't')`, hasPhone(phone, keys)];
  return [{ key, where, isExact: false, order: sql`right(phone_key(${phone}), 7), v.item_id` }];
}

/**
 * The parts of a value filter that item_value supports: `exists: true`, comparisons of numbers and instants, and equality
 * of e-mail addresses and phone numbers.
 */
export function indexRangesOf(filter: ValueFilter): IndexRange[] {
  const ranges = { n: [] as Prisma.Sql[], d: [] as Prisma.Sql[] };
  const add = (type: string, condition: Prisma.Sql) => {
    if (type === 'NUMBER') ranges.n.push(condition);
    if (type === 'DATE') ranges.d.push(condition);
  };
  const number = sql`v.number`;
  if (filter.eq != null) {
    const type = filter.as ?? valueTypeOf(filter.eq);
    add(type, equals(number, type, filter.eq));
  }
  for (const operator of rangeOperators) {
    const operand = filter[operator];
    if (operand == null) continue;
    const edge = edgeOf(filter)(operator, operand);
    add(edge.at.type, inRange(number, operator, edge));
  }
  const { key, exists } = filter;
  const all: IndexRange[] = [
    { key, type: 'n', where: ranges.n },
    { key, type: 'd', where: ranges.d },
    { key, where: exists === true ? [sql`TRUE`] : [] },
    ...keyedRanges(filter),
  ];
  return all.flatMap((range) => {
    const part = range.where.length === 0 ? undefined : indexPart(range);
    return part === undefined ? [] : [part];
  });
}
