import { invalid } from '../../../errors.ts';
import { newId } from '../../../ids.ts';
import { checkValues, splitChange, type Values } from './values.ts';

/** What an item can be given. Undefined: not said. `contactId` null: no contact. */
export interface ItemChange {
  /** The column, by id or by name; both together must agree. */
  columnId?: string | null | undefined;
  columnName?: string | null | undefined;
  title?: string | null | undefined;
  values?: Values | null | undefined;
  labels?: readonly string[] | null | undefined;
  contactId?: string | null | undefined;
}

/** The version that an item must still have. */
export interface Expectation {
  expectedVersion?: number | null | undefined;
}

/** One thing to do to one item of a board. An upsert updates the item that has the same value, or makes one. */
export type ItemOperation =
  | ({ op: 'create'; title: string } & ItemChange)
  | ({ op: 'update'; id: string } & ItemChange & Expectation)
  | ({ op: 'upsert'; matchOn: string } & ItemChange)
  | ({ op: 'delete'; id: string } & Expectation);

const maxTitle = 500;
const maxLabels = 50;
const maxLabel = 100;
const maxMatch = 1000;

function checkTitle(title: string): void {
  if (title.trim() === '') throw invalid('title', 'must not be empty');
  if (title.length > maxTitle && [...title].length > maxTitle)
    throw invalid('title', `must not be longer than ${maxTitle} characters`);
}

function checkLabels(labels: readonly string[]): void {
  if (labels.length > maxLabels) throw invalid('labels', `must not be more than ${maxLabels}`);
  for (const label of labels) {
    if (label.trim() === '') throw invalid('labels', 'must not have an empty label');
    if ([...label].length > maxLabel)
      throw invalid('labels', `must not be longer than ${maxLabel} characters each`);
  }
}

function checkChange(change: ItemChange & Pick<ItemOperation, 'op'>): void {
  for (const field of ['title', 'values', 'labels'] as const) {
    const hint = change.op === 'create' ? '' : ' to keep it';
    if (change[field] === null) throw invalid(field, `must not be null; leave it out${hint}`);
  }
  if (change.title != null) checkTitle(change.title);
  if (change.labels != null) checkLabels(change.labels);
  if (change.values != null) checkValues(change.values);
}

/** Whether a text is what JavaScript writes for a number that JSON can hold. */
const isPlainNumber = (text: string): boolean =>
  Number.isFinite(Number(text)) && String(Number(text)) === text;

/**
 * The values that an item may have to be the one that an upsert means. A number and a text that writes it the same
 * way are the same, as they are to a filter.
 */
function matchesOf(key: string, values: Values | null | undefined): object[] {
  const value = values?.[key];
  const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
  if (value === undefined || !isScalar || value === '')
    throw invalid(
      'values',
      `must have the key '${key}' to match on, with a text, a number or a boolean`,
    );
  if (String(value).length > maxMatch)
    throw invalid('values', `must not match on a text longer than ${maxMatch} characters`);
  const twin =
    typeof value === 'number'
      ? String(value)
      : typeof value === 'string' && isPlainNumber(value)
        ? Number(value)
        : value;
  return [{ [key]: value }, { [key]: twin }];
}

/**
 * An operation as the database's apply_operations takes it, numbered `n`. Throws VALIDATION_ERROR for what can be refused
 * without the database.
 */
export function encodeOperation(operation: ItemOperation, n: number): object {
  if (operation.op === 'delete') {
    const { op, id, expectedVersion } = operation;
    return { n, op, id, expectedVersion };
  }
  checkChange(operation);
  const { title, values, labels, contactId, columnId, columnName } = operation;
  const { set, removed } = splitChange(values ?? {});
  const isNew = operation.op !== 'update';
  return {
    n,
    op: operation.op,
    ...(operation.op === 'update' && {
      id: operation.id,
      expectedVersion: operation.expectedVersion,
    }),
    ...(operation.op === 'upsert' && { match: matchesOf(operation.matchOn, values) }),
    ...(isNew && { newId: newId('item') }),
    title,
    ...(values != null && { set, removed }),
    ...(labels != null && { labels: [...new Set(labels)] }),
    ...(contactId !== undefined && { hasContact: true, contactId }),
    columnId,
    columnName,
  };
}

/** The names of what an operation says, as the schema spells them; with a place, also where the item goes. */
export function fieldsOfOperation(operation: ItemOperation, isPlaced: boolean): string[] {
  if (operation.op === 'delete') return [];
  const { title, values, labels, contactId, columnId, columnName } = operation;
  return [
    ...(title == null ? [] : ['title']),
    ...Object.keys(values ?? {}).map((key) => `values.${key}`),
    ...(labels == null ? [] : ['labels']),
    ...(contactId === undefined ? [] : ['contactId']),
    ...(columnId != null || columnName != null || isPlaced ? ['columnId', 'position'] : []),
  ];
}
