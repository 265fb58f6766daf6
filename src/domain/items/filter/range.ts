import { invalid } from '../../../errors.ts';

/** The bounds of a range, all of which hold. */
interface Bounds<Bound> {
  gt?: Bound | null | undefined;
  gte?: Bound | null | undefined;
  lt?: Bound | null | undefined;
  lte?: Bound | null | undefined;
}

/** Throws VALIDATION_ERROR for a range that contains no value. */
export function checkRange<Bound>(
  field: string,
  bounds: Bounds<Bound>,
  compare: (low: Bound, high: Bound) => number,
): void {
  for (const from of ['gt', 'gte'] as const) {
    for (const to of ['lt', 'lte'] as const) {
      const [low, high] = [bounds[from], bounds[to]];
      if (low == null || high == null) continue;
      const order = compare(low, high);
      const isOpen = from === 'gt' || to === 'lt';
      if (order > 0 || (order === 0 && isOpen))
        throw invalid(field, `cannot be both ${from} ${format(low)} and ${to} ${format(high)}`);
    }
  }
}

const format = (bound: unknown): string =>
  bound instanceof Date ? bound.toISOString() : JSON.stringify(bound);
