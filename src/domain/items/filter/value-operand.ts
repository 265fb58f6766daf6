import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { and } from '../../../sql/conditions.ts';
import { checkedOperand } from '../../../sql/operand.ts';
import { emailKey, phoneKey } from '../../readings.ts';
import { comparisonOf, type Edge, edgeOfSpan, type RangeOperator } from './range.ts';
import {
  compareDecimals,
  compareTexts,
  type Decimal,
  isInstant,
  isNumber,
  looksTyped,
  type Operand,
  plainText,
  textOf,
  toDecimal,
  toSpan,
  type ValueType,
  valueTypeOf,
} from './value-type.ts';

const { sql } = Prisma;

/** The value that is compared, and its type. */
export interface Comparison {
  key: string;
  /** The type as which operand and value are compared; by default the operand's. */
  as?: ValueType | null | undefined;
}

/** The operands that each type accepts, also in words. */
const accepted = {
  NUMBER: { test: isNumber, words: 'a number' },
  DATE: { test: isInstant, words: 'a date; write 2025-04-15 or 2025-04-15T10:00:00Z' },
  TEXT: { test: () => true, words: 'a text' },
  EMAIL: {
    test: (operand) => emailKey(textOf(operand)) !== undefined,
    words: 'an e-mail address, which has an @',
  },
  PHONE: {
    test: (operand) => phoneKey(textOf(operand)) !== undefined,
    words: 'a phone number, which has at least 7 digits and no letters',
  },
} satisfies Record<ValueType, { test: (operand: Operand) => boolean; words: string }>;

/**
 * The type of a comparison. Throws VALIDATION_ERROR for an operand that cannot be read as the type of the filter, and for
 * a bound that would compare as text though it looks like a number or a date, or is a boolean or empty.
 */
export function comparedType(
  { key, as }: Comparison,
  operand: Operand,
  operator?: RangeOperator,
): ValueType {
  const field = `values.${key}`;
  const isKeyed = as === 'EMAIL' || as === 'PHONE';
  if (isKeyed && operator !== undefined)
    throw invalid(field, `cannot be compared by ${operator} as ${as}; use eq, ne, in or nin`);
  if (as != null) {
    if (isKeyed) checkedOperand(field, String(operand));
    if (accepted[as].test(operand)) return as;
    throw invalid(field, `cannot be compared with '${operand}' as ${accepted[as].words}`);
  }
  const type = valueTypeOf(operand);
  const isEmpty = typeof operand === 'string' && operand.trim() === '';
  if (operator !== undefined && (typeof operand === 'boolean' || isEmpty))
    throw invalid(
      field,
      `cannot be compared by ${operator} with ${isEmpty ? 'an empty text' : operand}; use eq, ne, in or nin`,
    );
  if (type === 'TEXT' && operator !== undefined && looksTyped(String(operand)))
    throw invalid(
      field,
      `cannot be compared with '${operand}', which looks like a number or a date and is none; write 50000, 2025-04-15 or 2025-04-15T10:00:00Z, or set "as" to text`,
    );
  return type;
}

/** An operand as its type: a text, or a number that for a date is its seconds since 1970. */
export type Point = { type: ValueType; number: Decimal } | { type: ValueType; text: string };

/** Negative if `a` is less, 0 if they are equal. Points of different types cannot be compared: -1. */
export const comparePoints = (a: Point, b: Point): number => {
  if (a.type !== b.type) return -1;
  if ('text' in a || 'text' in b)
    return 'text' in a && 'text' in b ? compareTexts(a.text, b.text) : -1;
  return compareDecimals(a.number, b.number);
};

function spanOf(type: ValueType, operand: Operand): { low: Point; high?: Point | undefined } {
  switch (type) {
    case 'NUMBER':
      return { low: { type, number: toDecimal(operand) } };
    case 'DATE': {
      const { low, high } = toSpan(operand);
      return { low: { type, number: low }, ...(high && { high: { type, number: high } }) };
    }
    default:
      return { low: { type, text: textOf(operand) } };
  }
}

/** Reads the bounds of a value filter as edges of a range. They throw VALIDATION_ERROR. */
export const edgeOf =
  (filter: Comparison) =>
  (operator: RangeOperator, operand: Operand): Edge<Point> =>
    edgeOfSpan(operator, spanOf(comparedType(filter, operand, operator), operand));

const bound = (point: Point): Prisma.Sql =>
  'text' in point ? sql`${point.text}::text` : sql`${plainText(point.number)}::numeric`;

/** A condition: `left`, read as the type, is in the range. */
export const inRange = (
  left: Prisma.Sql,
  operator: RangeOperator,
  { at, isOpen }: Edge<Point>,
): Prisma.Sql => sql`${left} ${comparisonOf(operator, isOpen)} ${bound(at)}`;

/** A condition: `left`, read as the type, equals the operand, or is on its day. */
export function equals(left: Prisma.Sql, type: ValueType, operand: Operand): Prisma.Sql {
  const { low, high } = spanOf(type, operand);
  if (high === undefined) return sql`${left} = ${bound(low)}`;
  return and([sql`${left} >= ${bound(low)}`, sql`${left} < ${bound(high)}`]);
}

const secondsOfDay = 86_400n;

/** A condition: `left`, read as number or date, equals one of the operands, or is on the day of one. */
export function isOneOf(
  left: Prisma.Sql,
  type: ValueType,
  operands: readonly Operand[],
): Prisma.Sql[] {
  const spans = operands.map((operand) => spanOf(type, operand));
  const points = spans.flatMap(({ low, high }) =>
    high !== undefined ? [] : ['text' in low ? low.text : plainText(low.number)],
  );
  const days = spans.flatMap(({ low, high }) =>
    high !== undefined && 'number' in low ? [String(low.number.units / secondsOfDay)] : [],
  );
  const cast = type === 'TEXT' ? sql`text[]` : sql`numeric[]`;
  const isIn = (value: Prisma.Sql, list: readonly string[]) =>
    list.length === 0 ? [] : [sql`${value} IN (SELECT unnest(${[...list]}::${cast}))`];
  // The inner floor keeps the division from rounding a long fraction up.
  return [...isIn(left, points), ...isIn(sql`floor(floor(${left}) / 86400)`, days)];
}
