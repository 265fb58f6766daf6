import { pipeline, Readable } from 'node:stream';
import { type CsvError, type Info, parse } from 'csv-parse';
import { type ApiError, counted, invalid } from '../errors.ts';
import { guessDelimiter, namedDelimiter } from './delimiter.ts';
import { maxRowLength, type Row, type Rows } from './rows.ts';

/** Characters from which the delimiter is guessed. */
const headLength = 64 * 1024;

interface ParsedLine {
  record: string[];
  info: Info;
}

/** The texts, and their beginning, which is read first. */
async function peek(texts: AsyncIterable<string>) {
  const iterator = texts[Symbol.asyncIterator]();
  let head = '';
  let isDone = false;
  while (head.length < headLength && !isDone) {
    const { value, done } = await iterator.next();
    if (done) isDone = true;
    else head += value;
  }
  async function* all(from: number): AsyncGenerator<string> {
    yield head.slice(from);
    if (!isDone) yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, all };
}

/** True for a file that is no text, like that of a spreadsheet program: a ZIP archive, or one with NULs in its first line. */
const isBinary = (head: string): boolean =>
  head.startsWith('PK\u0003\u0004') || head.split('\n', 1)[0]?.includes('\0') === true;

function toError({ code, message, lines }: CsvError): ApiError {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return invalid('The file', 'has a quote that is not closed');
  if (code === 'CSV_MAX_RECORD_SIZE')
    return invalid(
      'The file',
      `has a row of more than ${maxRowLength} characters at line ${lines}`,
    );
  return invalid('The file', `is not CSV: ${message}`);
}

const lineBreaks = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0);

const isEmpty = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');

function toRow({ record, info }: ParsedLine, header: readonly string[]): Row {
  const line = info.lines - lineBreaks(record);
  if (record.length !== header.length)
    return {
      line,
      cells: {},
      source: record,
      problem: `has ${counted(record.length, 'field')}, and the header has ${header.length}`,
    };
  const cells: Record<string, string> = {};
  for (const [n, name] of header.entries()) if (name !== '') cells[name] = record[n] ?? '';
  return { line, cells, source: record };
}

/** The first name that a header has twice; undefined for none. */
const repeatedIn = (header: readonly string[]): string | undefined =>
  header.find((name, n) => name !== '' && header.indexOf(name) < n);

const onlyLine =
  ', and the file has no other line. If curl sent it, use --data-binary: -d removes line breaks';

/**
 * Reads CSV (RFC 4180), whose first line is the header. The delimiter is guessed unless it is given. A row with another
 * number of fields has a problem. Throws VALIDATION_ERROR for a file that cannot be read on.
 */
export async function readCsv(texts: AsyncIterable<string>, delimiter?: string): Promise<Rows> {
  const { head, all } = await peek(texts);
  if (isBinary(head)) throw invalid('The file', 'is not a CSV file: save it as CSV');
  const named = namedDelimiter(head);
  const used = delimiter ?? named?.delimiter ?? guessDelimiter(head);
  const parser = parse({
    delimiter: used,
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxRowLength,
  });
  // The iteration below throws the errors of both.
  pipeline(Readable.from(all(named?.length ?? 0)), parser, () => {});
  const lines = (parser as AsyncIterable<ParsedLine>)[Symbol.asyncIterator]();
  const next = async (): Promise<ParsedLine | undefined> => {
    try {
      const { value, done } = await lines.next();
      return done ? undefined : value;
    } catch (error) {
      throw error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')
        ? toError(error as CsvError)
        : error;
    }
  };
  const first = await next();
  if (first === undefined) throw invalid('The file', 'is empty');
  // The key of a value may have outer white space.
  const header = first.record.map((name) => (name.startsWith('values.') ? name : name.trim()));
  const repeated = repeatedIn(header);
  if (repeated !== undefined) {
    const hint = (await next()) === undefined ? onlyLine : '';
    throw invalid('The header', `has '${repeated}' twice${hint}`);
  }
  async function* rows(): AsyncGenerator<Row> {
    try {
      for (let line = await next(); line !== undefined; line = await next())
        if (!isEmpty(line.record)) yield toRow(line, header);
    } finally {
      parser.destroy();
    }
  }
  return Object.assign(rows(), { csv: { header, delimiter: used } });
}
