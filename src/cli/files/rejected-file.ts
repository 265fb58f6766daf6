import { appendFileSync, existsSync, rmSync, statSync, truncateSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import type { RejectedRow } from '../../transfer/import-rows.ts';
import type { CsvFormat } from '../../transfer/rows.ts';
import { writing } from './journal.ts';

/** The rows that were not imported, each with its line and the reason: a file that can be corrected and imported. */
export class RejectedFile {
  readonly path: string;
  readonly #csv: CsvFormat | undefined;

  /** The file has the form of the source: `csv`, or NDJSON. It goes on after the bytes that an earlier run has written. */
  constructor(path: string, { bytes, csv }: { bytes: number; csv: CsvFormat | undefined }) {
    this.path = path;
    this.#csv = csv;
    if (existsSync(path))
      writing(path, () => (bytes === 0 ? rmSync(path) : truncateSync(path, bytes)));
  }

  /** Its size, in bytes. */
  get bytes(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  add(rows: readonly RejectedRow[]): void {
    if (rows.length === 0) return;
    const text = this.#csv === undefined ? rows.map(toLine).join('') : this.#lines(this.#csv, rows);
    writing(this.path, () => appendFileSync(this.path, text));
  }

  #lines({ header, delimiter }: CsvFormat, rows: readonly RejectedRow[]): string {
    // A corrected file of rejected rows has these columns already.
    const isOwn = header.at(-2) === 'line' && header.at(-1) === 'reason';
    const names = isOwn ? header.slice(0, -2) : header;
    const lines = rows.map(({ line, reason, source }) => [
      ...source.slice(0, names.length),
      ...names.slice(source.length).map(() => ''),
      String(line),
      // All that a row has beyond its header.
      [reason, ...source.slice(header.length)].join(' | '),
    ]);
    const isNew = this.bytes === 0;
    const head = isNew ? [[...names, 'line', 'reason']] : [];
    // By a byte order mark Excel recognizes UTF-8.
    return stringify([...head, ...lines], { delimiter, bom: isNew });
  }
}

function toLine({ line, reason, source: [text = ''] }: RejectedRow): string {
  return `${JSON.stringify({ line, reason, item: objectOf(text) })}\n`;
}

/** The row of an export is inside of `item`. */
function objectOf(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    const { item } = Object(parsed) as { item?: unknown };
    return item ?? parsed;
  } catch {
    return text;
  }
}
