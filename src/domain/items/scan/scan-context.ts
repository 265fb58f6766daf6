import { LRUCache } from 'lru-cache';
import { Prisma } from '../../../generated/prisma/client.ts';
import type { Reads } from '../../../limits/read-limiter.ts';
import type { Reader } from '../../../postgres/client.ts';
import type { BoardState } from '../../boards/state.ts';
import type { CompiledItemQuery, ItemParent } from '../read/query.ts';

const { sql, empty } = Prisma;

/** The sizes, in rows, above which this server chooses how to read instead of PostgreSQL's planner. */
export interface ScanThresholds {
  /** A board or column with more items is large: there a wrong guess of the planner costs seconds. */
  largeParent: number;
  /** The number of rows that a first ordered scan reads, and the maximum number of ids taken from the value index. */
  sample: number;
}

export const defaultThresholds: ScanThresholds = { largeParent: 5000, sample: 1000 };

/**
 * The strategy last used for each query: the number of rows of its ordered scan, or Infinity for filter, then sort. A
 * stale entry makes a page slower, never wrong.
 */
export type StrategyCache = LRUCache<string, number>;

export const createStrategyCache = (): StrategyCache => new LRUCache({ max: 1000, ttl: 60_000 });

/** Everything that reading the items of one workspace needs. */
export interface ScanContext {
  db: Reads;
  workspaceId: string;
  thresholds: ScanThresholds;
  strategies: StrategyCache;
  /** The state of a board as of the last 30 seconds; undefined for a board that does not exist. */
  recentBoardState: (workspaceId: string, boardId: string) => Promise<BoardState | undefined>;
}

export type BoardParent = Extract<ItemParent, { boardId: string }>;

/** A query on one large board or column. */
export interface LargeBoardQuery extends Omit<ScanContext, 'db' | 'recentBoardState'> {
  db: Reader;
  /** For statements that read all items, as no index finds the matches. */
  large: Reader;
  parent: BoardParent;
  itemsCount: number;
  query: CompiledItemQuery;
}

/** A condition on `i`: the items of a board or column. */
export const isInParent = ({
  workspaceId,
  parent,
}: Pick<LargeBoardQuery, 'workspaceId' | 'parent'>): Prisma.Sql =>
  parent.kind === 'column'
    ? sql`i.workspace_id = ${workspaceId} AND i.board_id = ${parent.boardId} AND i.column_id = ${parent.columnId}`
    : sql`i.workspace_id = ${workspaceId} AND i.board_id = ${parent.boardId}`;

/** Equal to "C", but for the name: of all indexes only those on content have the board under it. */
const contentCollation = sql`COLLATE "POSIX"`;

/**
 * The same condition under a collation that only the indexes on content have, so that the planner cannot choose an index that begins
 * with the board. Without statistics it would, and read the whole board. (The index on contacts begins with the workspace, whose
 * collation a query by contacts keeps.)
 */
export function isFoundInParent({
  workspaceId,
  parent,
  query,
}: Pick<LargeBoardQuery, 'workspaceId' | 'parent' | 'query'>): Prisma.Sql {
  if (!query.isOfContacts && !query.isInContent) return isInParent({ workspaceId, parent });
  const workspaceCollation = query.isOfContacts ? empty : contentCollation;
  return sql`i.workspace_id ${workspaceCollation} = ${workspaceId} AND i.board_id ${contentCollation} = ${parent.boardId}
    ${parent.kind === 'column' ? sql`AND i.column_id ${contentCollation} = ${parent.columnId}` : empty}`;
}
