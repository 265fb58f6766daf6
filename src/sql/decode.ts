import { Prisma } from '../generated/prisma/client.ts';
import { type Cells, parseTextArray } from '../postgres/client.ts';

const { sql } = Prisma;

type Cell = Cells[number] | undefined;

/** A cell of a column that is never null. */
export const toText = (cell: Cell): string => cell as string;

/** What a column of instants is read as: seconds, which look the same under any setting of the session. */
export const epochSeconds = (column: Prisma.Sql): Prisma.Sql => sql`date_part('epoch', ${column})`;

/** An instant; the columns hold milliseconds. */
export const toDate = (cell: Cell): Date => new Date(Math.round(Number(cell) * 1000));

/** A column that holds an array of texts. */
export const toTextArray = (cell: Cell): (string | null)[] => parseTextArray(toText(cell));

/** A column that holds JSON, or an array that was read as such. */
export const parseJson = (cell: Cell): unknown => (cell === '[]' ? [] : JSON.parse(toText(cell)));

interface Timed {
  createdAt: Date;
  updatedAt: Date;
}

/** A row that is one JSON object. JSON has no instants: they come as ISO 8601 text. */
export function timedRow<Row extends Timed>([cell]: Cells): Row {
  const row = parseJson(cell) as Row;
  return { ...row, createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) };
}
