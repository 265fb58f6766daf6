import { stringify } from 'csv-stringify/sync';
import { ApiError } from '../../errors.ts';
import type { JsonObject } from '../../http/json-object.ts';

/** An item of an export: as REST returns it, with the name of its column. */
export interface ExportedItem {
  id: string;
  title: string;
  position: number;
  version: number;
  column_name: string | null;
  values: JsonObject;
  labels: readonly string[];
  contact: { name: string; email: string | null; phone: string | null } | null;
  created_at: string;
  updated_at: string;
}

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

/** The columns of CSV before those of the values. */
const fixed: readonly (readonly [string, (item: ExportedItem) => string])[] = [
  ['id', ({ id }) => id],
  ['title', ({ title }) => title],
  ['column_name', ({ column_name }) => column_name ?? ''],
  ['position', ({ position }) => String(position)],
  ['labels', ({ labels }) => labelsText(labels)],
  ['contact_name', ({ contact }) => contact?.name ?? ''],
  ['contact_email', ({ contact }) => contact?.email ?? ''],
  ['contact_phone', ({ contact }) => contact?.phone ?? ''],
  ['version', ({ version }) => String(version)],
  ['created_at', ({ created_at }) => created_at],
  ['updated_at', ({ updated_at }) => updated_at],
];

/** `a, b`, or JSON where a label has a separator. */
const labelsText = (labels: readonly string[]): string =>
  labels.some((label) => /[,;[{]|^\s|\s$/.test(label)) ? JSON.stringify(labels) : labels.join(', ');

const cellText = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

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
      ...fixed.map(([, cell]) => cell(item)),
      ...[...keys].map((key) => cellText(item.values[key])),
    ];
  };
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    begin({ valueKeys }) {
      keys = new Set(valueKeys);
      const header = [...fixed.map(([name]) => name), ...valueKeys.map((key) => `values.${key}`)];
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
