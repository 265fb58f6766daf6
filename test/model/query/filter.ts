import type { Json, Values } from '../../../src/domain/items/write/values.ts';
import { isDay, nextDay, parseInstant } from './instant.ts';
import type {
  Filter,
  IdTest,
  LabelTest,
  Operand,
  Row,
  TextTest,
  TimeTest,
  ValueTest,
} from './query.ts';
import { foldName, hasText, startsWithText } from './search.ts';
import { type Comparable, compareValues, readAs, textOf, valueTypeOf } from './value-types.ts';

/** Whether all the operators that are set hold. */
function every<Test extends object>(
  test: Test | undefined,
  checks: { [Op in keyof Test]-?: (operand: NonNullable<Test[Op]>) => boolean },
): boolean {
  const operators = Object.entries(test ?? {}) as [keyof Test, never][];
  return operators.every(([op, operand]) => checks[op](operand));
}

const matchesId = (id: string | null, test: IdTest | undefined): boolean =>
  every(test, {
    eq: (other) => id === other,
    ne: (other) => id !== other,
    in: (others) => others.some((other) => id === other),
    nin: (others) => others.every((other) => id !== other),
    exists: (expected) => (id !== null) === expected,
  });

/** `normalize` is applied before texts are compared for equality; `contains` and `startsWith` ignore case and accents. */
function matchesText(text: string, test: TextTest | undefined, normalize = (text: string) => text) {
  const is = (other: string) => normalize(text) === normalize(other);
  return every(test, {
    eq: is,
    ne: (other) => !is(other),
    in: (others) => others.some(is),
    nin: (others) => !others.some(is),
    contains: (part) => hasText(text, part),
    startsWith: (part) => startsWithText(text, part),
  });
}

const matchesLabels = (labels: readonly string[], test: LabelTest | undefined): boolean =>
  every(test, {
    hasAll: (others) => others.every((other) => labels.includes(other.trim())),
    hasAny: (others) => others.some((other) => labels.includes(other.trim())),
    hasNone: (others) => !others.some((other) => labels.includes(other.trim())),
    exists: (expected) => labels.length > 0 === expected,
  });

/** Compares an instant with one, or with a day, in which all instants are equal. */
function compareDates(instant: Comparable, other: string): number {
  const start = parseInstant(other) ?? { units: 0n, places: 0 };
  const order = compareValues(instant, start);
  return order > 0 && isDay(other) && compareValues(instant, nextDay(start)) < 0 ? 0 : order;
}

/** One phone number ends with the other: it has the country's part too. */
const comparePhones = (a: string, b: string): number =>
  a.endsWith(b) || b.endsWith(a) ? 0 : Number.NaN;

function matchesTime(time: Date, test: TimeTest | undefined): boolean {
  const compare = (other: string) =>
    compareDates({ units: BigInt(time.getTime()), places: 3 }, other);
  return every(test, {
    gt: (other) => compare(other) > 0,
    gte: (other) => compare(other) >= 0,
    lt: (other) => compare(other) < 0,
    lte: (other) => compare(other) <= 0,
  });
}

export const valueUnder = (values: Values, key: string): Json | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

/** A list has an element that is the text, or the number or boolean that it writes. */
function hasElement(value: Json | undefined, text: string): boolean {
  const number = readAs(text, 'NUMBER');
  const isEqual = (element: Json) =>
    element === text ||
    (typeof element === 'boolean' && String(element) === text) ||
    (typeof element === 'number' &&
      number !== undefined &&
      compareValues(readAs(element, 'NUMBER') ?? '', number) === 0);
  return Array.isArray(value) && value.some(isEqual);
}

function matchesValue(values: Values, { key, as, ...test }: ValueTest): boolean {
  const value = valueUnder(values, key);
  const compare = (operand: Operand): number => {
    const type = as ?? valueTypeOf(operand) ?? 'TEXT';
    const [left, right] = [readAs(value, type), readAs(operand, type)];
    if (left === undefined || right === undefined) return Number.NaN;
    if (type === 'PHONE' && readAs(value, 'DATE') !== undefined) return Number.NaN;
    if (type === 'PHONE') return comparePhones(String(left), String(right));
    return type === 'DATE' ? compareDates(left, String(operand)) : compareValues(left, right);
  };
  const is = (operand: Operand) => compare(operand) === 0;
  const text = textOf(value);
  return every<Omit<ValueTest, 'key' | 'as'>>(test, {
    eq: is,
    ne: (operand) => !is(operand),
    in: (operands) => operands.some(is),
    nin: (operands) => !operands.some(is),
    gt: (operand) => compare(operand) > 0,
    gte: (operand) => compare(operand) >= 0,
    lt: (operand) => compare(operand) < 0,
    lte: (operand) => compare(operand) <= 0,
    contains: (part) => (text !== undefined && hasText(text, part)) || hasElement(value, part),
    startsWith: (part) => text !== undefined && startsWithText(text, part),
    exists: (expected) => Object.hasOwn(values, key) === expected,
  });
}

export function matchesFilter(row: Row, filter: Filter): boolean {
  const { and = [], or, not } = filter;
  return (
    and.every((node) => matchesFilter(row, node)) &&
    (or === undefined || or.some((node) => matchesFilter(row, node))) &&
    (not === undefined || !matchesFilter(row, not)) &&
    matchesId(row.columnId, filter.columnId) &&
    matchesText(row.columnName, filter.columnName, foldName) &&
    matchesText(row.title, filter.title) &&
    matchesLabels(row.labels, filter.labels) &&
    matchesId(row.contactId, filter.contactId) &&
    matchesId(row.createdById, filter.createdById) &&
    matchesTime(row.createdAt, filter.createdAt) &&
    matchesTime(row.updatedAt, filter.updatedAt) &&
    (filter.values ?? []).every((test) => matchesValue(row.values, test))
  );
}
