import { type BoardState, type ItemState, itemsIn } from '../support/board-state.ts';
import {
  type Choice,
  type ColumnWrite,
  type ItemsWrite,
  isOfColumn,
  type Operation,
  type Place,
  unknownContact,
  type Write,
} from './board-write.ts';

/** A board without what only the server decides: its columns from left to right, each with its items in order. */
export interface Model {
  columns: { id: string; name: string; wipLimit: number | null; items: ModelItem[] }[];
}

export type ModelItem = Omit<ItemState, 'columnId' | 'position' | 'version' | 'createdAt'>;

export const modelOf = (board: BoardState): Model => ({
  columns: board.columns.map(({ id, name, wipLimit }) => ({
    id,
    name,
    wipLimit,
    items: itemsIn(board, id).map(
      ({ columnId: _, position: __, version: ___, createdAt: ____, ...item }) => item,
    ),
  })),
});

/** What must come of a write: the error of all of it, or one code or null for each part; and the board. */
export interface Prediction {
  code: string | null;
  codes: (string | null)[];
  /** New items and columns have the ids `new 0`, `new 1`, … by the number of their operation. */
  model: Model;
}

const refused = (board: BoardState, code: string): Prediction => ({
  code,
  codes: [],
  model: modelOf(board),
});

export const newIdOf = (n: number): string => `new ${n}`;

/** What a write must come to on a board, where nobody else writes. */
export const predict = (board: BoardState, write: Write, agentId: string): Prediction =>
  isOfColumn(write) ? predictColumn(board, write) : predictItems(board, write, agentId);

/** A name that a column has already, without regard to case and outer spaces. */
const isTaken = (columns: readonly { name: string }[], name: string | undefined): boolean =>
  columns.some((other) => other.name.trim().toLowerCase() === name?.trim().toLowerCase());

