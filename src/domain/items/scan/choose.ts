import { countRows, type Page, readPages } from '../../../sql/page.ts';
import type { PageArgs } from '../../../sql/page-args.ts';
import { readIndexPages } from '../read/index-page.ts';
import type { CompiledItemQuery, ItemParent } from '../read/query.ts';
import type { FullItem, ItemIncludes } from '../read/rows.ts';
import { itemSource } from '../read/source.ts';
import { countLargeBoard, readLargePage } from './large-board.ts';
import type { LargeBoardQuery, ScanContext } from './scan-context.ts';

// The scan strategies. This file finds the large parents; large-board.ts and strategies.ts choose theirs.
//
// 1. Shared statement: one for all parents that are not large, planned by PostgreSQL. Also for the pages of a
//    large one that an index holds in their order, without a filter; and, where no index has the order, for a filter that
//    matches at least one in 200 of the newest items.
// 2. Count in ranges: a count whose only conditions are value ranges reads item_value alone.
// 3. Ids from the index: the items of a value range with few enough of them are fetched by id, filtered and sorted.
// 4. Ordered scan: items are read in the order of an index and filtered. A sample of them tells how many to read.
// 5. Filter then sort: all matches are found by their indexes and then sorted.

/** One page for each parent, in their order. All parents have the kind of the query. */
export async function readItemPages(
  context: ScanContext,
  parents: readonly ItemParent[],
  { query, ...args }: PageArgs & ItemIncludes & { query: CompiledItemQuery },
): Promise<Page<FullItem>[]> {
  if (query.isIndexPage(args)) return readIndexPages(context, parents, { ...args, query });
  const readShared = (shared: readonly ItemParent[]) =>
    readPages(context.db, itemSource(context.workspaceId, shared, args), {
      ...query.page,
      ...args,
    });
  return readEach(parents, await largeBoardQueries(context, parents, query), {
    readLarge: (board) => readLargePage(board, args),
    readShared,
  });
}

/** The number of matches for each parent, in their order; counted no further than `atMost`. */
export async function countItems(
  context: ScanContext,
  parents: readonly ItemParent[],
  { query, atMost }: { query: CompiledItemQuery; atMost: number | undefined },
): Promise<number[]> {
  const large = await largeBoardQueries(context, parents, query);
  // An invalid order is an error of a count too; without a filter the order is ignored.
  const { where } = query.isEmpty ? query : query.page;
  return readEach(parents, large, {
    readLarge: (board) => countLargeBoard({ ...board, db: context.db.large }, atMost),
    readShared: (shared) => {
      const db = query.kind === 'workspace' ? context.db.large : context.db;
      return countRows(db, itemSource(context.workspaceId, shared), { where, atMost });
    },
  });
}

/** The query for each parent that is large, undefined for each that is not. */
const largeBoardQueries = (
  { recentBoardState, ...context }: ScanContext,
  parents: readonly ItemParent[],
  query: CompiledItemQuery,
): Promise<(LargeBoardQuery | undefined)[]> =>
  Promise.all(
    parents.map(async (parent) => {
      if (!('boardId' in parent)) return undefined;
      const state = await recentBoardState(context.workspaceId, parent.boardId);
      const columns = (state?.columns ?? []).filter(
        ({ id }) => parent.kind === 'board' || parent.columnId === id,
      );
      const itemsCount = columns.reduce((sum, column) => sum + column.itemsCount, 0);
      if (itemsCount <= context.thresholds.largeParent) return undefined;
      const onBoard = query.onBoard(parent.boardId);
      return { ...context, large: context.db.large, parent, itemsCount, query: onBoard };
    }),
  );

/** Reads large parents one by one and all others by one statement; results are in the order of the parents. */
async function readEach<Result>(
  parents: readonly ItemParent[],
  large: readonly (LargeBoardQuery | undefined)[],
  read: {
    readLarge: (board: LargeBoardQuery) => Promise<Result>;
    readShared: (parents: readonly ItemParent[]) => Promise<Result[]>;
  },
): Promise<Result[]> {
  const others = parents.filter((_, n) => large[n] === undefined);
  const results = others.length === 0 ? [] : await read.readShared(others);
  let next = 0;
  return Promise.all(
    large.map((board) =>
      board === undefined ? (results[next++] as Result) : read.readLarge(board),
    ),
  );
}
