import { ApiError, type ErrorDetail, invalid } from '../../../errors.ts';
import { toIsoString } from '../../../limits/iso-8601.ts';
import { fieldNameOf, fromJson } from '../../../sql/json-row.ts';
import { columnsDisagree } from '../../boards/column-lookup.ts';
import {
  boardNotFound,
  columnNameNotFound,
  columnNotFound,
  contactNotFound,
  itemNotFound,
} from '../../not-found.ts';
import type { IdempotencyError } from '../../transaction.ts';
import { fieldsOfOperation, type ItemOperation } from './operation.ts';

/** Why apply_operations refused an operation. */
type OperationError =
  | 'BOARD_NOT_FOUND'
  | 'ITEM_NOT_FOUND'
  | 'CONTACT_NOT_FOUND'
  | 'CONTACT_MATCHES_SEVERAL'
  | 'NO_CONTACT_NAME'
  | 'VERSION_CONFLICT'
  | 'MATCHES_SEVERAL'
  | 'NAMED_TWICE'
  | 'NO_COLUMN'
  | 'NO_TITLE'
  | 'PLACED_BY_ITSELF'
  | 'PLACED_ELSEWHERE'
  | 'TOO_BIG'
  | 'columnId'
  | 'columnName'
  | 'disagree';

/** Why write_items refused an operation, or a whole batch. */
export type WriteError = OperationError | IdempotencyError;

/** A result of write_items, where it failed. */
export interface FailedRow {
  fault?: WriteError | undefined;
  /** The id or name that is wrong, and the field that it was given in. */
  value?: string | null;
  field?: string;
  id?: string | null;
  item?: object;
  contact?: object | null;
  createdBy?: object;
  /** The field that names the item's place in its column, if the request has one. */
  placedBy?: string | undefined;
  /** The fields that changed since the expected version, as the change log names them; null where it does not reach back. */
  changed?: string[] | null;
}

type Explain = (
  row: FailedRow & { value: string },
  operation: ItemOperation | undefined,
) => ApiError;

const explanations: Record<OperationError, Explain> = {
  BOARD_NOT_FOUND: ({ value }) => boardNotFound(value),
  ITEM_NOT_FOUND: ({ value, field, id }) => itemNotFound(id ?? value, field),
  CONTACT_NOT_FOUND: ({ value }) => contactNotFound(value),
  CONTACT_MATCHES_SEVERAL: (_, operation) =>
    new ApiError(
      'AMBIGUOUS_MATCH',
      `Several contacts have this ${matchedField(operation)}. Merge them, or name one of them by contactId instead.`,
      [{ field: `contact.${matchedField(operation)}`, message: 'is not of one contact' }],
    ),
  NO_CONTACT_NAME: (_, operation) =>
    invalid('contact.name', `is required, for no contact has this ${matchedField(operation)} yet`),
  VERSION_CONFLICT: versionConflict,
  MATCHES_SEVERAL: (_, operation) =>
    new ApiError(
      'AMBIGUOUS_MATCH',
      'Several items have this value. Name one of them by its id instead.',
      [
        {
          field: operation?.op === 'upsert' ? `values.${operation.matchOn}` : 'values',
          message: 'is not of one item',
        },
      ],
    ),
  NAMED_TWICE: () => invalid('id', 'must not be named twice in one batch'),
  NO_COLUMN: () =>
    new ApiError('COLUMN_NOT_FOUND', 'The board has no column yet. Create one first.'),
  NO_TITLE: () => invalid('title', 'is required, for no item has this value yet'),
  PLACED_BY_ITSELF: ({ placedBy }) =>
    invalid(placedBy ?? 'before', 'must name an item that is not moved itself'),
  PLACED_ELSEWHERE: (_, operation) =>
    invalid(
      operation && 'columnName' in operation && operation.columnName != null
        ? 'columnName'
        : 'columnId',
      'is not the column of the item that the place is named by',
    ),
  TOO_BIG: () => invalid('values', 'must not be over 64 KiB'),
  columnId: ({ value }) => columnNotFound(value),
  columnName: ({ value }) => columnNameNotFound(value),
  disagree: (_, operation) =>
    columnsDisagree(
      String(operation && 'columnId' in operation ? operation.columnId : ''),
      'columnName',
    ),
};

/** The field by which the operation's contact is found. */
const matchedField = (operation: ItemOperation | undefined): string =>
  operation && 'contact' in operation && operation.contact?.matchOn === 'PHONE' ? 'phone' : 'email';

/** The error of an operation or a batch that write_items refused. */
export function toApiError(row: FailedRow, operation: ItemOperation | undefined): ApiError {
  const explain = explanations[row.fault as OperationError];
  return explain({ ...row, value: row.value ?? '' }, operation);
}

/** The item changed since the caller read it. The error's context holds the item, and the fields that changed. */
function versionConflict(row: FailedRow, operation: ItemOperation | undefined): ApiError {
  const { item = {}, contact, createdBy, changed = [], placedBy } = row;
  const {
    workspaceId: _,
    contactId: __,
    createdById: ___,
    ...current
  } = fromJson<Record<string, unknown>>(item);
  const changedFields = changed?.map(fieldOf) ?? null;
  const requestedFields =
    operation === undefined ? [] : fieldsOfOperation(operation, placedBy !== undefined);
  const shown = Object.entries(current).map(([key, value]) => [
    key,
    value instanceof Date ? toIsoString(value) : value,
  ]);
  const expected = operation && 'expectedVersion' in operation ? operation.expectedVersion : null;
  const reason = describeConflict(Number(expected), Number(current.version));
  return new ApiError(
    'VERSION_CONFLICT',
    `${reason}: it is at version ${current.version}. Look at it and try again.`,
    [{ field: 'expectedVersion', message: `is not the current version, ${current.version}` }],
  ).withContext({
    current: {
      ...Object.fromEntries(shown),
      contact: person(contact),
      createdBy: person(createdBy),
    },
    changedFields,
    conflictingFields: changedFields?.filter((field) => requestedFields.includes(field)) ?? null,
  });
}

/** Versions begin at 1. The ETag of another item is a version below. */
const describeConflict = (expected: number, current: number): string =>
  expected < 1
    ? 'The item has never had the expected version'
    : expected > current
      ? `The item has never had version ${expected}`
      : 'The item has changed meanwhile';

/** A field's name in the schema by its name in the change log: a column's, or `values.<key>`. */
export const fieldOf = (name: string): string =>
  name.startsWith('values.') ? name : fieldNameOf(name).name;

function person(row: object | null | undefined): object | null {
  if (!row) return null;
  const { id, name, phone, email } = fromJson<Record<string, unknown>>(row);
  return phone === undefined ? { id, name } : { id, name, phone, email };
}

/** The details of an error of one operation of a batch: each field begins with the operation's index. */
const detailsOf = ({ message, details }: ApiError, index: number): ErrorDetail[] =>
  details.length === 0
    ? [{ field: String(index), message }]
    : details.map((detail) => ({ field: `${index}.${detail.field}`, message: detail.message }));

/** Throws one error that names every result of an atomic batch that failed, if any did. */
export function checkAtomic(results: readonly { index: number; error: ApiError | null }[]): void {
  const failures = results.flatMap(({ error, index }) => (error ? [{ error, index }] : []));
  const [first] = failures;
  if (first === undefined) return;
  const { error, index } = first;
  throw new ApiError(
    error.code,
    `Nothing was written: ${failures.length} of ${results.length} cannot be done. The first, at index ${index}: ${error.message}`,
    failures.flatMap((failure) => detailsOf(failure.error, failure.index)),
  ).withContext(error.context);
}
