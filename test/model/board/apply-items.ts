import type { BoardState } from '../../support/board-state.ts';
import { chooseColumn } from './choose-column.ts';
import { type Model, type ModelItem, modelOf, newIdOf } from './model.ts';
import type { ResolvedOperation } from './resolve-operations.ts';
import type { Operation, Place } from './write.ts';

interface Placement {
  place: Place | undefined;
  targetColumnId: string | undefined;
  agentId: string;
}

export function apply(
  board: BoardState,
  done: readonly ResolvedOperation[],
  { place, targetColumnId, agentId }: Placement,
): Model {
  const model = modelOf(board);
  const columnOf = (id: string | undefined) => model.columns.find((column) => column.id === id);
  const takeOut = (id: string) => {
    for (const column of model.columns) column.items = column.items.filter((it) => it.id !== id);
  };
  const placed: ModelItem[] = [];
  for (const { n, operation, item } of done) {
    if (operation.op === 'delete') {
      takeOut(operation.id);
      continue;
    }
    const chosen = chooseColumn(board, operation).id ?? item?.columnId ?? board.columns[0]?.id;
    const old = model.columns.flatMap(({ items }) => items).find(({ id }) => id === item?.id);
    const next = changed(old ?? blank(newIdOf(n), agentId), operation);
    if (place) {
      takeOut(next.id);
      placed.push(next);
    } else if (chosen === item?.columnId) {
      const column = columnOf(chosen);
      if (column) column.items = column.items.map((it) => (it.id === next.id ? next : it));
    } else {
      takeOut(next.id);
      columnOf(chosen)?.items.push(next);
    }
  }
  if (place) {
    const items = columnOf(targetColumnId)?.items ?? [];
    const [only, ...others] = placed;
    const from = others.length > 0 ? undefined : board.items.find(({ id }) => id === only?.id);
    const oldPosition = from?.columnId === targetColumnId ? from?.position : undefined;
    items.splice(indexOf(place, { board, items, oldPosition }), 0, ...placed);
  }
  return model;
}

const blank = (id: string, createdById: string): ModelItem => ({
  id,
  title: '',
  values: {},
  labels: [],
  contactId: null,
  createdById,
});

function changed(item: ModelItem, change: Operation): ModelItem {
  if (change.op === 'delete') return item;
  const values = Object.entries({ ...item.values, ...change.values });
  return {
    ...item,
    title: change.title ?? item.title,
    labels: change.labels ? [...new Set(change.labels.map((label) => label.trim()))] : item.labels,
    contactId: change.contactId === undefined ? item.contactId : change.contactId,
    values: Object.fromEntries(values.filter(([, value]) => value !== null)),
  };
}

interface ColumnItems {
  board: BoardState;
  items: readonly ModelItem[];
  /** The position of a single item that moves within the column. */
  oldPosition: number | undefined;
}

/** The index of a place among the other items of a column. */
function indexOf(
  { before, after, at, position }: Place,
  { board, items, oldPosition }: ColumnItems,
): number {
  if (before !== undefined) return items.findIndex(({ id }) => id === before);
  if (after !== undefined) return items.findIndex(({ id }) => id === after) + 1;
  if (position === undefined) return at === 'TOP' ? 0 : items.length;
  const positionOf = (id: string) => board.items.find((item) => item.id === id)?.position ?? 0;
  // An item that moves down takes the place of the one there, which moves up.
  const isDown = oldPosition !== undefined && oldPosition < position;
  const last = isDown ? position : position - 1;
  return items.filter(({ id }) => positionOf(id) <= last).length;
}
