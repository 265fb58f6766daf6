import type { Cells } from '../postgres/client.ts';
import { parseJson } from './decode.ts';

interface FieldName {
  /** In camel case. */
  name: string;
  isInstant: boolean;
}

/** Characters of the longest name that PostgreSQL gives a column. */
const maxColumnLength = 63;

/** The names of fields, by their columns. */
const fieldNames = new Map<string, FieldName>();

/** The schema's name of a column: `createdAt` for `created_at`. */
export function fieldNameOf(column: string): FieldName {
  const cached = fieldNames.get(column);
  if (cached !== undefined) return cached;
  const name = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const fieldName = { name, isInstant: name.endsWith('At') };
  // The keys of a JSON row are the names of columns, but also those of `values` in the change log, which may be long.
  if (fieldNames.size < 1000 && column.length <= maxColumnLength) fieldNames.set(column, fieldName);
  return fieldName;
}

/**
 * A row that PostgreSQL or stringifyRow wrote as JSON, as Prisma would return it. The keys are the names of columns or of
 * fields; times become Dates, and a board's revision a bigint.
 */
export function fromJson<Row>(json: object): Row {
  const row: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(json)) {
    const { name, isInstant } = fieldNameOf(column);
    if (isInstant && typeof value === 'string') row[name] = new Date(value);
    else row[name] = name === 'revision' ? BigInt(value) : value;
  }
  return row as Row;
}

/** A row that was selected as one JSON object. */
export const jsonRow = <Row>([cell]: Cells): Row => fromJson(parseJson(cell) as object);

/** A row as JSON, which has no bigint. */
export const stringifyRow = (row: unknown): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
