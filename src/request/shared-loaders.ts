import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import { type BoardState, readBoardStates } from '../domain/boards/state.ts';
import { type CountCache, createCountCache } from '../domain/items/read/count-cache.ts';
import type { JsonProjection } from '../domain/items/read/json-projection.ts';
import { type ItemIncludes, type ItemJson, readItemsAsJson } from '../domain/items/read/rows.ts';
import {
  createStrategyCache,
  defaultThresholds,
  type ScanThresholds,
  type StrategyCache,
} from '../domain/items/scan/scan-context.ts';
import { defaultChunkSize } from '../domain/transaction.ts';
import { createWriteLimiter, type WriteLimiter } from '../limits/write-limiter.ts';
import type { PrismaClient } from '../postgres/client.ts';

/** A look-up of one row; undefined where there is none. */
type Lookup<Row> = (workspaceId: string, id: string) => Promise<Row | undefined>;

/** Sizes that tests lower. */
export interface SharedOptions {
  thresholds: ScanThresholds;
  /** The most rows that one statement of a long write changes. */
  chunkSize: number;
}

/** What all requests share. */
export interface SharedLoaders extends SharedOptions {
  counts: CountCache;
  writeLimiter: WriteLimiter;
  /** The board that an item is on: always the same one. */
  boardOf: Lookup<string>;
  boardState: Lookup<BoardState>;
  strategies: StrategyCache;
  /** A board as it was half a minute ago or later: for what asks only whether it is big. */
  recentBoardState: Lookup<BoardState>;
  /** An item as a text of that shape. */
  itemText(fetched: ItemIncludes & { shape: JsonProjection }): Lookup<ItemJson>;
}

export function createSharedLoaders(
  db: PrismaClient,
  { thresholds = defaultThresholds, chunkSize = defaultChunkSize }: Partial<SharedOptions> = {},
): SharedLoaders {
  const texts = new WeakMap<JsonProjection, Lookup<ItemJson>>();
  const places = shared(
    (workspaceId, ids) =>
      db.item.findMany({
        where: { workspaceId, id: { in: [...ids] } },
        select: { id: true, boardId: true },
      }),
    ({ id }) => id,
  );
  const boards = new LRUCache<string, string>({ max: 10_000 });
  const recent = new LRUCache<string, BoardState>({ max: 1000, ttl: 30_000 });
  const readState = shared(
    (workspaceId, ids) => readBoardStates(db, workspaceId, ids),
    ({ boardId }) => boardId,
  );
  async function boardState(workspaceId: string, id: string): Promise<BoardState | undefined> {
    const state = await readState(workspaceId, id);
    if (state !== undefined) recent.set(JSON.stringify([workspaceId, id]), state);
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
      const boardId = boards.get(name) ?? (await places(workspaceId, id))?.boardId;
      if (boardId !== undefined) boards.set(name, boardId);
      return boardId;
    },
    boardState,
    recentBoardState: async (workspaceId, id) =>
      recent.get(JSON.stringify([workspaceId, id])) ?? boardState(workspaceId, id),
    itemText(fetched) {
      const known =
        texts.get(fetched.shape) ??
        shared(
          (workspaceId, ids) => readItemsAsJson(db, workspaceId, { ...fetched, ids }),
          ({ id }) => id,
        );
      texts.set(fetched.shape, known);
      return known;
    },
  };
}

const maxBatchSize = 100;

/**
 * What one workspace's requests ask for in the same turn of the event loop is one statement: on a busy server many rows for
 * the price of one, on a quiet one no slower. A loader is forgotten before its statement leaves, so no request sees
 * what was read before it came.
 */
function shared<Row>(
  read: (workspaceId: string, ids: readonly string[]) => Promise<Row[]>,
  idOf: (row: Row) => string,
): Lookup<Row> {
  const gathering = new Map<string, DataLoader<string, Row | undefined>>();
  return (workspaceId, id) => {
    const known = gathering.get(workspaceId);
    if (known !== undefined) return known.load(id);
    const loader = new DataLoader<string, Row | undefined>(
      async (ids) => inOrder(await read(workspaceId, ids), ids, idOf),
      {
        maxBatchSize,
        batchScheduleFn: (send) =>
          setImmediate(() => {
            gathering.delete(workspaceId);
            send();
          }),
      },
    );
    gathering.set(workspaceId, loader);
    return loader.load(id);
  };
}

/** The rows in the order of the ids that were asked for; undefined where there is none. */
export function inOrder<Row>(
  rows: readonly Row[],
  ids: readonly string[],
  idOf: (row: Row) => string,
): (Row | undefined)[] {
  const found = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => found.get(id));
}
