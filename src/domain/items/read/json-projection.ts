import { Prisma } from '../../../generated/prisma/client.ts';
import { jsonFields } from '../../../sql/columns.ts';
import { agentFields, contactFields, itemFields } from '../fields.ts';

const { sql, join } = Prisma;

/** One key of a JSON object. Its value is a constant (JSON text), a field of the row, or, with `below`, an object. */
export type ProjectedField =
  | { key: string; constant: string }
  | { key: string; field: string; below?: JsonProjection | undefined };

/** The keys, in order, of the JSON object that an item is read as. */
export type JsonProjection = readonly ProjectedField[];

type Fields = ReadonlyMap<string, Prisma.Sql>;

const ofItem = jsonFields('i', itemFields);

/** The fields of the rows that are joined to an item, by the item's field that holds them. */
const ofJoined: ReadonlyMap<string, Fields> = new Map([
  ['contact', jsonFields('contact', contactFields)],
  ['createdBy', jsonFields('agent', agentFields)],
]);

/** The statement of a larger shape would be too long to be prepared. */
const maxParts = 45;

const sizeOf = (shape: JsonProjection): number =>
  shape.reduce((sum, part) => sum + 1 + sizeOf(('below' in part && part.below) || []), 0);

/** True if PostgreSQL can write items in this shape; otherwise their rows are read. */
export const isProjectable = (shape: JsonProjection): boolean =>
  sizeOf(shape) <= maxParts && shape.every((part) => isIn(ofItem, part) || isJoined(part));

const isIn = (fields: Fields, part: ProjectedField): boolean =>
  'constant' in part || (part.below === undefined && fields.has(part.field));

function isJoined(part: ProjectedField): boolean {
  const fields = 'field' in part ? ofJoined.get(part.field) : undefined;
  return (
    fields !== undefined &&
    'below' in part &&
    part.below?.every((below) => isIn(fields, below)) === true
  );
}

/** A part of the JSON text: a constant, or an expression of the row. */
type Piece = string | Prisma.Sql;

/** Projections are built once for each query, and so are their columns. */
const columns = new WeakMap<JsonProjection, Prisma.Sql>();

/**
 * The column that items `i` of a shape are read as: one JSON text. The keys are parameters of the statement, so its text
 * is the same for all aliases that callers use.
 */
export function jsonColumn(shape: JsonProjection): Prisma.Sql {
  const column = columns.get(shape) ?? concat(objectOf(shape, itemPieces));
  columns.set(shape, column);
  return column;
}

const objectOf = (
  shape: JsonProjection,
  piecesOf: (part: ProjectedField) => readonly Piece[],
): Piece[] => ['{', ...shape.flatMap((part, n) => [keyText(part, n), ...piecesOf(part)]), '}'];

const keyText = ({ key }: ProjectedField, n: number): string =>
  `${n === 0 ? '' : ','}${JSON.stringify(key)}:`;

function itemPieces(part: ProjectedField): Piece[] {
  const fields = 'field' in part ? ofJoined.get(part.field) : undefined;
  if (fields === undefined || !('field' in part)) return [pieceOf(ofItem, part)];
  const pieces = objectOf(part.below ?? [], (below) => [pieceOf(fields, below)]);
  if (part.field !== 'contact') return pieces;
  return [sql`CASE WHEN contact.id IS NULL THEN 'null' ELSE ${concat(pieces)} END`];
}

const pieceOf = (fields: Fields, part: ProjectedField): Piece =>
  'constant' in part ? part.constant : (fields.get(part.field) ?? sql`NULL`);

/** Joins the pieces, none of which is NULL, in SQL; adjacent constants become one. */
function concat(pieces: readonly Piece[]): Prisma.Sql {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') merged.splice(-1, 1, last + piece);
    else merged.push(piece);
  }
  const texts = merged.map((piece) => (typeof piece === 'string' ? sql`${piece}::text` : piece));
  return join(texts, ' || ', '(', ')');
}
