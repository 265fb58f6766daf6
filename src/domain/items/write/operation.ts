import { invalid } from '../../../errors.ts';
import type { Item } from '../../../generated/prisma/client.ts';
import { newId } from '../../../ids.ts';
import { columnNameOf } from '../../../sql/columns.ts';
import { checkedOperand } from '../../../sql/operand.ts';
import { type MatchedContact, matchContactOfItem } from '../../contacts/match-contact.ts';
import { Checks } from '../../validation.ts';
import { type WritableField, writableFields } from '../fields.ts';
import { encodeMatch, type Match } from './match.ts';
import { splitChange, type Values } from './values.ts';

/** New values of an item's fields; an undefined one is left alone. Values are merged by key, and a null removes its key. */
type FieldChanges = {
  [Name in Exclude<WritableField, 'values'>]?: Readonly<Item[Name]> | null | undefined;
} & { values?: Values | null | undefined };

/** A change of an item's fields, or of its column. */
export interface ItemChange extends FieldChanges {
  /** The column, by id or by name; both together must agree. */
  columnId?: string | null | undefined;
  columnName?: string | null | undefined;
  /** Instead of a contact's id. A contact that is found stays as it is. */
  contact?: MatchedContact | null | undefined;
}

/** The version that an item must still have. */
export interface Expectation {
  expectedVersion?: number | null | undefined;
}

/** One write of one item of a board. An upsert updates the item that has the same value, or creates one. */
export type ItemOperation =
  | ({ op: 'create' } & ItemChange)
  | ({ op: 'update'; id: string } & ItemChange & Expectation)
  | ({ op: 'upsert' } & Match & ItemChange)
  | ({ op: 'delete'; id: string } & Expectation);

type FieldsOperation = Exclude<ItemOperation, { op: 'delete' }>;

/** The fields that a change sets, checked, as they are stored. */
function prepareFields(
  change: FieldsOperation,
  checks: Checks,
): Partial<Record<WritableField, unknown>> {
  const isCreate = change.op === 'create';
  const prepared: Partial<Record<WritableField, unknown>> = {};
  for (const [name, { isNullable, prepare }] of writableFields) {
    const value = change[name];
    checks.run(() => {
      if (name === 'title' && isCreate && value == null) throw invalid(name, 'is required');
      if (value === undefined) return;
      if (value === null && !isNullable)
        throw invalid(name, `must not be null; leave it out${isCreate ? '' : ' to keep it'}`);
      // The field's row pairs its check with its type.
      prepared[name] = value === null ? null : (prepare?.(value as never) ?? value);
    });
  }
  return prepared;
}

/**
 * An operation as the database's apply_operations takes it, numbered `n`: with `fields` by their columns. Throws one
 * VALIDATION_ERROR for all that can be refused without the database.
 */
export function encodeOperation(operation: ItemOperation, n: number): object {
  if (operation.op === 'delete') {
    const { op, id, expectedVersion } = operation;
    return { n, op, id, expectedVersion };
  }
  const checks = new Checks();
  const { values, ...fields } = prepareFields(operation, checks);
  const match =
    operation.op === 'upsert' && checks.run(() => encodeMatch(operation, operation.values));
  const { columnName } = operation;
  if (columnName != null) checks.run(() => checkedOperand('columnName', columnName));
  const contact = operation.contact !== undefined && checks.run(() => encodeContact(operation));
  checks.end();
  return {
    n,
    op: operation.op,
    ...(operation.op === 'update' && {
      id: operation.id,
      expectedVersion: operation.expectedVersion,
    }),
    ...(match && { match }),
    ...(operation.op !== 'update' && { newId: newId('item') }),
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [columnNameOf(name), value]),
    ),
    ...(values !== undefined && splitChange(values as Values)),
    columnId: operation.columnId,
    columnName,
    ...(contact && { contact }),
  };
}

function encodeContact({ contact, contactId }: FieldsOperation): object {
  if (contact == null)
    throw invalid('contact', 'must not be null; leave it out, or set contactId to null');
  if (contactId !== undefined) throw invalid('contact', 'cannot be given together with contactId');
  return matchContactOfItem(contact);
}

/** The fields that an operation sets, by their names in the schema; `isPlaced` where it also sets the position. */
export function fieldsOfOperation(operation: ItemOperation, isPlaced: boolean): string[] {
  if (operation.op === 'delete') return [];
  const { values, contact, columnId, columnName } = operation;
  const isMoved = columnId != null || columnName != null || isPlaced;
  return [
    ...writableFields
      .map(([name]) => name)
      .filter((name) => name !== 'values' && operation[name] !== undefined),
    ...(contact == null ? [] : ['contactId']),
    ...Object.keys(values ?? {}).map((key) => `values.${key}`),
    ...(isMoved ? ['columnId', 'position'] : []),
  ];
}
