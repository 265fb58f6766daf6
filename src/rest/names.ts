import type { ErrorContext } from '../errors.ts';
import type { ErrorPayload } from '../mask-error.ts';

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

/** The names of an endpoint's parameters, by the schema's names: `columnName` is `column_name`. */
export type ParameterNames = ReadonlyMap<string, string>;

/** A schema's name, like `contactId`, that is no part of a path or a quotation. */
const nameOrQuotation = /'[^']*'|(?<![.\w])[a-z]+[A-Z]\w*(?!\.?\w)/g;

/** The key of a value, or a path in an element of a list: what follows has no other names in REST. */
const prefixPattern = /^values(?=\.)|^.*?\.\d+(?=\.)/;

/** The name of a field in REST. */
function restNameOf(field: string, names: ParameterNames): string {
  const [prefix = ''] = prefixPattern.exec(field) ?? [];
  const list = names.get(prefix);
  if (list !== undefined) return list + field.slice(prefix.length);
  return names.get(field) ?? toSnakeCase(field);
}

/** Renames the fields of the schema, in the details and in the messages. */
export function withRestNames(names: ParameterNames, error: ErrorPayload): ErrorPayload {
  const renamed = (text: string) =>
    text.replace(nameOrQuotation, (word) => names.get(word) ?? word);
  const details = error.details.map(({ field, message }) => ({
    field: restNameOf(field, names),
    message: renamed(message),
  }));
  const [first] = error.details;
  if (first === undefined || !error.message.startsWith(`${first.field} `))
    return { ...error, message: renamed(error.message), details };
  const rest = error.message.slice(first.field.length);
  return { ...error, message: details[0]?.field + renamed(rest), details };
}
