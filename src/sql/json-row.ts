/** An instant as text: whole seconds where the fraction is zero, else milliseconds. */
export function toIsoString(instant: Date): string {
  const text = instant.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

interface Name {
  /** In camel case. */
  key: string;
  isInstant: boolean;
}

/** The names of columns, of which there are few. */
const names = new Map<string, Name>();

/** A column's name as the schema has it. */
export function fieldNameOf(column: string): Name {
  const known = names.get(column);
  if (known !== undefined) return known;
  const key = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const name = { key, isInstant: key.endsWith('At') };
  if (names.size < 1000) names.set(column, name);
  return name;
}

/**
 * A row that came as JSON, by its columns' names or by Prisma's, as Prisma would have read it: times are Dates, and
 * a board's revision is a bigint.
 */
export function fromJson<Row>(json: object): Row {
  const row: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(json)) {
    const { key, isInstant } = fieldNameOf(column);
    if (isInstant && typeof value === 'string') row[key] = new Date(value);
    else row[key] = key === 'revision' ? BigInt(value) : value;
  }
  return row as Row;
}

/** The other way: JSON knows no bigint. */
export const stringifyRow = (row: unknown): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