function predictColumn(board: BoardState, write: ColumnWrite): Prediction {
  const model = modelOf(board);
  const { columns } = model;
  const done: Prediction = { code: null, codes: [null], model };
  if (write.field === 'createColumn') {
    const { name, position = columns.length, wipLimit = null } = write.input;
    if (isTaken(columns, name)) return refused(board, 'CONFLICT');
    columns.splice(Math.max(0, position), 0, { id: newIdOf(0), name, wipLimit, items: [] });
    return done;
  }
  const { id } = write.input;
  const at = columns.findIndex((column) => column.id === id);
  const [column] = at < 0 ? [] : columns.splice(at, 1);
  if (write.field === 'updateColumn') {
    if (column === undefined) return refused(board, 'COLUMN_NOT_FOUND');
    if (isTaken(columns, write.input.name)) return refused(board, 'CONFLICT');
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

/** An operation once it is known which item it means. */
interface Meant {
  n: number;
  operation: Operation;
  /** The item that it is about; undefined for a new one and for one that is not there. */
  item: ItemState | undefined;
  isNew: boolean;
  code: string | null;
}

function predictItems(board: BoardState, write: ItemsWrite, agentId: string): Prediction {
  const { operations, mode } = write;
  const isMove = write.field === 'moveItem' || write.field === 'moveItems';
  const place = write.place ?? (isMove ? { at: 'BOTTOM' as const } : undefined);
  const codes = refusalsOf(operations);
  const isAtomic = mode === 'ATOMIC';
  const firstOf = (all: (string | null)[]) => all.find((code) => code !== null);
  // Where nothing is left to ask the board about, it is not asked.
  const stop = isAtomic && codes.every((code) => code !== null) ? firstOf(codes) : undefined;
  if (stop != null) return refused(board, stop);
  const meant = meaningOf(board, operations, codes);
  const anchorId = place?.before ?? place?.after;
  const anchor = board.items.find(({ id }) => id === anchorId);
  if (anchorId !== undefined && !anchor) return refused(board, 'ITEM_NOT_FOUND');
  const [first] = meant;
  const home = anchor?.columnId ?? homeOf(board, place && first);
  for (const one of meant) codes[one.n] = faultOf(board, one, { meant, anchor, home });
  const fault = isAtomic ? firstOf(codes) : undefined;
  if (fault != null) return refused(board, fault);
  const done = meant.filter(({ n }) => codes[n] === null);
  const model = apply(board, done, { place, home, agentId });
  return { code: null, codes, model };
}

/** What can be refused without a look at the board. */
function refusalsOf(operations: readonly Operation[]): (string | null)[] {
  const matched = new Set<string>();
  return operations.map((operation) => {
    if (operation.op === 'delete') return null;
    if (operation.op === 'upsert') {
      const value = operation.values?.[operation.matchOn];
      const name = JSON.stringify([operation.matchOn, String(value)]);
      if (matched.has(name) || value == null) return 'VALIDATION_ERROR';
      matched.add(name);
    }
    return operation.title?.trim() === '' ? 'VALIDATION_ERROR' : null;
  });
}

function meaningOf(
  { items }: BoardState,
  operations: readonly Operation[],
  codes: readonly (string | null)[],
): Meant[] {
  return operations.flatMap((operation, n): Meant[] => {
    if (codes[n] !== null) return [];
    const { op } = operation;
    if (op === 'create') return [{ n, operation, item: undefined, isNew: true, code: null }];
    if (op !== 'upsert') {
      const item = items.find(({ id }) => id === operation.id);
      return [{ n, operation, item, isNew: false, code: item ? null : 'ITEM_NOT_FOUND' }];
    }
    const { matchOn } = operation;
    const value = String(operation.values?.[matchOn]);
    const found = items.filter(({ values }) => String(values[matchOn] ?? null) === value);
    const item = found.length === 1 ? found[0] : undefined;
    const isNew = found.length === 0;
    const unnamed = isNew && operation.title === undefined ? 'VALIDATION_ERROR' : null;
    return [{ n, operation, item, isNew, code: found.length > 1 ? 'CONFLICT' : unnamed }];
  });
}

/** The column that the place of a write is in, where no item says so. */
function homeOf(board: BoardState, first: Meant | undefined): string | undefined {
  if (first === undefined) return undefined;
  const chosen = first.operation.op === 'delete' ? undefined : choose(board, first.operation).id;
  return chosen ?? first.item?.columnId ?? board.columns[0]?.id;
}

const folded = (name: string): string => name.trim().toLowerCase();

function choose({ columns }: BoardState, { columnId, columnName }: Choice) {
  const byId = columns.find(({ id }) => id === columnId);
  if (columnId !== undefined && byId === undefined) return { code: 'COLUMN_NOT_FOUND' };
  if (columnName === undefined || (byId && folded(byId.name) === folded(columnName)))
    return { id: byId?.id };
  const byName = columns.find(({ name }) => folded(name) === folded(columnName));
  if (byName === undefined) return { code: 'COLUMN_NOT_FOUND' };
  return byId === undefined ? { id: byName.id } : { code: 'VALIDATION_ERROR' };
}

interface Circumstances {
  meant: readonly Meant[];
  anchor: ItemState | undefined;
  home: string | undefined;
}

function faultOf(board: BoardState, one: Meant, { meant, anchor, home }: Circumstances) {
  const { operation, item, code } = one;
  if (code === 'CONFLICT') return code;
  const id = item?.id ?? ('id' in operation ? operation.id : undefined);
  const idOf = (other: Meant) =>
    other.item?.id ?? ('id' in other.operation ? other.operation.id : undefined);
  if (id !== undefined && meant.filter((other) => idOf(other) === id).length > 1)
    return 'VALIDATION_ERROR';
  if (code !== null) return code;
  const expected = 'expectedVersion' in operation ? operation.expectedVersion : undefined;
  if (expected !== undefined && expected !== item?.version) return 'VERSION_CONFLICT';
  if (operation.op === 'delete') return null;
  const chosen = choose(board, operation);
  if (chosen.code) return chosen.code;
  if (anchor && anchor.id === id) return 'VALIDATION_ERROR';
  if (home && chosen.id && home !== chosen.id) return 'VALIDATION_ERROR';
  if (operation.contactId === unknownContact) return 'CONTACT_NOT_FOUND';
  if (!one.isNew || chosen.id || board.columns.length > 0) return null;
  return 'COLUMN_NOT_FOUND';
}

interface Where {
  place: Place | undefined;
  home: string | undefined;
  agentId: string;
}

function apply(board: BoardState, done: readonly Meant[], { place, home, agentId }: Where): Model {
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
    const chosen = choose(board, operation).id ?? item?.columnId ?? board.columns[0]?.id;
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
    const items = columnOf(home)?.items ?? [];
    const [only, ...others] = placed;
    const from = others.length > 0 ? undefined : board.items.find(({ id }) => id === only?.id);
    const height = from?.columnId === home ? from?.position : undefined;
    items.splice(indexOf(place, { board, items, height }), 0, ...placed);
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
    labels: change.labels ? [...new Set(change.labels)] : item.labels,
    contactId: change.contactId === undefined ? item.contactId : change.contactId,
    values: Object.fromEntries(values.filter(([, value]) => value !== null)),
  };
}

interface Around {
  board: BoardState;
  items: readonly ModelItem[];
  /** The position that the only item has in that column, if it comes from there. */
  height: number | undefined;
}

/** Where a place is among the items of a column that stay. */
function indexOf({ before, after, at, position }: Place, { board, items, height }: Around): number {
  if (before !== undefined) return items.findIndex(({ id }) => id === before);
  if (after !== undefined) return items.findIndex(({ id }) => id === after) + 1;
  if (position === undefined) return at === 'TOP' ? 0 : items.length;
  const positionOf = (id: string) => board.items.find((item) => item.id === id)?.position ?? 0;
  // Who goes down takes the place of the one that is there, which moves up.
  const isDown = height !== undefined && height < position;
  const last = isDown ? position : position - 1;
  return items.filter(({ id }) => positionOf(id) <= last).length;
}
