import type { ErrorContext } from '../errors.ts';

/** The REST name of a schema field: `columnId` is `column_id`. The keys inside `values` are the client's own. */
export function toSnakeCase(name: string): string {
  const [path = '', ...key] = name.split(/(?<=(?:^|\.)values)(?=\.)/);
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) + key.join('');
}

/** The schema's name of a REST name: `column_id` is `columnId`. */
export const toCamelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** An error's context with REST names: the lists are lists of field names, the objects are items. */
export const contextToSnakeCase = (context: ErrorContext): object =>
  Object.fromEntries(
    Object.entries(context).map(([name, value]) => [toSnakeCase(name), contextValue(value)]),
  );

function contextValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((field) => toSnakeCase(String(field)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [toSnakeCase(key), part]));
}
