import { isDeepStrictEqual } from 'node:util';
import { type BoardState, type ItemState, itemsIn } from '../../support/board-state.ts';

/** A board without the values that the server assigns: columns from left to right, each with its items in order. */
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

/** The board that a model describes, with the versions that its changes give. */
export function stateAfter(board: BoardState, { columns }: Model): BoardState {
  const items = columns.flatMap((column) =>
    column.items.map((item, position): ItemState => {
      const was = board.items.find(({ id }) => id === item.id);
      const place = { columnId: column.id, position };
      if (was === undefined) return { ...item, ...place, version: 1, createdAt: '' };
      const { columnId, position: _, version, createdAt, ...old } = was;
      const isSame = columnId === column.id && isDeepStrictEqual(old, item);
      return { ...item, ...place, createdAt, version: version + (isSame ? 0 : 1) };
    }),
  );
  return { ...board, items };
}

/** The expected result of a write: its error code, the code of each operation, and the board. */
export interface Prediction {
  code: string | null;
  codes: (string | null)[];
  /** New items and columns have the ids `new 0`, `new 1`, …: the index of their operation. */
  model: Model;
}

export const refused = (board: BoardState, code: string): Prediction => ({
  code,
  codes: [],
  model: modelOf(board),
});

export const newIdOf = (n: number): string => `new ${n}`;
