import { isJsonObject, type JsonObject } from '../http/json-object.ts';
import type { Mapping, Target } from './mapping.ts';
import type { Row } from './rows.ts';

/** Keys whose values are compared as phone numbers and e-mail addresses, not as they are written. */
const matchTypes: Readonly<Record<string, 'EMAIL' | 'PHONE'>> = { email: 'EMAIL', phone: 'PHONE' };

/** The contact of an item, which is found by its e-mail address or phone number, or made. */
interface ContactInput {
  matchOn: 'EMAIL' | 'PHONE';
  name?: string;
  email?: string;
  phone?: string;
}

/** An operation of the mutation `writeItems`. */
export type ImportOperation =
  | { create: object }
  | { update: { id: unknown } }
  | { upsert: { matchOn: string; as?: string; item: object } };

const isBlank = (cell: unknown): boolean =>
  cell === null || cell === undefined || (typeof cell === 'string' && cell.trim() === '');

const trimmed = (cell: unknown): unknown => (typeof cell === 'string' ? cell.trim() : cell);

/** Text of CSV that is a JSON object or list; a list of labels, and a value that is none. */
function parseJson(cell: unknown): unknown {
  if (typeof cell !== 'string' || !/^\s*[[{]/.test(cell)) return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}

function toLabels(cell: unknown): unknown {
  const parsed = parseJson(cell);
  if (typeof parsed !== 'string') return parsed;
  const separator = parsed.includes(';') ? ';' : ',';
  return parsed
    .split(separator)
    .map((label) => label.trim())
    .filter((label) => label !== '');
}

/** Reads a cell as the targets of its column take it. */
export function readCell(
  name: string,
  cell: unknown,
  { mapping, read }: OperationOptions,
): unknown {
  if (isBlank(cell)) return '';
  if (mapping.targetsOf(name).includes('labels')) return toLabels(cell);
  if (mapping.isValue(name)) return parseJson(read(cell));
  return trimmed(cell);
}

/** The input of the contact; undefined for a row without an address of one. A text is its name. */
function toContact(parts: ReadonlyMap<Target, unknown>): ContactInput | undefined {
  const given = parseJson(parts.get('contact'));
  const object: JsonObject = isJsonObject(given) ? given : { name: given };
  const text = (target: Target, name: string): { [name: string]: string } => {
    const cell = trimmed(parts.get(target) ?? object[name]);
    return isBlank(cell) ? {} : { [name]: String(cell) };
  };
  const fields: Omit<ContactInput, 'matchOn'> = {
    ...text('contact_name', 'name'),
    ...text('contact_email', 'email'),
    ...text('contact_phone', 'phone'),
  };
  if (fields.email === undefined && fields.phone === undefined) return undefined;
  const title = trimmed(parts.get('title'));
  return {
    matchOn: fields.email === undefined ? 'PHONE' : 'EMAIL',
    ...fields,
    // A new contact needs a name, of at most 200 characters.
    ...(fields.name === undefined &&
      typeof title === 'string' && { name: [...title].slice(0, 200).join('') }),
  };
}

export interface OperationOptions {
  mapping: Mapping;
  /** The key of values, or `id`, by which the item is found that a row updates. */
  match?: string | undefined;
  /** Reads the cells of columns that set nothing but values. */
  read: (cell: unknown) => unknown;
}

/**
 * The operation that writes a row. Empty cells set nothing. With `match`, it updates the item that has the same value under
 * that key, if there is one; or the item of the row's id, where a row without one is created.
 */
export function toOperation(row: Row, { mapping, match, read }: OperationOptions): ImportOperation {
  const parts = new Map<Target, unknown>();
  const values: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(row.cells)) {
    if (isBlank(cell)) continue;
    const isValue = mapping.isValue(name);
    for (const target of mapping.targetsOf(name)) {
      const whole = target === 'values' ? parseJson(cell) : undefined;
      if (isJsonObject(whole)) Object.assign(values, whole);
      else if (target.startsWith('values.'))
        values[target.slice('values.'.length)] = parseJson(isValue ? read(cell) : cell);
      else parts.set(target, cell);
    }
  }
  const columnName = parts.get('column_name');
  const contact = parts.has('contact_id') ? undefined : toContact(parts);
  const item = {
    ...(parts.has('title') && { title: trimmed(parts.get('title')) }),
    // The ids of an export are those of its board.
    ...(columnName !== undefined
      ? { columnName: trimmed(columnName) }
      : parts.has('column_id') && { columnId: trimmed(parts.get('column_id')) }),
    ...(parts.has('labels') && { labels: toLabels(parts.get('labels')) }),
    ...(parts.has('contact_id') && { contactId: trimmed(parts.get('contact_id')) }),
    ...(Object.keys(values).length > 0 && { values }),
    // Values that are no object are refused, with the row.
    ...(parts.has('values') && { values: parts.get('values') }),
    ...(contact !== undefined && { contact }),
  };
  if (parts.has('id')) return { update: { id: trimmed(parts.get('id')), ...item } };
  if (match === undefined || mapping.has('id')) return { create: item };
  const as = matchTypes[match];
  return { upsert: { matchOn: match, ...(as !== undefined && { as }), item } };
}
