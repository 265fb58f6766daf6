import { Prisma } from '../../../generated/prisma/client.ts';

const { sql, join } = Prisma;

/** One field of an object as an answer holds it: under a key, a text that is always the same or what the row has. */
export type ProjectedField =
  | { key: string; always: string }
  | { key: string; field: string; below?: JsonProjection | undefined };

/** What is selected of an object, in the order of the answer. */
export type JsonProjection = readonly ProjectedField[];

const text = (column: Prisma.Sql): Prisma.Sql => sql`to_json(${column})`;
const textOrNull = (column: Prisma.Sql): Prisma.Sql => sql`coalesce(to_json(${column}), 'null')`;

/** An instant as the schema writes it. The database's own clock made it, so its year has four digits. */
const instant = (column: Prisma.Sql): Prisma.Sql =>
  sql`replace(to_char(${column} AT TIME ZONE 'UTC', '\\"YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\\"'), '.000Z', 'Z')`;

type Fields = ReadonlyMap<string, Prisma.Sql>;
const fieldsOf = (fields: Record<string, Prisma.Sql>): Fields => new Map(Object.entries(fields));

/** The fields of an item `i` as PostgreSQL writes them; all but the `values` as JSON.stringify would. */
const itemFields = fieldsOf({
  id: text(sql`i.id`),
  boardId: text(sql`i.board_id`),
  columnId: text(sql`i.column_id`),
  title: text(sql`i.title`),
  position: sql`i.position`,
  // With PostgreSQL's spaces and its order of keys, which mean nothing in JSON.
  values: sql`i."values"`,
  labels: text(sql`i.labels`),
  conversationIds: text(sql`i.conversation_ids`),
  version: sql`i.version`,
  createdAt: instant(sql`i.created_at`),
  updatedAt: instant(sql`i.updated_at`),
});

/** Of what is fetched along with it. */
const alongFields: Readonly<Record<'contact' | 'createdBy', Fields>> = {
  contact: fieldsOf({
    id: text(sql`contact.id`),
    name: text(sql`contact.name`),
    phone: textOrNull(sql`contact.phone`),
    email: textOrNull(sql`contact.email`),
    createdAt: instant(sql`contact.created_at`),
    updatedAt: instant(sql`contact.updated_at`),
  }),
  createdBy: fieldsOf({ id: text(sql`agent.id`), name: text(sql`agent.name`) }),
};

const isAlong = (field: string): field is keyof typeof alongFields =>
  Object.hasOwn(alongFields, field);

/** PostgreSQL takes no more arguments of one call than 100; each part is up to two. */
const maxParts = 45;

const sizeOf = (shape: JsonProjection): number =>
  shape.reduce((sum, part) => sum + 1 + sizeOf(('below' in part && part.below) || []), 0);

/** True for a shape that items can be read in; any other takes their rows. */
export const isProjectable = (shape: JsonProjection): boolean =>
  sizeOf(shape) <= maxParts &&
  shape.every((part) => hasField(itemFields, part) || isAlongPart(part));

const hasField = (fields: Fields, part: ProjectedField): boolean =>
  'always' in part || (part.below === undefined && fields.has(part.field));

const isAlongPart = (part: ProjectedField): boolean =>
  'field' in part &&
  isAlong(part.field) &&
  part.below?.every((below) => hasField(alongFields[part.field as never], below)) === true;

/** A text that stands between what rows have, or an expression. */
type Piece = string | Prisma.Sql;

/**
 * The column that items `i` of a shape are read as: one text. The keys are parameters of the statement, which so is the
 * same for all names that callers give.
 */
export function jsonColumn(shape: JsonProjection): Prisma.Sql {
  const known = columnOf.get(shape) ?? concat(objectOf(shape, piecesOf));
  columnOf.set(shape, known);
  return known;
}

/** Shapes are made once for a query, and so their columns are. */
const columnOf = new WeakMap<JsonProjection, Prisma.Sql>();

const objectOf = (
  shape: JsonProjection,
  piecesOf: (part: ProjectedField) => readonly Piece[],
): Piece[] => ['{', ...shape.flatMap((part, n) => [headOf(part, n), ...piecesOf(part)]), '}'];

const headOf = ({ key }: ProjectedField, n: number): string =>
  `${n === 0 ? '' : ','}${JSON.stringify(key)}:`;

function piecesOf(part: ProjectedField): Piece[] {
  if ('field' in part && isAlong(part.field)) {
    const pieces = objectOf(part.below ?? [], (below) => [
      pieceOf(alongFields[part.field as never], below),
    ]);
    if (part.field === 'createdBy') return pieces;
    return [sql`CASE WHEN contact.id IS NULL THEN 'null' ELSE ${concat(pieces)} END`];
  }
  return [pieceOf(itemFields, part)];
}

const pieceOf = (fields: Fields, part: ProjectedField): Piece =>
  'always' in part ? part.always : (fields.get(part.field) ?? sql`NULL`);

/** Texts that stand side by side become one. */
function concat(pieces: readonly Piece[]): Prisma.Sql {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') merged.splice(-1, 1, last + piece);
    else merged.push(piece);
  }
  const all = merged.map((piece) => (typeof piece === 'string' ? sql`${piece}::text` : piece));
  return sql`concat(${join(all)})`;
}
