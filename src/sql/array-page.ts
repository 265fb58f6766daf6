import { ApiError } from '../errors.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { checkPageArgs, defaultPageSize, type Page, type PageArgs } from './page.ts';

/** One page of a short list that is in memory already. A cursor holds the id of its row. */
export function arrayPage<Row extends { id: string }>(
  rows: readonly Row[],
  { identity, ...args }: PageArgs & { identity: string },
): Page<Row> {
  checkPageArgs(args);
  const placeOf = (cursor: string) => {
    const place = rows.findIndex(({ id }) => id === decodeCursor(identity, cursor)[0]);
    if (place === -1)
      throw new ApiError(
        'INVALID_CURSOR',
        'The row of this cursor is gone. Start again without it.',
      );
    return place;
  };
  const low = args.after == null ? (args.offset ?? 0) : placeOf(args.after) + 1;
  const high = args.before == null ? rows.length : placeOf(args.before);
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
