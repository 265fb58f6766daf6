import { ApiError } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { customPlan, type Reader } from '../../postgres/client.ts';
import { type Change, changeColumns, changeOf } from '../change-log.ts';
import type { ItemFilter } from '../items/filter/filter.ts';
import { boardNotFound } from '../not-found.ts';
import type { Position } from './position.ts';
import { cursorExpired } from './revision-range.ts';
import { transitionsOf } from './transitions.ts';

const { sql, raw, empty } = Prisma;

/** The log of a board, with a filter on its items. */
export interface FeedScope {
  workspaceId: string;
  boardId: string;
  filter?: ItemFilter | undefined;
  /** Where to stop; by default at the end of the log. */
  until?: Position | undefined;
}

/** A part of a board's log, in commit order. */
export interface FeedPage {
  boardId: string;
  /** Without the changes of items that the filter matches neither before nor after. */
  changes: Change[];
  /** The number of changes that were read. */
  read: number;
  /** The position after the last change that was read. */
  end: Position;
  hasMore: boolean;
}

/** The most changes of a page. Items have up to 64 KiB: so many fit into the response of one request. */
const pageSize = 50;
/** The most changes of a page whose rows are too large to be read at once: a row has up to twice an item. */
const smallPageSize = 5;

/**
 * The changes after a position, in one statement. Throws BOARD_NOT_FOUND, and CURSOR_EXPIRED where the log was pruned
 * after the position.
 */
export async function readFeed(db: Reader, scope: FeedScope, after: Position): Promise<FeedPage> {
  try {
    return await readPage(db, scope, { after, size: pageSize });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'QUERY_TOO_LARGE') throw error;
    return readPage(db, scope, { after, size: smallPageSize });
  }
}

async function readPage(
  db: Reader,
  { workspaceId, boardId, filter, until }: FeedScope,
  { after, size }: { after: Position; size: number },
): Promise<FeedPage> {
  const page = sql`SELECT l.* FROM board_change l WHERE l.workspace_id = ${workspaceId} AND l.board_id = ${boardId}
      AND (l.revision, l.n) > (${after.revision}::bigint, ${after.n}::bigint)
      ${until === undefined ? empty : sql`AND (l.revision, l.n) <= (${until.revision}::bigint, ${until.n}::bigint)`}
    ORDER BY l.revision, l.n LIMIT ${size}`;
  const rows = await db.$rows(
    filter === undefined
      ? sql`SELECT l.n, NULL, NULL, ${changeColumns} FROM board b LEFT JOIN LATERAL (${page}) l ON TRUE
          WHERE b.workspace_id = ${workspaceId} AND b.id = ${boardId} ORDER BY l.revision, l.n`
      : sql`WITH ${raw(`/* ${customPlan} */`)} page AS MATERIALIZED (${page}),
          tested AS MATERIALIZED (${transitionsOf(workspaceId, filter)})
        SELECT l.n, t.before, t.after, ${changeColumns} FROM board b LEFT JOIN page l ON TRUE
          LEFT JOIN tested t ON t.subject_id = l.subject_id AND t.revision = l.revision AND t.n = l.n
          WHERE b.workspace_id = ${workspaceId} AND b.id = ${boardId} ORDER BY l.revision, l.n`,
  );
  if (rows.length === 0) throw boardNotFound(boardId);
  const changes = rows.flatMap(([n, before, isMatch, ...cells]) => {
    if (n == null) return [];
    const change = changeOf(cells);
    if (filter === undefined || change.subject !== 'ITEM') return [{ n, change, isWanted: true }];
    const transition = transitionOf(before === 't', isMatch === 't');
    return [{ n, change: { ...change, transition }, isWanted: transition !== undefined }];
  });
  const [first, last] = [changes[0], changes.at(-1)];
  // Revisions have no gaps, and pruning removes whole revisions, but never the newest.
  if (first && first.change.revision > Number(after.revision) + 1) throw cursorExpired(boardId);
  return {
    boardId,
    changes: changes.filter(({ isWanted }) => isWanted).map(({ change }) => change),
    read: changes.length,
    end: last === undefined ? after : { revision: String(last.change.revision), n: last.n },
    hasMore: changes.length === size,
  };
}

function transitionOf(before: boolean, after: boolean): Change['transition'] {
  if (before) return after ? 'UPDATED' : 'LEFT';
  return after ? 'ENTERED' : undefined;
}
