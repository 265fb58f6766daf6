import DataLoader from 'dataloader';
import type { BoardState } from '../domain/boards/state.ts';
import {
  type Change,
  type ChangeParent,
  changePageQuery,
  changeSource,
} from '../domain/change-log.ts';
import { readIndexPages } from '../domain/items/read/index-page.ts';
import {
  CompiledItemQuery,
  type ItemParent,
  type ItemQuery,
  type ParentKind,
} from '../domain/items/read/query.ts';
import type { ItemIncludes } from '../domain/items/read/rows.ts';
import { countItems, readItemPages } from '../domain/items/scan/choose.ts';
import type { Item } from '../generated/prisma/client.ts';
import type { Reads } from '../limits/read-limiter.ts';
import { countRows, type Page, readPages, single } from '../sql/page.ts';
import type { PageArgs } from '../sql/page-args.ts';
import type { SharedLoaders } from './shared-loaders.ts';

/** Keys in one statement. */
export const maxBatchSize = 1000;

/** Pages of the change log: one batch for all boards, or all items, with the same order and arguments. */
export function changeLoaders(db: Reads, workspaceId: string) {
  const pages = new Map<string, DataLoader<ChangeParent, Page<Change>, string>>();
  const counts = new Map<string, DataLoader<ChangeParent, number, string>>();
  const options = { cacheKeyFn: keyOfParent, maxBatchSize };
  return {
    page(parent: ChangeParent, isNewestFirst: boolean, args: PageArgs): Promise<Page<Change>> {
      const read = (parents: readonly ChangeParent[]) =>
        db.list(() =>
          readPages(db, changeSource(workspaceId, parents), {
            ...changePageQuery(isNewestFirst),
            ...args,
          }),
        );
      const isOfSubject = parent.subjectId !== undefined;
      const name = JSON.stringify([cursorParent(parent, args), isOfSubject, isNewestFirst, args]);
      return remember(pages, name, () => new DataLoader(read, options)).load(parent);
    },
    count(parent: ChangeParent, atMost?: number): Promise<number> {
      const count = (parents: readonly ChangeParent[]) =>
        db.list(() => countRows(db, changeSource(workspaceId, parents), { where: [], atMost }));
      const name = JSON.stringify([parent.subjectId !== undefined, atMost]);
      return remember(counts, name, () => new DataLoader(count, options)).load(parent);
    },
  };
}

/** The parent that a cursor belongs to; null without a cursor: then all parents can share a loader. */
const cursorParent = (parent: ItemParent | ChangeParent, { after, before }: PageArgs) =>
  after == null && before == null ? null : parent;

const keyOfParent = (parent: ItemParent | ChangeParent): string => JSON.stringify(parent);

/** Compiled queries of a request that are kept: a field of many parents has the same query for each. */
const maxQueries = 10;

/** Pages and counts of items: one batch for all parents with the same query and arguments. */
export function itemLoaders(
  boardState: (boardId: string) => Promise<BoardState | undefined>,
  { db, workspaceId, shared }: { db: Reads; workspaceId: string; shared: SharedLoaders },
) {
  const pages = new Map<string, DataLoader<ItemParent, Page<Item>, string>>();
  const counts = new Map<string, DataLoader<ItemParent, number, string>>();
  const queries: CompiledItemQuery[] = [];
  const options = { cacheKeyFn: keyOfParent, maxBatchSize };
  const { thresholds, strategies, recentBoardState } = shared;
  const scan = { db, workspaceId, thresholds, strategies, recentBoardState };
  return {
    /** The compiled query of a connection. Parents share it: a filter may have a megabyte. */
    query(kind: ParentKind, args: ItemQuery): CompiledItemQuery {
      const existing = queries.find((query) => query.isOf(kind, args));
      if (existing !== undefined) return existing;
      const query = new CompiledItemQuery(workspaceId, kind, args);
      if (queries.push(query) > maxQueries) queries.shift();
      return query;
    },
    page(
      parent: ItemParent,
      query: CompiledItemQuery,
      args: PageArgs & ItemIncludes,
    ): Promise<Page<Item>> {
      const read = (parents: readonly ItemParent[]) =>
        db.list(() => readItemPages(scan, parents, { ...args, query }));
      const name = JSON.stringify([query.key, cursorParent(parent, args), args]);
      return remember(pages, name, () => new DataLoader(read, options)).load(parent);
    },
    /** The page of one board or column with the board in its header, read alone. */
    pageWithBoard(
      parent: ItemParent,
      query: CompiledItemQuery,
      args: PageArgs & ItemIncludes,
    ): Promise<Page<Item>> {
      return single(readIndexPages(scan, [parent], { ...args, query, withBoard: true }));
    },
    /** Exact counts of a board's items are cached with its revision; bounded ones are cheap. */
    async count(parent: ItemParent, query: CompiledItemQuery, atMost?: number): Promise<number> {
      // Queries without a filter share one count, whatever their order.
      const name = JSON.stringify([query.isEmpty ? query.kind : query.key, atMost]);
      const read = (parents: readonly ItemParent[]) =>
        db.list(() => countItems(scan, parents, { query, atMost }));
      const count = () => remember(counts, name, () => new DataLoader(read, options)).load(parent);
      if (atMost !== undefined || !('boardId' in parent)) return count();
      const { revision, etag } = (await boardState(parent.boardId)) ?? {};
      const state = String(query.dependsOnContacts ? etag : revision);
      return shared.counts.get([workspaceId, keyOfParent(parent), state, name], count);
    },
  };
}

/** The value of a name, created at its first use. */
export function remember<Name, Value>(
  cache: Map<Name, Value>,
  name: Name,
  create: () => Value,
): Value {
  const value = cache.get(name) ?? create();
  cache.set(name, value);
  return value;
}
