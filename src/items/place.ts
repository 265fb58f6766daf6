import type { Transaction } from '../database/open.ts';
import { ApiError } from '../errors.ts';
import type { Column, Prisma } from '../generated/prisma/client.ts';
import { inSteps } from './attempt.ts';

/** Who does it, and where. */
export interface Scope {
  workspaceId: string;
  boardId: string;
}

/** A stage, by id or by name; both together must agree. */
export interface ColumnChoice {
  columnId?: string | null | undefined;
  columnName?: string | null | undefined;
}

/**
 * Takes the board's lock for the rest of the transaction and notes who writes. Every change to a board, its items or
 * its columns does this first, so that changes of one board happen one after the other. Throws BOARD_NOT_FOUND.
 */
export async function lockBoard(
  tx: Transaction,
  { workspaceId, boardId }: Scope,
  agentId: string,
): Promise<void> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    SELECT lock_board(${workspaceId}, ${boardId}, ${agentId}) AS found`;
  if (!row?.found) throw boardNotFound(boardId);
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
  tx.$queryRaw`SELECT set_config('items.agent', ${agentId}, TRUE)`;

export const boardNotFound = (id: string): ApiError =>
  new ApiError('BOARD_NOT_FOUND', `Board '${id}' not found`, [
    { field: 'boardId', message: 'not found' },
  ]);

export const columnNotFound = (id: string): ApiError =>
  new ApiError('COLUMN_NOT_FOUND', `Column '${id}' not found in board`, [
    { field: 'columnId', message: 'not found in board' },
  ]);

export const columnNameNotFound = (name: string): ApiError =>
  new ApiError('COLUMN_NOT_FOUND', `Column with name '${name}' not found in board`, [
    { field: 'columnName', message: 'not found in board' },
  ]);

export const itemNotFound = (id: string, field = 'id'): ApiError =>
  new ApiError('ITEM_NOT_FOUND', `Item '${id}' not found`, [{ field, message: 'not found' }]);

export const contactNotFound = (id: string): ApiError =>
  new ApiError('CONTACT_NOT_FOUND', `Contact '${id}' not found`, [
    { field: 'contactId', message: 'not found' },
  ]);

const folded = (name: string): string => name.trim().toLowerCase();

/** The column that has the name, without regard to case and outer spaces; the first of several. */
const columnNamed = <C extends Pick<Column, 'name'>>(columns: readonly C[], name: string) =>
  columns.find((column) => folded(column.name) === folded(name));

/** The chosen column of a board; undefined where none was chosen. Throws COLUMN_NOT_FOUND. */
export function chooseColumn(columns: readonly Column[], choice: ColumnChoice): Column | undefined {
  const { columnId, columnName } = choice;
  const byId = columnId == null ? undefined : columns.find(({ id }) => id === columnId);
  if (columnId != null && byId === undefined) throw columnNotFound(columnId);
  const byName = columnName == null ? undefined : columnNamed(columns, columnName);
  if (columnName != null && byName === undefined) throw columnNameNotFound(columnName);
  if (byId && byName && byId.id !== byName.id) {
    const isSameName = folded(byId.name) === folded(byName.name);
    if (!isSameName) {
      throw new ApiError(
        'VALIDATION_ERROR',
        'The column id and the column name are of two columns',
        [{ field: 'columnName', message: `is not the name of column '${byId.id}'` }],
      );
    }
  }
  return byId ?? byName;
}

/** The columns of a board in the board's order. */
export const readColumns = (tx: Transaction, { workspaceId, boardId }: Scope): Promise<Column[]> =>
  tx.column.findMany({
    where: { workspaceId, boardId },
    orderBy: [{ position: 'asc' }, { id: 'asc' }],
  });
