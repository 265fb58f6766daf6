import { ApiError, invalid } from '../errors.ts';
import { unknownNameError } from './did-you-mean.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { maxReportedErrors, mergeErrors } from './merge-errors.ts';
import { parseMessage } from './parameter-error.ts';
import { toSnakeCase } from './snake-case.ts';

/** The REST names of an operation's fields, and their names in the schema. */
const change = {
  title: 'title',
  column_id: 'columnId',
  column_name: 'columnName',
  values: 'values',
  contact_id: 'contactId',
  labels: 'labels',
};
const existing = { id: 'id', expected_version: 'expectedVersion' };

const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  create: change,
  update: { ...existing, ...change },
  upsert: { match_on: 'matchOn', ...change },
  delete: existing,
};

/** Converts `[{op, …}]` to the schema's list of operations. Throws one VALIDATION_ERROR for all malformed operations. */
export function readOperations(value: unknown): JsonObject {
  if (!Array.isArray(value)) throw invalid('operations', 'must be a list of {op, …}');
  const errors: ApiError[] = [];
  const operations: object[] = [];
  for (const [index, operation] of value.entries()) {
    if (errors.length === maxReportedErrors) break;
    try {
      operations.push(readOperation(operation, `operations.${index}`));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw mergeErrors(errors);
  return { operations };
}

function readOperation(operation: unknown, path: string): object {
  if (!isJsonObject(operation)) throw invalid(path, 'must be an object with an op');
  const { op, ...values } = operation;
  const names = typeof op === 'string' && Object.hasOwn(fields, op) ? fields[op] : undefined;
  if (names === undefined)
    throw invalid(`${path}.op`, `must be one of ${Object.keys(fields).join(', ')}`);
  const entries = Object.entries(values).map(([key, value]) => {
    const name = Object.hasOwn(names, key) ? names[key] : undefined;
    if (name === undefined) throw unknownNameError(key, Object.keys(names), `${path}.`);
    return [name, value];
  });
  const { matchOn, ...item } = Object.fromEntries(entries);
  return { [String(op)]: op === 'upsert' ? { matchOn, item } : item };
}

/** An error of graphql-js about an operation, like `operations.0.title is required`; undefined for the list itself. */
export function toOperationError(message: string): ApiError | undefined {
  const { path, reason } = parseMessage(message);
  if (path === undefined) return undefined;
  // `operations.0.upsert.item.title` in the schema is `operations.0.title` in REST, beside `op`.
  const field = toSnakeCase(path.replace(/^(operations\.\d+)\.\w+(\.item\b)?/, '$1'));
  const missing = /^Field "(\w+)" of required type/.exec(reason)?.[1];
  if (missing !== undefined) return invalid(`${field}.${toSnakeCase(missing)}`, 'is required');
  if (reason.startsWith('Int ')) return invalid(field, 'must be a whole number');
  if (/^(String|ID) /.test(reason)) return invalid(field, 'must be a string');
  return invalid(field, /must .*/s.exec(reason)?.[0] ?? 'must not be null');
}
