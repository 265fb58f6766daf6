import { LRUCache } from 'lru-cache';
import type { Reader } from '../../../postgres/client.ts';
import type { BoardState } from '../../boards/state.ts';
import type { CompiledItemQuery, ItemParent } from '../read/query.ts';

/** From which sizes on reads are planned by us rather than by PostgreSQL, in rows. */
export interface ScanThresholds {
  /** A board or column with more items is large: there a wrong guess of the planner costs seconds. */
  largeParent: number;
  /** The rows of a first ordered scan, and the most ids that a value index range may hand over. */
  sample: number;
}

export const defaultThresholds: ScanThresholds = { largeParent: 5000, sample: 1000 };

/**
 * How pages were read lately, by query: an ordered scan of that many rows, or (infinity) filter then sort. A stale
 * entry makes a page slower, never wrong.
 */
export type StrategyCache = LRUCache<string, number>;

export const createStrategyCache = (): StrategyCache => new LRUCache({ max: 1000, ttl: 60_000 });

/** Everything that reading the items of one workspace needs. */
export interface ScanContext {
  db: Reader;
  workspaceId: string;
  thresholds: ScanThresholds;
  strategies: StrategyCache;
  /** The state of a board as of the last 30 seconds; undefined for a board that does not exist. */
  recentBoardState: (workspaceId: string, boardId: string) => Promise<BoardState | undefined>;
}

export type BoardParent = Extract<ItemParent, { boardId: string }>;

/** A query on one large board or column. */
export interface LargeBoardQuery extends Omit<ScanContext, 'recentBoardState'> {
  parent: BoardParent;
  itemsCount: number;
  query: CompiledItemQuery;
}
