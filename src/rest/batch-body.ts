import { ApiError, invalid } from '../errors.ts';
import { unknownKeyError } from './did-you-mean.ts';
import { wireName } from './envelope.ts';
import { maxErrors, mergeErrors } from './merge-errors.ts';
import { isObject } from './search-body.ts';

/** The fields of an operation as the wire and as the schema call them. */
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

/** `[{op, …}]` with the documented names of fields, as the schema's list of operations. */
export function readOperations(value: unknown): object {
  if (!Array.isArray(value)) throw invalid('operations', 'must be a list of {op, …}');
  const faults: ApiError[] = [];
  const operations = value.map((operation, n) => {
    try {
      return readOperation(operation, n);
    } catch (error) {
      if (!(error instanceof ApiError) || faults.length >= maxErrors) throw error;
      faults.push(error);
      return {};
    }
  });
  if (faults[0] !== undefined) throw mergeErrors(faults[0], faults);
  return { operations };
}

function readOperation(operation: unknown, n: number): object {
  const place = `operations.${n}`;
  if (!isObject(operation)) throw invalid(place, 'must be an object with an op');
  const { op, ...said } = operation;
  const known = typeof op === 'string' && Object.hasOwn(fields, op) ? fields[op] : undefined;
  if (known === undefined)
    throw invalid(`${place}.op`, `must be one of ${Object.keys(fields).join(', ')}`);
  const read = Object.entries(said).map(([key, given]) => {
    const name = Object.hasOwn(known, key) ? known[key] : undefined;
    if (name === undefined) throw unknownKeyError(key, Object.keys(known), `${place}.`);
    return [name, given];
  });
  const { matchOn, ...item } = Object.fromEntries(read);
  return { [String(op)]: op === 'upsert' ? { matchOn, item } : item };
}

/** An executor's complaint about a list of operations, in the words of the wire: `operations.0.title is required`. */
export function explainOperation(complaint: string): ApiError | undefined {
  const [, path, reason = ''] = / at "([^"]+)"; (.*)$/s.exec(complaint) ?? [];
  if (path === undefined) return undefined;
  const flat = path.replace(/\[(\d+)\]/g, '.$1');
  // The wire says `op`, where the schema has a level of its own.
  const place = wireName(flat.replace(/^(operations\.\d+)\.\w+(\.item\b)?/, '$1'));
  const missing = /^Field "(\w+)" of required type/.exec(reason)?.[1];
  if (missing !== undefined) return invalid(`${place}.${wireName(missing)}`, 'is required');
  if (reason.startsWith('Int ')) return invalid(place, 'must be a whole number');
  if (/^(String|ID) /.test(reason)) return invalid(place, 'must be a string');
  return invalid(place, /must .*/s.exec(reason)?.[0] ?? 'must not be null');
}
