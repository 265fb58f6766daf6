import type { Reader } from '../../../postgres/client.ts';
import { countRows, type Page, readPages, single } from '../../../sql/page.ts';
import { type PageArgs, pageWindow } from '../../../sql/page-args.ts';
import { cacheKeyOf } from '../cache-key.ts';
import { sortKeys } from '../read/query.ts';
import type { FullItem, ItemIncludes } from '../read/rows.ts';
import { itemSource } from '../read/source.ts';
import { countInRanges, firstOfRange } from './index-range.ts';
import { createOrderedScan, type OrderedScan } from './ordered-scan.ts';
import type { LargeBoardQuery } from './scan-context.ts';
import { matchesAllRows, readByStrategy, scanInOrder } from './strategies.ts';

/** A page of a large board or column, at a cost that does not depend on the planner's estimate of a filter. */
export async function readLargePage(
  board: LargeBoardQuery,
  args: PageArgs & ItemIncludes,
): Promise<Page<FullItem>> {
  const { db, large, workspaceId, parent, query } = board;
  const pageQuery = { ...query.page, ...args };
  const source = itemSource(workspaceId, [parent], args);
  const { size, terms, start, bounds, isBackwards } = pageWindow(source, pageQuery);
  const readBy = (reader: Reader) => (pick: typeof source.pick) =>
    single(readPages(reader, { ...source, pick }, pageQuery));
  const [read, readAll] = [readBy(db), readBy(large)];
  const orderedScan = (await isIndexOrder(board))
    ? createOrderedScan({ ...board, orderBy: query.orderBy, terms, start, bounds })
    : undefined;
  if (orderedScan === undefined && (query.isEmpty || (await isCommon(board))))
    return readAll(source.pick);
  const offset = args.offset ?? 0;
  return readByStrategy(board, {
    orderedScan,
    cacheKey: cacheKeyOf([workspaceId, source.names, query.key]),
    // With an offset, one match in twenty rows is expected.
    firstRows: matchesAllRows(board) ? offset + size + 1 : board.thresholds.sample + offset * 20,
    neededMatches: offset + size + 1,
    read,
    readAll,
    countMatches: ({ nodes, hasNextPage, hasPreviousPage }) => {
      const hasMore = isBackwards ? hasPreviousPage : hasNextPage;
      return nodes.length === 0 ? 0 : offset + nodes.length + Number(hasMore);
    },
  });
}

/** The number of matches on a large board or column: exact, or counted no further than `atMost`. */
export async function countLargeBoard(board: LargeBoardQuery, atMost?: number): Promise<number> {
  const { db, workspaceId, parent, query } = board;
  const { where, indexRanges } = query;
  const hasOnlyRanges =
    indexRanges.every(({ isExact }) => isExact !== false) &&
    where.length === indexRanges.flatMap((range) => range.where).length;
  if (parent.kind === 'board' && hasOnlyRanges) return countInRanges(board, indexRanges, atMost);
  const source = itemSource(workspaceId, [parent]);
  const read = async (pick: typeof source.pick) =>
    (await countRows(db, { ...source, pick }, { where }))[0] ?? 0;
  const count = await readByStrategy(board, {
    orderedScan: atMost === undefined ? undefined : newestFirst(board),
    firstRows: board.thresholds.sample,
    neededMatches: atMost ?? Number.POSITIVE_INFINITY,
    read,
    readAll: read,
    countMatches: (matches) => matches,
  });
  return Math.min(count, atMost ?? count);
}

/** False for an order by text whose values include numbers or instants: item_value has these apart from the texts. */
async function isIndexOrder(board: LargeBoardQuery): Promise<boolean> {
  const { key, as } = board.query.orderBy[0]?.value ?? {};
  if (key === undefined || as !== 'TEXT') return true;
  // Numbers and instants come first.
  const [row] = await board.db.$rows(firstOfRange(board, { key, where: [] }, 1));
  return row?.[0] !== 'd' && row?.[0] !== 'n';
}

/** A scan of the newest items: the sample of an estimate. */
function newestFirst(board: LargeBoardQuery): OrderedScan | undefined {
  const orderBy = [{ field: 'CREATED_AT', direction: 'DESC' }] as const;
  const terms = sortKeys(board.parent.kind, orderBy);
  return createOrderedScan({ ...board, orderBy, terms, start: undefined, bounds: [] });
}

/** True where at least one in two hundred of the newest items matches. */
async function isCommon(board: LargeBoardQuery): Promise<boolean> {
  const scan = newestFirst(board);
  if (scan === undefined) return false;
  const { sample } = board.thresholds;
  const source = {
    ...itemSource(board.workspaceId, [board.parent]),
    pick: scanInOrder(board, scan, sample),
  };
  const [matches = 0] = await countRows(board.db, source, { where: board.query.where });
  return matches * 200 >= sample;
}
