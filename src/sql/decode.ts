import { Prisma } from '../generated/prisma/client.ts';
import { type Cells, parseTextArray } from '../postgres/client.ts';

const { sql } = Prisma;

type Cell = Cells[number] | undefined;

/** A cell of a column that is never null. */
export const toText = (cell: Cell): string => cell as string;

/** Selects a column of times as seconds since 1970, a text that is the same under any setting of the session. */
export const epochSeconds = (column: Prisma.Sql): Prisma.Sql => sql`date_part('epoch', ${column})`;

/** A time that was selected by epochSeconds; the columns hold milliseconds. */
export const toDate = (cell: Cell): Date => new Date(Math.round(Number(cell) * 1000));

/** A cell of a text[] column. */
export const toTextArray = (cell: Cell): (string | null)[] => parseTextArray(toText(cell));

/** A cell of a JSON column, or of an array that was selected as JSON. */
export const parseJson = (cell: Cell): unknown => (cell === '[]' ? [] : JSON.parse(toText(cell)));
