import { ApiError } from '../../errors.ts';
import type { Column } from '../../generated/prisma/client.ts';
import type { Transaction } from '../../postgres/client.ts';
import { foldedName } from '../../sql/fold.ts';
import { foldedNameOperand } from '../../sql/operand.ts';
import { columnNameNotFound, columnNotFound } from '../not-found.ts';
import type { BoardKey } from './lock.ts';

/** Names a column by id or by name. If both are given, they must name the same column. */
export interface ColumnReference {
  id?: string | null | undefined;
  name?: string | null | undefined;
}

/** The error of an id and a name of different columns. `field` is the input field that has the name. */
export const columnsDisagree = (id: string, field: string): ApiError =>
  new ApiError('VALIDATION_ERROR', 'The column id and the column name are of two columns', [
    { field, message: `is not the name of column '${id}'` },
  ]);

/** Finds a column; the first of several with one name; undefined without id and name. Throws COLUMN_NOT_FOUND, or VALIDATION_ERROR for a long name. */
export function findColumn(
  columns: readonly Column[],
  { id, name }: ColumnReference,
): Column | undefined {
  const folded = name == null ? undefined : foldedNameOperand('name', name);
  const hasName = (column: Column) => folded === undefined || foldedName(column.name) === folded;
  const byId = id == null ? undefined : columns.find((column) => column.id === id);
  if (id != null && byId === undefined) throw columnNotFound(id, 'id');
  const byName = name == null ? undefined : columns.find(hasName);
  if (name != null && byName === undefined) {
    const names = columns.map((column) => column.name);
    throw columnNameNotFound(name, 'name', names);
  }
  if (byId && !hasName(byId)) throw columnsDisagree(byId.id, 'name');
  return byId ?? byName;
}

/** The columns of a board, from left to right. */
export const readColumns = (
  tx: Transaction,
  { workspaceId, boardId }: BoardKey,
): Promise<Column[]> =>
  tx.column.findMany({
    where: { workspaceId, boardId },
    orderBy: [{ position: 'asc' }, { id: 'asc' }],
  });
