import { stringify } from 'csv-stringify/sync';
import { ApiError } from '../../errors.ts';
import type { JsonObject } from '../../http/json-object.ts';
import { cellText, type ExportedItem, fixedCells } from '../../transfer/exported-cells.ts';

/** The board of an export. */
export interface ExportHead {
  board: JsonObject;
  /** The keys of its items' values. */
  valueKeys: readonly string[];
  revision: number;
  /** Where its log goes on from; null where it is empty. */
  cursor: string | null;
}

/** Writes the parts of a file. */
export interface FileFormat {
  contentType: string;
  extension: string;
  begin(head: ExportHead): string;
  items(items: readonly ExportedItem[]): string;
  end(summary: { items: number; revision: number }): string;
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

/** One line for the board, one for each item, and a last one, without which the file was cut off. */
export const ndjson: FileFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  begin: ({ board, revision, cursor }) => line({ board, revision, changes_after: cursor }),
  items: (items) => items.map((item) => line({ item })).join(''),
  end: (summary) => line({ end: summary }),
};

export interface CsvOptions {
  delimiter: string;
  hasMark: boolean;
  escapesFormulas: boolean;
}

/** CSV (RFC 4180): a header, and a line for each item, with a column for each key of the values. */
export function csv({ delimiter, hasMark, escapesFormulas }: CsvOptions): FileFormat {
  let keys: ReadonlySet<string> = new Set();
  const text = (rows: string[][]): string =>
    stringify(rows, {
      delimiter,
      record_delimiter: 'windows',
      // Any line break is quoted: most readers end a row at each.
      quote_record_delimiter: true,
      escape_formulas: escapesFormulas,
    });
  const toCells = (item: ExportedItem): string[] => {
    const unknown = Object.keys(item.values).find((key) => !keys.has(key));
    // The header has been sent, and leaving the value out would lose it.
    if (unknown !== undefined)
      throw new ApiError(
        'CONFLICT',
        `The values have the key '${unknown}', which the header does not have. Export again, or as ndjson.`,
      );
    return [
      ...Object.values(fixedCells).map((cell) => cell(item)),
      ...[...keys].map((key) => cellText(item.values[key])),
    ];
  };
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    begin({ valueKeys }) {
      keys = new Set(valueKeys);
      const header = [...Object.keys(fixedCells), ...valueKeys.map((key) => `values.${key}`)];
      return (hasMark ? '\ufeff' : '') + text([header]);
    },
    items: (items) => (items.length === 0 ? '' : text(items.map(toCells))),
    end: () => '',
  };
}

/** The name of a board as that of a file. */
export const fileName = (name: unknown, extension: string): string =>
  `${
    // By characters: a half of one cannot be encoded.
    [
      ...String(name)
        .replace(/[^\p{L}\p{N} ._-]+/gu, '')
        .trim(),
    ]
      .slice(0, 100)
      .join('')
      .trim() || 'board'
  }.${extension}`;
