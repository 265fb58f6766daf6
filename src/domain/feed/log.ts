import { ApiError } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Cells } from '../../postgres/client.ts';
import { deletions } from '../boards/deletion-log.ts';
import { type Change, changeColumns, changeOf } from '../change-log.ts';
import {
  type ContactChange,
  contactChangeColumns,
  contactChangeOf,
  contactsLog,
} from '../contacts/contact-log.ts';
import { boardNotFound } from '../not-found.ts';

const { sql } = Prisma;

/** A log of a workspace. */
export interface LogKey {
  workspaceId: string;
  /** The id of a board, or `contactsLog`. */
  logId: string;
}

export type LogEntry = Change | ContactChange;

/** How a log is read. */
export interface Log<Entry extends LogEntry> {
  /** The rows, as the relation `l`. */
  table: Prisma.Sql;
  /** The condition that a row `l` belongs to this log. */
  where: Prisma.Sql;
  /** The latest revision, as a query; without a row where the log does not exist. */
  newest: Prisma.Sql;
  /** The columns that `toEntry` reads. */
  columns: Prisma.Sql;
  toEntry: (cells: Cells) => Entry;
  notFound: () => ApiError;
}

/** The log of a board. */
export const boardLog = (workspaceId: string, boardId: string): Log<Change> => ({
  table: sql`board_change l`,
  where: sql`l.workspace_id = ${workspaceId} AND l.board_id = ${boardId}`,
  newest: sql`SELECT b.revision FROM board b WHERE b.workspace_id = ${workspaceId} AND b.id = ${boardId}`,
  columns: changeColumns,
  toEntry: changeOf,
  notFound: () => boardNotFound(boardId),
});

/** The log of a deleted board, of which only the deletion is left. */
export const deletedBoardLog = (workspaceId: string, boardId: string): Log<Change> => ({
  ...boardLog(workspaceId, boardId),
  table: sql`${deletions} l`,
});

/** The log of all contacts of a workspace. */
export const contactLog = (workspaceId: string): Log<ContactChange> => ({
  table: sql`contact_change l`,
  where: sql`l.workspace_id = ${workspaceId}`,
  newest: sql`SELECT w.contacts_revision FROM workspace w WHERE w.id = ${workspaceId}`,
  columns: contactChangeColumns,
  toEntry: contactChangeOf,
  notFound: () => new ApiError('NOT_FOUND', 'The workspace does not exist'),
});

/** The log of a board or of the contacts, by its id. */
export const logOf = ({ workspaceId, logId }: LogKey): Log<LogEntry> =>
  logId === contactsLog ? contactLog(workspaceId) : boardLog(workspaceId, logId);

/** An entry of any log. */
export const entryOf = (cells: Cells): LogEntry =>
  cells[2] === 'CONTACT' ? contactChangeOf(cells) : changeOf(cells);

/** CURSOR_EXPIRED: the log was pruned after a position. */
export const cursorExpired = (logId: string): ApiError =>
  new ApiError(
    'CURSOR_EXPIRED',
    logId === contactsLog
      ? 'The log of contacts no longer has all changes after this position. Read the contacts again, and continue from now (after: "now").'
      : `The log of board '${logId}' no longer has all changes after this position. Read the board again, and continue from its revision.`,
  );

/** CURSOR_EXPIRED: the log never had a position, as it comes from a backup of an earlier moment. */
export const cursorUnknown = (logId: string): ApiError =>
  new ApiError(
    'CURSOR_EXPIRED',
    logId === contactsLog
      ? 'The log of contacts does not have this position, as after the restore of a backup. Read the contacts again, and continue from now (after: "now").'
      : `The log of board '${logId}' does not have this position, as after the restore of a backup. Read the board again, and continue from its revision.`,
  );
