import { ApiError } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Cells, PrismaClient, Reader } from '../../postgres/client.ts';
import { changesAdvice, decodeCursor, encodeCursor, invalidCursor } from '../../sql/cursor.ts';
import { toText } from '../../sql/decode.ts';
import { deletions } from '../boards/deletion-log.ts';
import { changeColumns } from '../change-log.ts';
import { contactChangeColumns } from '../contacts/contact-log.ts';
import { readFeedRows } from './feed-rows.ts';
import { entryOf, type LogEntry } from './log.ts';
import { isBigint, maxBigint, now, type Position } from './position.ts';
import { pageCharacters, pageSize } from './read.ts';

const { sql } = Prisma;

/**
 * A position in the feed of a workspace, which is a numbered list of ranges of its logs: in range `number`, after a
 * position of its log.
 */
export interface FeedPosition extends Position {
  number: string;
}

/** A part of the feed of a workspace. */
interface WorkspaceFeedPage {
  changes: LogEntry[];
  /** The position after each change. */
  positions: FeedPosition[];
  /** The number of changes. */
  read: number;
  /** The position after the last change. */
  end: FeedPosition;
  hasMore: boolean;
}

/** The position after all changes of a range. */
const endOfRange = (number: number | string): FeedPosition => ({
  number: String(number),
  revision: maxBigint,
  n: maxBigint,
});

const identity = 'workspaceChanges';

/** The cursor of a position. Unlike that of several boards, it has the same size however many boards there are. */
export const encodeFeedPosition = ({ number, revision, n }: FeedPosition): string =>
  encodeCursor(identity, [number, revision, n]);

function decodeFeedPosition(cursor: string): FeedPosition {
  const keys = decodeCursor(identity, cursor, changesAdvice);
  const [number, revision, n] = keys.filter(isBigint);
  if (keys.length !== 3 || number === undefined || revision === undefined || n === undefined)
    throw invalidCursor(changesAdvice);
  return { number, revision, n };
}

const readAgain =
  'Get the cursor of now (after: "now"), read boards and contacts again, and continue from it.';

const feedExpired = (): ApiError =>
  new ApiError(
    'CURSOR_EXPIRED',
    `The log of the workspace no longer has all changes after this position. ${readAgain}`,
  );

/** CURSOR_EXPIRED for a position beyond the feed's last range, of a history that a restored backup does not have. */
function checkNotAhead({ number }: FeedPosition, lastNumber: number): void {
  if (Number(number) > lastNumber)
    throw new ApiError(
      'CURSOR_EXPIRED',
      `The log of the workspace ends before this position, as after the restore of a backup. ${readAgain}`,
    );
}

/** The end of a feed. */
export interface FeedEnd {
  /** The number of the last range; null in a workspace without a feed. */
  number: string | null;
  /** The number of the first range that has all of its changes. */
  firstNumber: number;
}

/**
 * Appends what is new in the logs of the workspace to its feed, and returns its end. It writes, on the primary, also for a
 * caller that may only read.
 */
export async function readFeedEnd(db: PrismaClient, workspaceId: string): Promise<FeedEnd> {
  const [row = []] = await db.$rows(
    sql`SELECT f.number, f.first_number FROM sequence_changes(${workspaceId}) f`,
  );
  return { number: row[0] ?? null, firstNumber: Number(row[1]) };
}

/**
 * The position of a cursor, or of `now`. Afterwards, all changes that were committed before `readEnd` are in the feed.
 * Throws INVALID_CURSOR or CURSOR_EXPIRED.
 */
export async function feedStart(
  after: string,
  readEnd: () => Promise<FeedEnd>,
): Promise<FeedPosition> {
  const position = after === now ? undefined : decodeFeedPosition(after);
  const { number, firstNumber } = await readEnd();
  if (position === undefined) return endOfRange(number ?? '0');
  checkNotPruned(position, firstNumber);
  checkNotAhead(position, Number(number));
  return position;
}

/** Ranges before `firstNumber` lack changes. */
function checkNotPruned({ number, n }: FeedPosition, firstNumber: number): void {
  if (Number(number) < firstNumber - (n === maxBigint ? 1 : 0)) throw feedExpired();
}

interface WorkspaceFeedScope {
  workspaceId: string;
  /** The most changes of a page, and the characters after which it ends. */
  size?: number | undefined;
  enough?: number | undefined;
}

/** The changes after a position, or from the beginning. Throws CURSOR_EXPIRED where they are pruned. */
export const readWorkspaceFeed = async (
  db: PrismaClient,
  scope: WorkspaceFeedScope,
  after: FeedPosition | undefined,
): Promise<WorkspaceFeedPage> =>
  readFeedTo(await readFeedEnd(db, scope.workspaceId), { ...scope, db }, after);

