import type { BoardState } from '../../support/board-state.ts';
import { modelOf, newIdOf, type Prediction, refused } from './model.ts';
import type { ColumnWrite } from './write.ts';

/** Whether a column has this name, ignoring case and outer spaces. */
const isTaken = (columns: readonly { name: string }[], name: string | undefined): boolean =>
  columns.some((other) => other.name.trim().toLowerCase() === name?.trim().toLowerCase());

export function predictColumn(board: BoardState, write: ColumnWrite): Prediction {
  const model = modelOf(board);
  const { columns } = model;
  const done: Prediction = { code: null, codes: [null], model };
  if (write.field === 'createColumn') {
    const { name, position = columns.length, wipLimit = null } = write.input;
    if (isTaken(columns, name)) return refused(board, 'NAME_TAKEN');
    columns.splice(Math.max(0, position), 0, { id: newIdOf(0), name, wipLimit, items: [] });
    return done;
  }
  const { id } = write.input;
  const at = columns.findIndex((column) => column.id === id);
  const [column] = at < 0 ? [] : columns.splice(at, 1);
  if (write.field === 'updateColumn') {
    if (column === undefined) return refused(board, 'COLUMN_NOT_FOUND');
    if (isTaken(columns, write.input.name)) return refused(board, 'NAME_TAKEN');
    const { name = column.name, position = at, wipLimit = column.wipLimit } = write.input;
    columns.splice(Math.max(0, position), 0, { ...column, name, wipLimit });
    return done;
  }
  const { moveItemsTo, deleteItems } = write.input;
  if (moveItemsTo !== undefined && deleteItems) return refused(board, 'VALIDATION_ERROR');
  if (column === undefined) return refused(board, 'COLUMN_NOT_FOUND');
  if (moveItemsTo === id) return refused(board, 'VALIDATION_ERROR');
  if (moveItemsTo !== undefined) {
    const target = columns.find((other) => other.id === moveItemsTo);
    if (target === undefined) return refused(board, 'COLUMN_NOT_FOUND');
    target.items.push(...column.items);
  } else if (column.items.length > 0 && !deleteItems) {
    return refused(board, 'COLUMN_IN_USE');
  }
  return done;
}
