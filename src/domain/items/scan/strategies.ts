import { Prisma } from '../../../generated/prisma/client.ts';
import { customPlan } from '../../../postgres/statement-names.ts';
import { and } from '../../../sql/conditions.ts';
import type { Source } from '../../../sql/page.ts';
import { foundItemsFor } from '../read/query.ts';
import type { FullItem } from '../read/rows.ts';
import { itemsFromIndex, itemsInRanges } from './index-range.ts';
import type { OrderedScan } from './ordered-scan.ts';
import { isFoundInParent, type LargeBoardQuery } from './scan-context.ts';

const { sql } = Prisma;

/** The longest ordered scan, in rows: about a tenth of a second. */
const longestScan = 50_000;

type Pick = Source<FullItem>['pick'];

/** A page or a count, as the strategies read it. */
interface LargeRead<Result> {
  /** The scan of strategy 4; undefined where no index has the order. */
  orderedScan: OrderedScan | undefined;
  /** The key in the strategy cache; undefined: not cached. */
  cacheKey?: string;
  /** The rows of the first ordered scan. */
  firstRows: number;
  /** The number of matches that completes the result, whatever else matches. */
  neededMatches: number;
  read: (pick: Pick) => Promise<Result>;
  /** Reads where no index finds the matches. */
  readAll: (pick: Pick) => Promise<Result>;
  countMatches: (result: Result) => number;
}

/** Reads by the first of the strategies 3, 4 and 5 that fits; see choose.ts. */
export async function readByStrategy<Result>(
  board: LargeBoardQuery,
  { orderedScan, cacheKey, ...large }: LargeRead<Result>,
): Promise<Result> {
  const { query, strategies, thresholds } = board;
  const { read, countMatches, neededMatches } = large;
  const few = await itemsFromIndex(board, query.indexRanges, thresholds.sample);
  if (few !== undefined) return read(filterThenSort(board, few));
  const cachedRows = cacheKey === undefined ? undefined : strategies.get(cacheKey);
  const remember = (rows: number) => cacheKey !== undefined && strategies.set(cacheKey, rows);
  for (let rows = cachedRows ?? large.firstRows; orderedScan !== undefined; ) {
    if (rows > longestScan) break;
    const result = await read(scanInOrder(board, orderedScan, rows));
    remember(rows);
    const matches = countMatches(result);
    if (matches >= neededMatches || (await isExhausted(board, orderedScan, rows))) return result;
    const share = matches / rows;
    // Where an index finds the matches, a scan pays only while it has fewer rows than there are matches.
    const mostRows = query.usesIndex ? share * board.itemsCount : longestScan;
    rows = Math.ceil((neededMatches / share) * 2);
    if (matchesAllRows(board) || rows > Math.min(mostRows, longestScan)) break;
  }
  remember(Number.POSITIVE_INFINITY);
  const candidates = await itemsInRanges(board);
  return (query.usesIndex ? read : large.readAll)(filterThenSort(board, candidates));
}

/** True where every item of an ordered scan matches. */
export const matchesAllRows = ({ query, parent }: LargeBoardQuery): boolean =>
  query.isEmpty && parent.kind === 'board';

/** The first `rows` items of a scan, then filtered. Planned with its values: boards differ widely. */
export const scanInOrder =
  ({ workspaceId }: LargeBoardQuery, scan: OrderedScan, rows: number): Pick =>
  ({ where, bounds, order }) => {
    const scanned = sql`/* ${Prisma.raw(customPlan)} */ (${scan.rows(rows)})`;
    const items = foundItemsFor(order, scanned, workspaceId);
    return sql`FROM ${items} WHERE ${and([...where, ...bounds])}`;
  };

/** True for a scan that ended before `rows` items: no other item can match. */
async function isExhausted(
  { db }: LargeBoardQuery,
  scan: OrderedScan,
  rows: number,
): Promise<boolean> {
  if (!scan.mayEnd) return false;
  const [row] = await db.$rows(
    sql`SELECT /* ${Prisma.raw(customPlan)} */ count(*) FROM (${scan.rows(rows)}) i`,
  );
  return Number(row?.[0]) < rows;
}

/**
 * All matches among the candidates, found by indexes and then sorted. OFFSET 0 keeps the order out of the planner's choice of
 * index.
 */
const filterThenSort =
  (board: LargeBoardQuery, candidates: Prisma.Sql): Pick =>
  ({ where, bounds, order }) => {
    const isInPlace = isFoundInParent(board);
    const matches = sql`(SELECT i.* FROM ${candidates} i WHERE ${and([isInPlace, ...where])} OFFSET 0)`;
    return sql`FROM ${foundItemsFor(order, matches, board.workspaceId)} WHERE ${and(bounds)}`;
  };
