import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { or } from '../../../sql/conditions.ts';
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

const { sql } = Prisma;

/** Tests on the value under one key, all of which must hold. */
export interface ValueFilter {
  key: string;
  /** The type as which operand and value are compared; by default the operand's. */
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

/** The type of a comparison. Throws VALIDATION_ERROR for an operand that cannot be read as the type of the filter. */
function comparedType({ key, as }: ValueFilter, operand: Operand): ValueType {
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

/** A JSON value as a comparable value of a type; NULL where it cannot be read as that. */
function readAs(type: ValueType, value: Prisma.Sql): Prisma.Sql {
  switch (type) {
    case 'NUMBER':
      return sql`value_number(${value})`;
    case 'DATE':
      return sql`value_instant(${value})`;
    case 'TEXT':
      return sql`value_text(${value}) COLLATE "C"`;
  }
}

const types = ['NUMBER', 'DATE', 'TEXT'] as const;

/** The value equals one of the operands: one condition for each type, however many operands there are. */
function isAmong(filter: ValueFilter, operands: readonly Operand[]): Prisma.Sql {
  const value = sql`i."values" -> ${filter.key}`;
  const typed = operands.map((operand) => ({ operand, type: comparedType(filter, operand) }));
  const tests = types.flatMap((type) => {
    const ofType = typed.filter((entry) => entry.type === type).map(({ operand }) => operand);
    if (ofType.length === 0) return [];
    if (ofType.length <= maxLookedUp && ofType.every((operand) => isStoredAsText(filter, operand)))
      return ofType.map((operand) => equalsText(filter.key, operand));
    return sql`coalesce(${readAs(type, value)} IN (SELECT ${readAs(type, sql`operand`)}
      FROM jsonb_array_elements(${JSON.stringify(ofType)}::jsonb) AS operand), FALSE)`;
  });
  return or(tests);
}

const comparisons = {
  eq: sql`=`,
  gt: sql`>`,
  gte: sql`>=`,
  lt: sql`<`,
  lte: sql`<=`,
} as const;

/** The title or some value contains the text: an index supports it. */
export const searchContains = (text: string): Prisma.Sql =>
  sql`i.search LIKE search_pattern(${text})`;

/** True for an operand that equals only texts and booleans. A number in a string may equal a stored number. */
const isStoredAsText = ({ as }: ValueFilter, operand: Operand): boolean =>
  !isNumber(operand) && (as ?? valueTypeOf(operand)) === 'TEXT';

/** The most operands that are looked up in the index one by one. */
const maxLookedUp = 20;

/** True where the index on all values finds every match. */
export const isIndexedText = (filter: ValueFilter): boolean =>
  (filter.eq != null && isStoredAsText(filter, filter.eq)) ||
  (filter.in != null &&
    filter.in.length <= maxLookedUp &&
    filter.in.every((operand) => isStoredAsText(filter, operand)));

/** Equality of texts in the form that the index supports. The text `true` also equals the boolean. */
function equalsText(key: string, operand: Operand): Prisma.Sql {
  const text = String(operand);
  const forms = ['true', 'false'].includes(text) ? [text, text === 'true'] : [text];
  const tests = forms.map((form) => sql`i."values" @> ${JSON.stringify({ [key]: form })}::jsonb`);
  return or(tests);
}

/**
 * The conditions on one value, each TRUE or FALSE and never NULL. A value that cannot be read as the type of the
 * comparison never matches, except by `ne` and `nin`, which are the exact opposites of `eq` and `in`.
 */
export function valueCondition(filter: ValueFilter): Prisma.Sql[] {
  const { key } = filter;
  checkRange(key, filter, (low, high) => {
    const type = comparedType(filter, low);
    return type === comparedType(filter, high) ? compareAs(type, low, high) : -1;
  });
  const value = sql`i."values" -> ${key}`;
  const test = (operator: keyof typeof comparisons, operand: Operand) => {
    const type = comparedType(filter, operand);
    if (operator === 'eq' && isStoredAsText(filter, operand)) return equalsText(key, operand);
    const left = readAs(type, value);
    const right = readAs(type, sql`${JSON.stringify(operand)}::jsonb`);
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

/** Conditions of a filter on the rows `item_value v`, whose index finds the items. */
export interface IndexRange extends IndexPart {
  where: Prisma.Sql[];
}

/** The parts of a value filter that item_value supports: `exists: true`, and comparisons of numbers and instants. */
export function indexRangesOf(filter: ValueFilter): IndexRange[] {
  const ranges = { n: [] as Prisma.Sql[], d: [] as Prisma.Sql[] };
  for (const operator of ['eq', 'gt', 'gte', 'lt', 'lte'] as const) {
    const operand = filter[operator];
    if (operand == null) continue;
    const type = filter.as ?? valueTypeOf(operand);
    const json = sql`${JSON.stringify(operand)}::jsonb`;
    const compare = comparisons[operator];
    if (type === 'NUMBER') ranges.n.push(sql`v.number ${compare} value_number(${json})`);
    if (type === 'DATE') ranges.d.push(sql`v.number ${compare} value_instant(${json})`);
  }
  const nonEmpty = ({ where, ...rest }: IndexRange): IndexRange[] => {
    const part = where.length === 0 ? undefined : indexPart(rest);
    return part === undefined ? [] : [{ ...part, where }];
  };
  const { key, exists } = filter;
  return [
    ...nonEmpty({ key, type: 'n', where: ranges.n }),
    ...nonEmpty({ key, type: 'd', where: ranges.d }),
    ...nonEmpty({ key, where: exists === true ? [sql`TRUE`] : [] }),
  ];
}
