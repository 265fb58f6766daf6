import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { type IndexPart, indexPart } from '../../../sql/value-index.ts';
import { checkRange } from './range.ts';
import {
  compareAs,
  isInstant,
  isNumber,
  type Operand,
  type ValueType,
  valueTypeOf,
} from './value-type.ts';

const { sql, join } = Prisma;

/** Tests on the value under one key; all that are given must hold. */
export interface ValueFilter {
  key: string;
  /** How operand and value are read; by default the operand decides. */
  as?: ValueType | null | undefined;
  eq?: Operand | null | undefined;
  ne?: Operand | null | undefined;
  in?: readonly Operand[] | null | undefined;
  nin?: readonly Operand[] | null | undefined;
  gt?: Operand | null | undefined;
  gte?: Operand | null | undefined;
  lt?: Operand | null | undefined;
  lte?: Operand | null | undefined;
  contains?: string | null | undefined;
  startsWith?: string | null | undefined;
  exists?: boolean | null | undefined;
}

/** How value and operand are read. Throws VALIDATION_ERROR where the operand cannot be read as is said. */
function checkedReading({ key, as }: ValueFilter, operand: Operand): ValueType {
  if (as === 'NUMBER' && !isNumber(operand)) {
    throw invalid(key, `cannot be compared with '${operand}' as a number`);
  }
  if (as === 'DATE' && !isInstant(operand)) {
    throw invalid(
      key,
      `cannot be compared with '${operand}' as a date; write 2025-04-15 or 2025-04-15T10:00:00Z`,
    );
  }
  return as ?? valueTypeOf(operand);
}

/** A JSON value read so: two of them compare. */
function readAs(reading: ValueType, value: Prisma.Sql): Prisma.Sql {
  switch (reading) {
    case 'NUMBER':
      return sql`value_number(${value})`;
    case 'DATE':
      return sql`value_instant(${value})`;
    case 'TEXT':
      return sql`value_text(${value}) COLLATE "C"`;
  }
}

const readings = ['NUMBER', 'DATE', 'TEXT'] as const;

/** The value equals one of the operands: one list for each reading, however many operands there are. */
function isAmong(filter: ValueFilter, operands: readonly Operand[]): Prisma.Sql {
  const value = sql`i."values" -> ${filter.key}`;
  const read = operands.map((operand) => ({ operand, as: checkedReading(filter, operand) }));
  const tests = readings.flatMap((reading) => {
    const own = read.filter(({ as }) => as === reading).map(({ operand }) => operand);
    if (own.length === 0) return [];
    if (own.length <= maxLookedUp && own.every((operand) => isHeldAsText(filter, operand)))
      return own.map((operand) => holdsText(filter.key, operand));
    return sql`coalesce(${readAs(reading, value)} IN (SELECT ${readAs(reading, sql`operand`)}
      FROM jsonb_array_elements(${JSON.stringify(own)}::jsonb) AS operand), FALSE)`;
  });
  return tests.length === 0 ? sql`FALSE` : join(tests, ' OR ', '(', ')');
}

const comparisons = {
  eq: sql`=`,
  gt: sql`>`,
  gte: sql`>=`,
  lt: sql`<`,
  lte: sql`<=`,
} as const;

/** The text is somewhere in the title or in a value: by index. It holds wherever one of these is said to have the text. */
export const searchContains = (text: string): Prisma.Sql =>
  sql`i.search LIKE search_pattern(${text})`;

/** True for an operand that only a text equals, or a boolean: a text that is a number may be held as one. */
const isHeldAsText = ({ as }: ValueFilter, operand: Operand): boolean =>
  !isNumber(operand) && (as ?? valueTypeOf(operand)) === 'TEXT';

/** More operands than these are no longer looked up one by one. */
const maxLookedUp = 20;

/** True where the index on all values finds what the filter leaves. */
export const isIndexedText = (filter: ValueFilter): boolean =>
  (filter.eq != null && isHeldAsText(filter, filter.eq)) ||
  (filter.in != null &&
    filter.in.length <= maxLookedUp &&
    filter.in.every((operand) => isHeldAsText(filter, operand)));

