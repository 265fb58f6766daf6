import { Prisma } from '../../generated/prisma/client.ts';
import type { Reader } from '../../postgres/client.ts';
import type { Change } from '../change-log.ts';
import { type ContactChange, contactsLog } from '../contacts/contact-log.ts';
import type { ItemFilter } from '../items/filter/filter.ts';
import { readFeedRows } from './feed-rows.ts';
import type { ItemStates } from './item-states.ts';
import {
  boardLog,
  contactLog,
  cursorExpired,
  deletedBoardLog,
  type Log,
  type LogEntry,
  type LogKey,
} from './log.ts';
import { endOfRevision, type Position } from './position.ts';
import { isPrunedAfter } from './revision-range.ts';
import { nameOfPosition, readTransitions } from './transitions.ts';

const { sql, empty } = Prisma;

/** A log, where to stop, and a filter. */
export interface FeedScope extends LogKey {
  /** On the items of a board. */
  filter?: ItemFilter | undefined;
  /** Where to stop; by default at the end of the log. */
  until?: Position | undefined;
  /** The most changes of a page. */
  size?: number | undefined;
  /** With a filter, the states from which the next page goes on. */
  states?: ItemStates | undefined;
}

/** A part of a log, in commit order. */
export interface FeedPage<Entry = LogEntry> {
  logId: string;
  /** Without the changes of items that the filter matches neither before nor after. */
  changes: Entry[];
  /** The number of changes that were read. */
  read: number;
  /** The position after the last change that was read. */
  end: Position;
  hasMore: boolean;
}

/** The most changes of a page of a stream. */
export const pageSize = 50;
/** Characters after which a page ends: it is held in memory, and the event loop works on it without a pause. */
export const pageCharacters = 256 * 1024;

/**
 * The changes of a board after a position, in one statement, and with a filter in two. Throws BOARD_NOT_FOUND, and
 * CURSOR_EXPIRED where the log was pruned after the position.
 */
export async function readBoardFeed(
  db: Reader,
  { filter, states, ...scope }: FeedScope,
  after: Position,
): Promise<FeedPage<Change>> {
  const { workspaceId, logId } = scope;
  const page = await readLog(db, { ...scope, log: boardLog(workspaceId, logId) }, after);
  if (filter === undefined || !page.changes.some(isOfItem)) return page;
  const ids = page.changes.filter(isOfItem).map(({ subjectId }) => subjectId);
  const { end, hasMore } = page;
  const tested = { workspaceId, boardId: logId, filter, states, ids, after, end, hasMore };
  const transitions = await readTransitions(db, tested);
  const changes = page.changes.flatMap((change, n) => {
    if (!isOfItem(change)) return [change];
    const transition = transitions.get(nameOfPosition(page.positions[n]));
    return transition === undefined ? [] : [{ ...change, transition }];
  });
  return { ...page, changes };
}

const isOfItem = ({ subject }: Change): boolean => subject === 'ITEM';

/** The changes of contacts after a position, like those of a board. */
export const readContactFeed = (
  db: Reader,
  scope: Omit<FeedScope, 'logId' | 'filter'>,
  after: Position,
): Promise<FeedPage<ContactChange>> =>
  readLog(db, { ...scope, logId: contactsLog, log: contactLog(scope.workspaceId) }, after);

/** The deletion of a board, after all that a reader has seen of its log; undefined where it is not known, or was read. */
export async function readDeletion(
  db: Reader,
  { workspaceId, logId }: LogKey,
  after: Position,
): Promise<FeedPage<Change> | undefined> {
  const log = deletedBoardLog(workspaceId, logId);
  const [row] = await db.$rows(sql`SELECT ${log.columns} FROM ${log.table} WHERE ${log.where}
    AND l.revision > ${after.revision}::bigint`);
  if (row === undefined) return undefined;
  const change = log.toEntry(row);
  return { logId, changes: [change], read: 1, end: endOfRevision(change.revision), hasMore: false };
}

/** The changes of any log after a position. */
export const readFeed = (db: Reader, scope: FeedScope, after: Position): Promise<FeedPage> =>
  scope.logId === contactsLog ? readContactFeed(db, scope, after) : readBoardFeed(db, scope, after);

interface LogScope<Entry extends LogEntry> extends Pick<FeedScope, 'logId' | 'until' | 'size'> {
  log: Log<Entry>;
}

/** A page with the position after each of its changes. */
type LogPage<Entry> = FeedPage<Entry> & { positions: Position[] };

async function readLog<Entry extends LogEntry>(
  db: Reader,
  { logId, log, until, size = pageSize }: LogScope<Entry>,
  after: Position,
): Promise<LogPage<Entry>> {
  const { rows, isCut } = await readFeedRows(
    db,
    sql`SELECT EXISTS (SELECT FROM ${log.table} WHERE ${log.where} AND l.revision = ${after.revision}::bigint),
      l.n, ${log.columns} FROM (${log.newest}) existing LEFT JOIN (
      SELECT l.* FROM ${log.table} WHERE ${log.where}
        AND (l.revision, l.n) > (${after.revision}::bigint, ${after.n}::bigint)
        ${until === undefined ? empty : sql`AND (l.revision, l.n) <= (${until.revision}::bigint, ${until.n}::bigint)`}
      ORDER BY l.revision, l.n LIMIT ${size}
    ) l ON TRUE ORDER BY l.revision, l.n`,
    { size, enough: pageCharacters },
  );
  if (rows.length === 0) throw log.notFound();
  const isKept = rows[0]?.[0] === 't';
  const read = rows.flatMap(([, n, ...cells]) =>
    n == null ? [] : [{ n, change: log.toEntry(cells) }],
  );
  // Revisions have no gaps, and pruning removes whole revisions, but never the newest. Of the revision that a position is
  // in, changes after it may have been pruned too.
  const [first] = read;
  if (first && !isKept && isPrunedAfter(after, first.change.revision)) throw cursorExpired(logId);
  const positions = read.map(({ n, change }) => ({ revision: String(change.revision), n }));
  return {
    logId,
    changes: read.map(({ change }) => change),
    positions,
    read: read.length,
    end: positions.at(-1) ?? after,
    hasMore: isCut || read.length === size,
  };
}
