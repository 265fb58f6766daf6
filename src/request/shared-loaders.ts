import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import { type BoardState, readBoardStates } from '../domain/boards/state.ts';
import { type FeedEnd, readFeedEnd } from '../domain/feed/workspace-feed.ts';
import { type CountCache, createCountCache } from '../domain/items/read/count-cache.ts';
import type { JsonProjection } from '../domain/items/read/json-projection.ts';
import {
  type FullItem,
  type ItemIncludes,
  type ItemJson,
  readItems,
  readItemsAsJson,
} from '../domain/items/read/rows.ts';
import {
  createStrategyCache,
  defaultThresholds,
  type ScanThresholds,
  type StrategyCache,
} from '../domain/items/scan/scan-context.ts';
import { defaultChunkSize } from '../domain/transaction.ts';
import type { ReadTogether } from '../limits/read-limiter.ts';
import { createWriteLimiter, type WriteLimiter } from '../limits/write-limiter.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { shared } from '../postgres/replica/shared-calls.ts';

/** Finds one row; undefined where none has the id. */
type Lookup<Row> = (workspaceId: string, id: string) => Promise<Row | undefined>;

/** Sizes that have defaults; tests lower them. */
export interface SharedOptions {
  thresholds: ScanThresholds;
  /** The most rows that one statement of a long write changes. */
  chunkSize: number;
}

/** Loaders, caches and options that all requests share. */
export interface SharedLoaders extends SharedOptions {
  counts: CountCache;
  writeLimiter: WriteLimiter;
  /** The board of an item, which never changes. */
  boardOf: Lookup<string>;
  boardState: Lookup<BoardState>;
  strategies: StrategyCache;
  /** The state of a board at some time in the last 30 seconds. */
  recentBoardState: Lookup<BoardState>;
  /** The end of a workspace's feed, with all that was committed before the call; one statement of a workspace at once. */
  feedEnd(workspaceId: string): Promise<FeedEnd>;
  /** An item with its contact and its agent. */
  item: Lookup<FullItem>;
  /** An item as JSON text. */
  itemJson(includes: ItemIncludes & { shape: JsonProjection }): Lookup<ItemJson>;
}

/** Creates what all requests of a process share. `limit` runs their statements, with a limit. */
export function createSharedLoaders(
  db: PrismaClient,
  { thresholds = defaultThresholds, chunkSize = defaultChunkSize }: Partial<SharedOptions> = {},
  limit: ReadTogether = (_, read) => read(),
): SharedLoaders {
  const feedEnds = new LRUCache<string, () => Promise<FeedEnd>>({ max: 1000 });
  function batched<Row>(
    read: (workspaceId: string, ids: readonly string[]) => Promise<Row[]>,
    idOf: (row: Row) => string,
  ): Lookup<Row> {
    return inBatches((workspaceId, ids) => limit(workspaceId, () => read(workspaceId, ids)), idOf);
  }
  const jsonLookups = new WeakMap<JsonProjection, Lookup<ItemJson>>();
  const findBoardId = batched(
    (workspaceId, ids) =>
      db.item.findMany({
        where: { workspaceId, id: { in: [...ids] } },
        select: { id: true, boardId: true },
      }),
    ({ id }) => id,
  );
  const boardIds = new LRUCache<string, string>({ max: 10_000 });
  const recentStates = new LRUCache<string, BoardState>({ max: 1000, ttl: 30_000 });
  const readState = batched(
    (workspaceId, ids) => readBoardStates(db, workspaceId, ids),
    ({ boardId }) => boardId,
  );
  async function boardState(workspaceId: string, id: string): Promise<BoardState | undefined> {
    const state = await readState(workspaceId, id);
    if (state !== undefined) recentStates.set(JSON.stringify([workspaceId, id]), state);
    return state;
  }
  return {
    thresholds,
    chunkSize,
    counts: createCountCache(),
    strategies: createStrategyCache(),
    writeLimiter: createWriteLimiter(),
    async boardOf(workspaceId, id) {
      const name = JSON.stringify([workspaceId, id]);
      const boardId = boardIds.get(name) ?? (await findBoardId(workspaceId, id))?.boardId;
      if (boardId !== undefined) boardIds.set(name, boardId);
      return boardId;
    },
    boardState,
    feedEnd(workspaceId) {
      const read =
        feedEnds.get(workspaceId) ??
        shared(() => limit(workspaceId, () => readFeedEnd(db, workspaceId)));
      feedEnds.set(workspaceId, read);
      return read();
    },
    item: batched(
      (workspaceId, ids) => readItems(db, workspaceId, ids),
      ({ id }) => id,
    ),
    recentBoardState: async (workspaceId, id) =>
      recentStates.get(JSON.stringify([workspaceId, id])) ?? boardState(workspaceId, id),
    itemJson(includes) {
      const lookup =
        jsonLookups.get(includes.shape) ??
        batched(
          (workspaceId, ids) => readItemsAsJson(db, workspaceId, { ...includes, ids }),
          ({ id }) => id,
        );
      jsonLookups.set(includes.shape, lookup);
      return lookup;
    },
  };
}

const maxBatchSize = 100;

/**
 * Reads in one statement what the requests of one workspace look up in the same turn of the event loop. A loader is
 * dropped before its statement is sent, so no request gets a row that was read before the request arrived.
 */
function inBatches<Row>(
  read: (workspaceId: string, ids: readonly string[]) => Promise<Row[]>,
  idOf: (row: Row) => string,
): Lookup<Row> {
  const open = new Map<string, DataLoader<string, Row | undefined>>();
  return (workspaceId, id) => {
    const current = open.get(workspaceId);
    if (current !== undefined) return current.load(id);
    const loader = new DataLoader<string, Row | undefined>(
      async (ids) => inOrder(await read(workspaceId, ids), ids, idOf),
      {
        maxBatchSize,
        batchScheduleFn: (send) =>
          setImmediate(() => {
            open.delete(workspaceId);
            send();
          }),
      },
    );
    open.set(workspaceId, loader);
    return loader.load(id);
  };
}

/** The row of each id, in the order of the ids; undefined for an id without a row. */
export function inOrder<Row>(
  rows: readonly Row[],
  ids: readonly string[],
  idOf: (row: Row) => string,
): (Row | undefined)[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => byId.get(id));
}