/** The same in a feed whose end is known. */
export async function readFeedTo(
  { number }: FeedEnd,
  { db, ...scope }: WorkspaceFeedScope & { db: Reader },
  after: FeedPosition | undefined,
): Promise<WorkspaceFeedPage> {
  if (after !== undefined) checkNotAhead(after, Number(number));
  if (after !== undefined && after.n === maxBigint && after.number === number)
    return { changes: [], positions: [], read: 0, end: after, hasMore: false };
  return readPage(db, scope, after);
}

async function readPage(
  db: Reader,
  { workspaceId, size = pageSize, enough = pageCharacters }: WorkspaceFeedScope,
  after: FeedPosition | undefined,
): Promise<WorkspaceFeedPage> {
  const start = after ?? endOfRange(0);
  const isStart = sql`r.number = ${start.number}::bigint`;
  // A range that was read to its end is not read again: a page of one row would end where it began.
  const isNotRead = sql`r.number ${start.n === maxBigint ? sql`>` : sql`>=`} ${start.number}::bigint`;
  const ofRange = sql`l.workspace_id = ${workspaceId} AND l.revision <= r.last_revision AND (l.revision, l.n) >
    (CASE WHEN ${isStart} THEN ${start.revision}::bigint ELSE r.first_revision - 1 END,
      CASE WHEN ${isStart} THEN ${start.n}::bigint ELSE ${maxBigint}::bigint END)`;
  const inOrder = sql`ORDER BY l.revision, l.n LIMIT ${size + 1}`;
  // Each range has a row, also one without changes: the log of a board is deleted with it.
  const { rows, isCut } = await readFeedRows(
    db,
    sql`SELECT f.first_number, r.number, r.first_revision, r.last_revision, r.log_id = '' OR (
        SELECT TRUE FROM board b WHERE b.workspace_id = ${workspaceId} AND b.id = r.log_id), l.*
      FROM feed f
      LEFT JOIN LATERAL (SELECT * FROM feed_range r WHERE r.workspace_id = ${workspaceId}
        AND ${isNotRead} AND r.number >= f.first_number ORDER BY r.number LIMIT ${size + 1}) r ON TRUE
      LEFT JOIN LATERAL (
        (SELECT l.n, ${changeColumns} FROM board_change l WHERE ${ofRange} AND l.board_id = r.log_id ${inOrder})
        UNION ALL
        (SELECT l.n, ${contactChangeColumns} FROM contact_change l WHERE ${ofRange} AND r.log_id = '' ${inOrder})
        UNION ALL
        SELECT l.n, ${changeColumns} FROM ${deletions} l WHERE ${ofRange} AND l.board_id = r.log_id
      ) l ON TRUE
      WHERE f.workspace_id = ${workspaceId} ORDER BY r.number, l.revision, l.n LIMIT ${size + 1}`,
    { size: size + 1, enough },
  );
  const [firstNumber, ...others] = rows[0] ?? [];
  if (after !== undefined) checkNotPruned(after, Number(firstNumber));
  const read = others[0] == null ? [] : rows.map(rangeRowOf);
  if (after !== undefined) checkComplete(read, after);
  // The last row tells whether the page ends within a range.
  const next = isCut ? read.at(-1) : read[size];
  const page = read.slice(0, isCut ? -1 : size);
  const end = page.at(-1);
  const changes = page.flatMap((row) => (row.entry === undefined ? [] : [row.entry]));
  return {
    changes,
    positions: page.flatMap((row) => (row.entry === undefined ? [] : [positionOf(row)])),
    read: changes.length,
    end:
      end === undefined
        ? (after ?? endOfRange(Number(firstNumber) - 1))
        : end.number === next?.number
          ? positionOf(end)
          : endOfRange(end.number),
    hasMore: next !== undefined,
  };
}

/** A change with its range, or a range that has none. */
interface RangeRow {
  number: string;
  first: number;
  last: number;
  /** False where the log was deleted. */
  isKept: boolean;
  n: string;
  entry: LogEntry | undefined;
}

const rangeRowOf = ([, number, first, last, isKept, n, ...cells]: Cells): RangeRow => ({
  number: toText(number),
  first: Number(first),
  last: Number(last),
  isKept: isKept === 't',
  n: n ?? '',
  entry: n == null ? undefined : entryOf(cells),
});

const positionOf = ({ number, n, entry }: RangeRow): FeedPosition => ({
  number,
  revision: String(entry?.revision),
  n,
});

/** Throws CURSOR_EXPIRED where a range lacks changes: they were pruned after it was sequenced. */
function checkComplete(rows: readonly RangeRow[], start: FeedPosition): void {
  for (const [i, { number, first, last, isKept, entry }] of rows.entries()) {
    if (!isKept || rows[i - 1]?.number === number) continue;
    const next = number === start.number ? Number(start.revision) + 1 : first;
    if (next <= last && (entry === undefined || entry.revision > next)) throw feedExpired();
  }
}
