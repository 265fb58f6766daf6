import type { ErrorDetail } from '../errors.ts';
import type { ErrorPayload } from '../mask-error.ts';
import { toSnakeCase } from './snake-case.ts';

/** The names of an endpoint's parameters, by the schema's names: `columnName` is `column_name`. */
export type ParameterNames = ReadonlyMap<string, string>;

/** A schema's name, like `contactId`, that is no part of a path or a quotation. */
const nameOrQuotation = /'[^']*'|(?<![.\w])[a-z]+[A-Z]\w*(?!\.?\w)/g;

/** Renames the fields of the schema, in the details and in the messages. */
export function withRestNames(names: ParameterNames, error: ErrorPayload): ErrorPayload {
  const [first] = error.details;
  const name = first && names.get(first.field);
  const isAboutField = name !== undefined && error.message.startsWith(`${first?.field} `);
  const renamed = (text: string) =>
    text.replace(nameOrQuotation, (word) => names.get(word) ?? word);
  const rename = ({ field, message }: ErrorDetail): ErrorDetail => ({
    field: names.get(field) ?? toSnakeCase(field),
    message: renamed(message),
  });
  const rest = isAboutField ? error.message.slice(first?.field.length) : error.message;
  return {
    ...error,
    message: (isAboutField ? name : '') + renamed(rest),
    details: error.details.map(rename),
  };
}
