import type { ApiError } from '../errors.ts';
import { wireName } from './envelope.ts';
import { isObject, nearest, refuse } from './search-body.ts';

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
  if (!Array.isArray(value)) throw refuse('operations', 'must be a list of {op, …}');
  return { operations: value.map(readOperation) };
}

function readOperation(operation: unknown, n: number): object {
  const place = `operations.${n}`;
  if (!isObject(operation)) throw refuse(place, 'must be an object with an op');
  const { op, ...said } = operation;
  const known = typeof op === 'string' && Object.hasOwn(fields, op) ? fields[op] : undefined;
  if (known === undefined)
    throw refuse(`${place}.op`, `must be one of ${Object.keys(fields).join(', ')}`);
  const read = Object.entries(said).map(([key, given]) => {
    const name = Object.hasOwn(known, key) ? known[key] : undefined;
    if (name !== undefined) return [name, given];
    const meant = nearest(key, Object.keys(known));
    const hint =
      meant === undefined ? `use ${Object.keys(known).join(', ')}` : `did you mean ${meant}?`;
    throw refuse(`${place}.${key}`, `is not known: ${hint}`);
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
  if (missing !== undefined) return refuse(`${place}.${wireName(missing)}`, 'is required');
  if (reason.startsWith('Int ')) return refuse(place, 'must be a whole number');
  if (/^(String|ID) /.test(reason)) return refuse(place, 'must be a string');
  return refuse(place, /must .*/s.exec(reason)?.[0] ?? 'must not be null');
}
