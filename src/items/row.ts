/** An instant as text: whole seconds where the fraction is zero, else milliseconds. */
export function isoText(instant: Date): string {
  const text = instant.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

const toCamel = (key: string): string =>
  key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The names of columns, of which there are few, in camel case. */
const known = new Map<string, string>();

function camel(key: string): string {
  const found = known.get(key) ?? toCamel(key);
  if (known.size < 1000) known.set(key, found);
  return found;
}

/**
 * A row that came as JSON, by its columns' names or by Prisma's, as Prisma would have read it: times are Dates, and
 * a board's revision is a bigint.
 */
export function fromJson<Row>(json: object): Row {
  const entries = Object.entries(json).map(([column, value]) => {
    const key = camel(column);
    if (key.endsWith('At') && typeof value === 'string') return [key, new Date(value)];
    return [key, key === 'revision' ? BigInt(value) : value];
  });
  return Object.fromEntries(entries) as Row;
}

/** The other way: JSON knows no bigint. */
export const toJson = (row: unknown): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
