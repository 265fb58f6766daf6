/** One row of a file that is imported. */
export interface Row {
  /** The line on which it begins, from 1. */
  line: number;
  /** Its values by the names of the header, or the keys of its object. */
  cells: Readonly<Record<string, unknown>>;
  /** The row as it is in the file: the cells of a line of CSV, or the line of NDJSON. */
  source: readonly string[];
  /** Why the row cannot be read. */
  problem?: string;
}

/** The header of a CSV file, and its delimiter. */
export interface CsvFormat {
  header: readonly string[];
  delimiter: string;
}

/** The rows of a file. */
export interface Rows extends AsyncIterable<Row> {
  /** Undefined for NDJSON. */
  csv: CsvFormat | undefined;
}

/** The names of the cells of a file, as far as its beginning shows them, and its first rows; then all of its rows. */
export interface OpenedRows {
  header: readonly string[];
  first: readonly Row[];
  rows: AsyncIterable<Row>;
}

/** Reads the first rows, by default one. NDJSON is mapped by the keys of the first. */
export async function openRows(rows: Rows, count = 1): Promise<OpenedRows> {
  const iterator = rows[Symbol.asyncIterator]();
  const first: Row[] = [];
  while (first.length < count) {
    const { value, done } = await iterator.next();
    if (done) break;
    first.push(value);
  }
  async function* all(): AsyncGenerator<Row> {
    yield* first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { header: rows.csv?.header ?? Object.keys(first[0]?.cells ?? {}), first, rows: all() };
}

/** Characters of one row. */
export const maxRowLength = 1024 * 1024;
