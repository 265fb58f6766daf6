import type { Json, Values } from '../../../src/domain/items/write/values.ts';
import { parseInstant } from './instant.ts';
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
import { hasText, startsWithText } from './search.ts';
import { compareValues, readAs, textOf, valueTypeOf } from './value-types.ts';

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

const normalizeColumnName = (name: string): string => name.trim().toLowerCase();

const matchesLabels = (labels: readonly string[], test: LabelTest | undefined): boolean =>
  every(test, {
    hasAll: (others) => others.every((other) => labels.includes(other)),
    hasAny: (others) => others.some((other) => labels.includes(other)),
    hasNone: (others) => !others.some((other) => labels.includes(other)),
    exists: (expected) => labels.length > 0 === expected,
  });

function matchesTime(time: Date, test: TimeTest | undefined): boolean {
  const compare = (other: string) =>
    compareValues(
      { units: BigInt(time.getTime()), places: 3 },
      parseInstant(other) ?? { units: 0n, places: 0 },
    );
  return every(test, {
    gt: (other) => compare(other) > 0,
    gte: (other) => compare(other) >= 0,
    lt: (other) => compare(other) < 0,
    lte: (other) => compare(other) <= 0,
  });
}

export const valueUnder = (values: Values, key: string): Json | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

function matchesValue(values: Values, { key, as, ...test }: ValueTest): boolean {
  const value = valueUnder(values, key);
  const compare = (operand: Operand): number => {
    const type = as ?? valueTypeOf(operand) ?? 'TEXT';
    const [left, right] = [readAs(value, type), readAs(operand, type)];
    return left === undefined || right === undefined ? Number.NaN : compareValues(left, right);
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
    contains: (part) => text !== undefined && hasText(text, part),
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
    matchesText(row.columnName, filter.columnName, normalizeColumnName) &&
    matchesText(row.title, filter.title) &&
    matchesLabels(row.labels, filter.labels) &&
    matchesId(row.contactId, filter.contactId) &&
    matchesId(row.createdById, filter.createdById) &&
    matchesTime(row.createdAt, filter.createdAt) &&
    matchesTime(row.updatedAt, filter.updatedAt) &&
    (filter.values ?? []).every((test) => matchesValue(row.values, test))
  );
}