/** Equality of texts as an index can find it. A text that reads `true` may be held as a boolean. */
function holdsText(key: string, operand: Operand): Prisma.Sql {
  const text = String(operand);
  const forms = ['true', 'false'].includes(text) ? [text, text === 'true'] : [text];
  const holds = forms.map((form) => sql`i."values" @> ${JSON.stringify({ [key]: form })}::jsonb`);
  return join(holds, ' OR ', '(', ')');
}

/**
 * The conditions on one value, each TRUE or FALSE and never NULL. A value that cannot be read as the operand
 * is read never matches, `ne` and `nin` apart, which are the exact opposites of `eq` and `in`.
 */
export function valueCondition(filter: ValueFilter): Prisma.Sql[] {
  const { key } = filter;
  checkRange(key, filter, (low, high) => {
    const reading = checkedReading(filter, low);
    return reading === checkedReading(filter, high) ? compareAs(reading, low, high) : -1;
  });
  const value = sql`i."values" -> ${key}`;
  const test = (operator: keyof typeof comparisons, operand: Operand) => {
    const reading = checkedReading(filter, operand);
    if (operator === 'eq' && isHeldAsText(filter, operand)) return holdsText(key, operand);
    const left = readAs(reading, value);
    const right = readAs(reading, sql`${JSON.stringify(operand)}::jsonb`);
    return sql`coalesce(${left} ${comparisons[operator]} ${right}, FALSE)`;
  };
  const text = sql`search_fold(value_text(${value}))`;
  return [
    ...(['eq', 'gt', 'gte', 'lt', 'lte'] as const).flatMap((operator) => {
      const operand = filter[operator];
      return operand == null ? [] : [test(operator, operand)];
    }),
    ...(filter.ne == null ? [] : [sql`NOT ${test('eq', filter.ne)}`]),
    ...(filter.in == null ? [] : [isAmong(filter, filter.in)]),
    ...(filter.nin == null ? [] : [sql`NOT ${isAmong(filter, filter.nin)}`]),
    ...(filter.contains == null
      ? []
      : [
          sql`(${searchContains(filter.contains)}
            AND coalesce(${text} LIKE search_pattern(${filter.contains}), FALSE))`,
        ]),
    ...(filter.startsWith == null
      ? []
      : [
          sql`(${searchContains(filter.startsWith)}
            AND coalesce(starts_with(${text}, search_fold(${filter.startsWith})), FALSE))`,
        ]),
    ...(filter.exists == null ? [] : [sql`jsonb_exists(i."values", ${key}) = ${filter.exists}`]),
  ];
}

/** A condition of a filter on the rows `item_value v`, which finds its items by index. */
export interface IndexRange extends IndexPart {
  where: Prisma.Sql[];
}

/** What of a value filter item_value can answer: that there is a value, and comparisons as number or as instant. */
export function indexRangesOf(filter: ValueFilter): IndexRange[] {
  const ranges = { n: [] as Prisma.Sql[], d: [] as Prisma.Sql[] };
  for (const operator of ['eq', 'gt', 'gte', 'lt', 'lte'] as const) {
    const operand = filter[operator];
    if (operand == null) continue;
    const reading = filter.as ?? valueTypeOf(operand);
    const other = sql`${JSON.stringify(operand)}::jsonb`;
    const compare = comparisons[operator];
    if (reading === 'NUMBER') ranges.n.push(sql`v.number ${compare} value_number(${other})`);
    if (reading === 'DATE') ranges.d.push(sql`v.number ${compare} value_instant(${other})`);
  }
  const part = ({ where, ...place }: IndexRange): IndexRange[] => {
    const known = where.length === 0 ? undefined : indexPart(place);
    return known === undefined ? [] : [{ ...known, where }];
  };
  const { key, exists } = filter;
  return [
    ...part({ key, reading: 'n', where: ranges.n }),
    ...part({ key, reading: 'd', where: ranges.d }),
    ...part({ key, where: exists === true ? [sql`TRUE`] : [] }),
  ];
}
