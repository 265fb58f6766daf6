import { Prisma } from '../generated/prisma/client.ts';
import type { Cells } from '../postgres/client.ts';
import { epochSeconds, parseJson, toDate } from './decode.ts';

const { sql, join, raw } = Prisma;

interface ColumnType {
  /** Selects a column as a text cell that is the same under any setting of the session. */
  select: (column: Prisma.Sql) => Prisma.Sql;
  decode: (cell: string) => unknown;
  /** A column's JSON text, in SQL. */
  json: (column: Prisma.Sql) => Prisma.Sql;
}

const asIs = (column: Prisma.Sql): Prisma.Sql => column;
const asJson = (column: Prisma.Sql): Prisma.Sql => sql`to_json(${column})::text`;
const asText = (column: Prisma.Sql): Prisma.Sql => sql`${column}::text`;

const columnTypes = {
  text: { select: asIs, decode: String, json: asJson },
  integer: { select: asIs, decode: Number, json: asText },
  // With the spaces and the order of keys that PostgreSQL writes, which have no meaning in JSON.
  json: { select: asIs, decode: parseJson, json: asText },
  textArray: { select: asJson, decode: parseJson, json: asJson },
  instant: {
    select: epochSeconds,
    decode: toDate,
    // As the schema's DateTime. The database's clock set it, so its year has four digits. PostgreSQL's JSON omits zeros at
    // the end: one more microsecond keeps all digits of the milliseconds.
    json: (column) =>
      sql`replace(left(to_json((${column} AT TIME ZONE 'UTC') + interval '1 us')::text, 24) || 'Z"', '.000Z', 'Z')`,
  },
} satisfies Record<string, ColumnType>;

/** A column of a table. */
export interface TableColumn {
  type: keyof typeof columnTypes;
  isNullable?: true;
}

/** Columns of a table by the names of their fields: `created_at` is the column of `createdAt`. */
export type Columns = Readonly<Record<string, TableColumn>>;

/** The column of a field: `created_at` for `createdAt`. */
export const columnNameOf = (field: string): string =>
  field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const reference = (table: string, field: string): Prisma.Sql =>
  raw(`${table}."${columnNameOf(field)}"`);

/** One list of columns as one piece of text: statements that contain it are put together faster. */
const columnList = (columns: readonly Prisma.Sql[]): Prisma.Sql => raw(join([...columns]).sql);

/** The columns of a table by its alias, as they are stored. */
export const storedColumns = (table: string, columns: Columns): Prisma.Sql =>
  columnList(Object.keys(columns).map((field) => reference(table, field)));

/** How rows of a table are read as cells: the list to select, its length, and the row of its cells. */
export interface RowReader {
  select: Prisma.Sql;
  width: number;
  /** The fields of a row whose first cell is the one at `start`. */
  read: (cells: Cells, start: number) => Record<string, unknown>;
}

/** Reads rows of the table with this alias. */
export function rowReader(table: string, columns: Columns): RowReader {
  const fields = Object.entries(columns).map(([name, { type }]) => ({
    name,
    ...columnTypes[type],
  }));
  return {
    select: columnList(fields.map(({ name, select }) => select(reference(table, name)))),
    width: fields.length,
    read(cells, start) {
      const row: Record<string, unknown> = {};
      let n = start;
      for (const { name, decode } of fields) {
        const cell = cells[n++] ?? null;
        row[name] = cell === null ? null : decode(cell);
      }
      return row;
    },
  };
}

/** Each field's JSON text, in SQL, by the field's name. */
export const jsonFields = (table: string, columns: Columns): ReadonlyMap<string, Prisma.Sql> =>
  new Map(
    Object.entries(columns).map(([field, { type, isNullable }]) => {
      const json = columnTypes[type].json(reference(table, field));
      return [field, isNullable ? sql`coalesce(${json}, 'null')` : json];
    }),
  );
