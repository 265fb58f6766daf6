import { Prisma } from '../../../generated/prisma/client.ts';
import { or } from '../../../sql/conditions.ts';
import { indexedLength } from '../../../sql/value-index.ts';
import { emailKey, hasEmail, hasPhone, phoneKey } from '../../readings.ts';
import { checkRange, rangeOperators } from './range.ts';
import { containsFolded, startsWithFolded } from './text-search.ts';
import {
  type Comparison,
  comparedType,
  comparePoints,
  edgeOf,
  equals,
  inRange,
  isOneOf,
} from './value-operand.ts';
import {
  isNumber,
  type Operand,
  plainText,
  textOf,
  toDecimal,
  type ValueType,
  valueTypeOf,
} from './value-type.ts';

const { sql } = Prisma;

/** Tests on the value under one key, all of which must hold. */
export interface ValueFilter extends Comparison {
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

/** A JSON value as a comparable value of a type; NULL where it cannot be read as that. */
function readAs(type: ValueType, value: Prisma.Sql): Prisma.Sql {
  switch (type) {
    case 'NUMBER':
      return sql`value_number(${value})`;
    case 'DATE':
      return sql`value_instant(${value})`;
    case 'EMAIL':
      return sql`left(value_text(${value}), ${indexedLength}::integer)`;
    case 'PHONE':
      // item_value has dates apart from texts and numbers.
      return sql`CASE WHEN value_instant(${value}) IS NULL THEN value_text(${value}) END`;
    case 'TEXT':
      return sql`value_text(${value}) COLLATE "C"`;
  }
}

/** The keys by which operands are equal to e-mail addresses or phone numbers. */
export const keysOf = (type: 'EMAIL' | 'PHONE', operands: readonly Operand[]): string[] =>
  operands.flatMap((operand) => {
    const text = textOf(operand);
    return (type === 'EMAIL' ? emailKey(text) : phoneKey(text)) ?? [];
  });

const types = ['NUMBER', 'DATE', 'TEXT', 'EMAIL', 'PHONE'] as const;

/** The value equals one of the operands: one condition for each type, however many operands there are. */
function isAmong(filter: ValueFilter, operands: readonly Operand[]): Prisma.Sql {
  const typed = operands.map((operand) => ({ operand, type: comparedType(filter, operand) }));
  const tests = types.flatMap((type) => {
    const ofType = typed.filter((entry) => entry.type === type).map(({ operand }) => operand);
    if (ofType.length === 0) return [];
    if (ofType.length <= maxLookedUp && ofType.every((operand) => isStoredAsText(filter, operand)))
      return ofType.map((operand) => equalsText(filter.key, operand));
    const value = readAs(type, sql`i."values" -> ${filter.key}`);
    const conditions =
      type === 'EMAIL'
        ? [hasEmail(value, keysOf(type, ofType))]
        : type === 'PHONE'
          ? [hasPhone(value, keysOf(type, ofType))]
          : isOneOf(value, type, ofType);
    return conditions.map((condition) => sql`coalesce(${condition}, FALSE)`);
  });
  return or(tests);
}

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

/** A condition that the index on all values supports: the value under the key is the JSON, or a list that has it. */
const holds = (key: string, json: string): Prisma.Sql =>
  sql`i."values" @> ${`{${JSON.stringify(key)}:${json}}`}::jsonb`;

/** Equality of texts in the form that the index supports. The text `true` also equals the boolean. */
function equalsText(key: string, operand: Operand): Prisma.Sql {
  const text = String(operand);
  const isBoolean = text === 'true' || text === 'false';
  return or([holds(key, JSON.stringify(text)), ...(isBoolean ? [holds(key, text)] : [])]);
}

/** The value is a list with an element that is this text, or the number or boolean that it writes. */
function listHas(key: string, text: string): Prisma.Sql {
  const other = isNumber(text)
    ? plainText(toDecimal(text))
    : text === 'true' || text === 'false'
      ? text
      : undefined;
  const forms = [JSON.stringify(text), ...(other === undefined ? [] : [other])];
  return or(forms.map((form) => holds(key, `[${form}]`)));
}

function equalsValue(filter: ValueFilter, operand: Operand): Prisma.Sql {
  const type = comparedType(filter, operand);
  if (isStoredAsText(filter, operand)) return equalsText(filter.key, operand);
  if (type === 'EMAIL' || type === 'PHONE') return isAmong(filter, [operand]);
  const value = readAs(type, sql`i."values" -> ${filter.key}`);
  return sql`coalesce(${equals(value, type, operand)}, FALSE)`;
}

/**
 * The conditions on one value, each TRUE or FALSE and never NULL. A value that cannot be read as the type of the
 * comparison never matches, except by `ne` and `nin`, which are the exact opposites of `eq` and `in`.
 */
export function valueCondition(filter: ValueFilter): Prisma.Sql[] {
  const { key } = filter;
  const toEdge = edgeOf(filter);
  checkRange(`values.${key}`, filter, { edgeOf: toEdge, compare: comparePoints });
  const value = sql`i."values" -> ${key}`;
  const text = sql`value_text(${value})`;
  return [
    ...(filter.eq == null ? [] : [equalsValue(filter, filter.eq)]),
    ...rangeOperators.flatMap((operator) => {
      const operand = filter[operator];
      if (operand == null) return [];
      const edge = toEdge(operator, operand);
      return [sql`coalesce(${inRange(readAs(edge.at.type, value), operator, edge)}, FALSE)`];
    }),
    ...(filter.ne == null ? [] : [sql`NOT ${equalsValue(filter, filter.ne)}`]),
    ...(filter.in == null ? [] : [isAmong(filter, filter.in)]),
    ...(filter.nin == null ? [] : [sql`NOT ${isAmong(filter, filter.nin)}`]),
    ...(filter.contains == null
      ? []
      : [
          or([
            containsFolded(`values.${key}`, text, filter.contains),
            listHas(key, filter.contains),
          ]),
        ]),
    ...(filter.startsWith == null
      ? []
      : [startsWithFolded(`values.${key}`, text, filter.startsWith)]),
    ...(filter.exists == null ? [] : [sql`jsonb_exists(i."values", ${key}) = ${filter.exists}`]),
  ];
}
