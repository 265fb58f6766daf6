import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';

const { sql } = Prisma;

/** The operators of a range. */
export type RangeOperator = 'gt' | 'gte' | 'lt' | 'lte';

export const rangeOperators = ['gt', 'gte', 'lt', 'lte'] as const;

/** The bounds of a range, all of which hold. */
type Bounds<Bound> = { [Operator in RangeOperator]?: Bound | null | undefined };

/** Where a range begins or ends. `isOpen` is true where that point is not part of it. */
export interface Edge<Point> {
  at: Point;
  isOpen: boolean;
}

/** The SQL operator that compares a value with the edge of a bound. */
export function comparisonOf(operator: RangeOperator, isOpen: boolean): Prisma.Sql {
  if (operator === 'gt' || operator === 'gte') return isOpen ? sql`>` : sql`>=`;
  return isOpen ? sql`<` : sql`<=`;
}

/** How bounds are read and compared. Points that cannot be compared have the order -1. */
interface BoundReader<Bound, Point> {
  edgeOf: (operator: RangeOperator, bound: Bound) => Edge<Point>;
  compare: (low: Point, high: Point) => number;
}

/**
 * The edge of a bound that is a span, like a day: from `low` to just before `high`. Without `high` it is the point `low`. So
 * `gt` a day begins with the next one.
 */
export function edgeOfSpan<Point>(
  operator: RangeOperator,
  { low, high }: { low: Point; high?: Point | undefined },
): Edge<Point> {
  const isAfter = operator === 'gt' || operator === 'lte';
  if (high !== undefined && isAfter) return { at: high, isOpen: operator === 'lte' };
  return { at: low, isOpen: operator === 'gt' || operator === 'lt' };
}

/** Throws VALIDATION_ERROR for a range that contains no value. */
export function checkRange<Bound, Point>(
  field: string,
  bounds: Bounds<Bound>,
  { edgeOf, compare }: BoundReader<Bound, Point>,
): void {
  for (const from of ['gt', 'gte'] as const) {
    for (const to of ['lt', 'lte'] as const) {
      const [low, high] = [bounds[from], bounds[to]];
      if (low == null || high == null) continue;
      const [start, end] = [edgeOf(from, low), edgeOf(to, high)];
      const order = compare(start.at, end.at);
      if (order > 0 || (order === 0 && (start.isOpen || end.isOpen)))
        throw invalid(field, `cannot be both ${from} ${format(low)} and ${to} ${format(high)}`);
    }
  }
}

const format = (bound: unknown): string =>
  bound instanceof Date ? bound.toJSON() : JSON.stringify(bound);
