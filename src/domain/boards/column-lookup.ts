import { ApiError } from '../../errors.ts';
import type { Column } from '../../generated/prisma/client.ts';
import type { Transaction } from '../../postgres/client.ts';
import { columnNameNotFound, columnNotFound } from '../not-found.ts';
import type { BoardKey } from './lock.ts';

/** A stage of the board, by id or by name; both together must agree. */
export interface ColumnChoice {
  id?: string | null | undefined;
  name?: string | null | undefined;
}

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
export const readColumns = (
  tx: Transaction,
  { workspaceId, boardId }: BoardKey,
): Promise<Column[]> =>
  tx.column.findMany({
    where: { workspaceId, boardId },
    orderBy: [{ position: 'asc' }, { id: 'asc' }],
  });
