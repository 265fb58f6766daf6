import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../http/json-object.ts';
import { cellText, type ExportedItem, fixedCells } from './exported-cells.ts';

/** The items of ids, as they are now; also those of other boards. */
export const presentDocument = `query presentItems($ids: [ID!]!) {
  data: nodes(ids: $ids) { ... on Item {
    id board_id: boardId version title position values labels column { id name } contact { id name email phone }
    created_at: createdAt updated_at: updatedAt
  } }
}`;

interface StoredItem extends Omit<ExportedItem, 'column_name'> {
  board_id: string;
  column: { id: string; name: string };
}

/** A result of the document: null or without fields where the id is not that of an item. */
export type PresentNode = StoredItem | { board_id?: undefined } | null;

/** An item that a row updates, as it is before that. */
export interface PresentItem extends ExportedItem {
  column_id: string;
}

/** The items of the board among the results. */
export const presentItems = (nodes: readonly PresentNode[], boardId: unknown): PresentItem[] =>
  nodes.flatMap((node) =>
    node?.board_id === undefined || node.board_id !== boardId
      ? []
      : [{ ...node, column_id: node.column.id, column_name: node.column.name }],
  );

/** An apostrophe that an export with `escape_formulas` has written. */
const apostrophe = /^'(?=[-=+@\t\r＝＋－＠])/;

/** True if a cell is a text as an export writes it. */
export const isText = (cell: unknown, text: string): boolean =>
  cell === text || (typeof cell === 'string' && cell.replace(apostrophe, '') === text);

/** True if a cell is what an export writes for a value that the item has: its text, or in NDJSON the value. */
export function hasValue({ values }: { values: JsonObject }, key: string, cell: unknown): boolean {
  if (!Object.hasOwn(values, key)) return false;
  return isText(cell, cellText(values[key])) || isDeepStrictEqual(cell, values[key]);
}

/** The same for another part of the item. */
export function hasPart(
  item: PresentItem,
  target: 'title' | 'column_name' | 'column_id' | 'labels',
  cell: unknown,
): boolean {
  const text = target === 'column_id' ? item.column_id : fixedCells[target](item);
  return isText(cell, text) || isDeepStrictEqual(cell, item[target]);
}
