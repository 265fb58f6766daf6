import { isJsonObject, type JsonObject } from '../http/json-object.ts';
import type { Mapping, Target } from './mapping.ts';
import { hasPart, hasValue, isText, type PresentItem } from './present-item.ts';
import type { Row } from './rows.ts';

/** Keys whose values are compared as phone numbers and e-mail addresses, not as they are written. */
const matchTypes: Readonly<Record<string, 'EMAIL' | 'PHONE'>> = { email: 'EMAIL', phone: 'PHONE' };

type Parts = ReadonlyMap<Target, unknown>;

/** The contact of an item, which is found by its e-mail address or phone number, or made. */
interface ContactInput {
  matchOn: 'EMAIL' | 'PHONE';
  name?: string;
  email?: string;
  phone?: string;
}

/** A change of the item of an id, if that still has the version. */
export interface ItemUpdate {
  id: unknown;
  expectedVersion?: unknown;
}

/** An operation of the mutation `writeItems`. */
export type ImportOperation =
  | { create: object }
  | { update: ItemUpdate }
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
function toContact(parts: Parts, item: PresentItem | undefined): ContactInput | undefined {
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
  const title = trimmed(parts.get('title') ?? item?.title);
  return {
    matchOn: fields.email === undefined ? 'PHONE' : 'EMAIL',
    ...fields,
    // A new contact needs a name, of at most 200 characters.
    ...(fields.name === undefined &&
      typeof title === 'string' && { name: [...title].slice(0, 200).join('') }),
  };
}

/** A version as a number; another text, which is refused, as it is. */
const toVersion = (cell: unknown): unknown => {
  const text = String(trimmed(cell));
  return /^\d{1,10}$/.test(text) ? Number(text) : cell;
};

/**
 * The contact that a row links. Its address decides; its id where it has none, or where it was surely edited: the item, which
 * has another contact, has not changed since the export.
 */
function toLink(
  parts: Parts,
  item: PresentItem | undefined,
): { contactId?: unknown; contact?: ContactInput } {
  const contactId = trimmed(parts.get('contact_id'));
  if (item === undefined && contactId !== undefined) return { contactId };
  const contact = toContact(parts, item);
  const isOtherId = contactId !== undefined && contactId !== item?.contact?.id;
  if (isOtherId && (contact === undefined || toVersion(parts.get('version')) === item?.version))
    return { contactId };
  if (contact === undefined || isLinked(item, contact)) return {};
  return { contact };
}

/** True if the item's contact has the address. */
const isLinked = (item: PresentItem | undefined, { matchOn, email, phone }: ContactInput) =>
  matchOn === 'EMAIL'
    ? isText(email, item?.contact?.email?.trim() ?? '')
    : isText(phone, item?.contact?.phone?.trim() ?? '');

export interface OperationOptions {
  mapping: Mapping;
  /** The key of values, or `id`, by which the item is found that a row updates. */
  match?: string | undefined;
  /** Reads the cells of columns that set nothing but values. */
  read: (cell: unknown) => unknown;
}

/**
 * The operation that writes a row. Empty cells set nothing. With `match`, it updates the item that has the same value under
 * that key, if there is one; or the item of the row's id, where a row without one is created. Cells that have what this
 * `item` has already set nothing either: the text of a number would replace the number.
 */
export function toOperation(
  row: Row,
  { mapping, match, read }: OperationOptions,
  item?: PresentItem,
): ImportOperation {
  const parts = new Map<Target, unknown>();
  const values: Record<string, unknown> = {};
  const setValue = (key: string, cell: unknown, value: unknown) => {
    if (item === undefined || !(hasValue(item, key, cell) || hasValue(item, key, value)))
      values[key] = value;
  };
  for (const [name, cell] of Object.entries(row.cells)) {
    if (isBlank(cell)) continue;
    const isValue = mapping.isValue(name);
    for (const target of mapping.targetsOf(name)) {
      const whole = target === 'values' ? parseJson(cell) : undefined;
      if (isJsonObject(whole))
        for (const [key, value] of Object.entries(whole)) setValue(key, value, value);
      else if (target.startsWith('values.'))
        setValue(target.slice('values.'.length), cell, parseJson(isValue ? read(cell) : cell));
      else parts.set(target, cell);
    }
  }
  const sets = (target: 'title' | 'column_name' | 'column_id' | 'labels') =>
    parts.has(target) && !(item && hasPart(item, target, parts.get(target)));
  const change = {
    ...(sets('title') && { title: trimmed(parts.get('title')) }),
    // The ids of an export are those of its board.
    ...(parts.has('column_name')
      ? sets('column_name') && { columnName: trimmed(parts.get('column_name')) }
      : sets('column_id') && { columnId: trimmed(parts.get('column_id')) }),
    ...(sets('labels') && { labels: toLabels(parts.get('labels')) }),
    ...(Object.keys(values).length > 0 && { values }),
    // Values that are no object are refused, with the row.
    ...(parts.has('values') && { values: parts.get('values') }),
    ...toLink(parts, item),
  };
  if (parts.has('id')) {
    const expectedVersion = parts.has('version') && {
      expectedVersion: toVersion(parts.get('version')),
    };
    return { update: { id: trimmed(parts.get('id')), ...expectedVersion, ...change } };
  }
  if (match === undefined || mapping.has('id')) return { create: change };
  const as = matchTypes[match];
  return { upsert: { matchOn: match, ...(as !== undefined && { as }), item: change } };
}
