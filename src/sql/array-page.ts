import { ApiError } from '../errors.ts';
import { defaultPageSize } from '../limits/page-size.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Page } from './page.ts';
import { checkPageArgs, type PageArgs } from './page-args.ts';

/** A page of a list in memory. A cursor contains the id of its row. */
export function arrayPage<Row extends { id: string }>(
  rows: readonly Row[],
  { identity, ...args }: PageArgs & { identity: string },
): Page<Row> {
  checkPageArgs(args);
  const indexOf = (cursor: string) => {
    const index = rows.findIndex(({ id }) => id === decodeCursor(identity, cursor)[0]);
    if (index === -1)
      throw new ApiError(
        'INVALID_CURSOR',
        'The row of this cursor was deleted. Start again without it.',
      );
    return index;
  };
  const low = args.after == null ? (args.offset ?? 0) : indexOf(args.after) + 1;
  const high = args.before == null ? rows.length : indexOf(args.before);
  const start = args.last == null ? low : Math.max(low, high - args.last);
  const end = args.last == null ? Math.min(high, low + (args.first ?? defaultPageSize)) : high;
  const nodes = rows.slice(start, Math.max(start, end));
  return {
    nodes,
    cursor: (n) => encodeCursor(identity, [nodes[n]?.id ?? null]),
    hasNextPage: end < rows.length,
    hasPreviousPage: start > 0,
  };
}
