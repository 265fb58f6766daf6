import type { BoardState } from '../../support/board-state.ts';
import type { ColumnChoice } from './write.ts';

const normalized = (name: string): string => name.trim().toLowerCase();

export function chooseColumn({ columns }: BoardState, { columnId, columnName }: ColumnChoice) {
  const byId = columns.find(({ id }) => id === columnId);
  if (columnId !== undefined && byId === undefined) return { code: 'COLUMN_NOT_FOUND' };
  if (columnName === undefined || (byId && normalized(byId.name) === normalized(columnName)))
    return { id: byId?.id };
  const byName = columns.find(({ name }) => normalized(name) === normalized(columnName));
  if (byName === undefined) return { code: 'COLUMN_NOT_FOUND' };
  return byId === undefined ? { id: byName.id } : { code: 'VALIDATION_ERROR' };
}
