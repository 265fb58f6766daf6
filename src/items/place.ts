import type { Transaction } from '../database/open.ts';
import { ApiError } from '../errors.ts';
import type { Column, Prisma } from '../generated/prisma/client.ts';
import { inSteps } from './attempt.ts';

/** Who does it, and where. */
export interface Scope {
  workspaceId: string;
  boardId: string;
}

/** A stage of the board, by id or by name; both together must agree. */
export interface ColumnChoice {
  id?: string | null | undefined;
  name?: string | null | undefined;
}

/**
 * Takes the board's lock for the rest of the transaction and notes who writes. Every change to a board, its items or
 * its columns does this first, so that changes of one board happen one after the other. Throws BOARD_NOT_FOUND.
 */
export async function lockBoard(
  tx: Transaction,
  { workspaceId, boardId }: Scope,
  { agentId, field }: { agentId: string; field?: string },
): Promise<void> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    SELECT lock_board(${workspaceId}, ${boardId}, ${agentId}) AS found`;
  if (!row?.found) throw boardNotFound(boardId, field);
}

/** Counts the revision of a locked board on: before something of it changes, and only then. The log has no gaps. */
export const countOn = (tx: Transaction, { workspaceId, boardId }: Scope) =>
  tx.$executeRaw`UPDATE board SET revision = revision + 1
    WHERE workspace_id = ${workspaceId} AND id = ${boardId}`;

/** Deletes the items that a condition names, however many. It names their workspace too. */
export const deleteItemsOf = (tx: Transaction, condition: Prisma.Sql) =>
  inSteps(
    (atMost) => tx.$executeRaw`DELETE FROM item WHERE (workspace_id, id) IN (
      SELECT workspace_id, id FROM item WHERE ${condition} LIMIT ${atMost})`,
  );

/** Whether a row says all of that already. */
export const saysAlready = (row: object, data: object): boolean =>
  Object.entries(data).every(([key, value]) => row[key as keyof typeof row] === value);

/** Notes who writes, for the log, where there is no board to lock yet. */
export const noteWriter = (tx: Transaction, agentId: string) =>
  tx.$queryRaw`SELECT note_writer(${agentId})::text`;

export const boardNotFound = (id: string, field = 'boardId'): ApiError =>
  new ApiError('BOARD_NOT_FOUND', `Board '${id}' not found`, [{ field, message: 'not found' }]);

export const columnNotFound = (id: string, field = 'columnId'): ApiError =>
  new ApiError('COLUMN_NOT_FOUND', `Column '${id}' not found in board`, [
    { field, message: 'not found in board' },
  ]);

export const columnNameNotFound = (name: string, field = 'columnName'): ApiError =>
  new ApiError('COLUMN_NOT_FOUND', `Column with name '${name}' not found in board`, [
    { field, message: 'not found in board' },
  ]);

export const itemNotFound = (id: string, field = 'id'): ApiError =>
  new ApiError('ITEM_NOT_FOUND', `Item '${id}' not found`, [{ field, message: 'not found' }]);

export const contactNotFound = (id: string, field = 'contactId'): ApiError =>
  new ApiError('CONTACT_NOT_FOUND', `Contact '${id}' not found`, [{ field, message: 'not found' }]);

/** A column's name as people mean it: without regard to case and outer spaces. */
export const foldedName = (name: string): string => name.trim().toLowerCase();

/** The chosen column of a board, by name the first of several; undefined where none was chosen. Throws COLUMN_NOT_FOUND. */
export function chooseColumn(
  columns: readonly Column[],
  { id, name }: ColumnChoice,
): Column | undefined {
  const named = (column: Column) => name == null || foldedName(column.name) === foldedName(name);
  const byId = id == null ? undefined : columns.find((column) => column.id === id);
  if (id != null && byId === undefined) throw columnNotFound(id, 'id');
  const byName = name == null ? undefined : columns.find(named);
  if (name != null && byName === undefined) throw columnNameNotFound(name, 'name');
  if (byId && !named(byId))
    throw new ApiError('VALIDATION_ERROR', 'The column id and the column name are of two columns', [
      { field: 'name', message: `is not the name of column '${byId.id}'` },
    ]);
  return byId ?? byName;
}

/** The columns of a board in the board's order. */
export const readColumns = (tx: Transaction, { workspaceId, boardId }: Scope): Promise<Column[]> =>
  tx.column.findMany({
    where: { workspaceId, boardId },
    orderBy: [{ position: 'asc' }, { id: 'asc' }],
  });
