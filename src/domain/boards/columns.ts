import { ApiError, counted, invalid } from '../../errors.ts';
import { type Column, Prisma } from '../../generated/prisma/client.ts';
import { newId } from '../../ids.ts';
import type { Transaction } from '../../postgres/client.ts';
import { foldedName } from '../../sql/fold.ts';
import { changeItems } from '../items/write/many.ts';
import { columnNotFound } from '../not-found.ts';
import { transact, type WriteContext } from '../transaction.ts';
import { checkText, isUnchanged, withoutNulls } from '../validation.ts';
import { readColumns } from './column-lookup.ts';
import { type BoardKey, changeBoard, lockBoard } from './lock.ts';

const { sql } = Prisma;

/** The maximum number of columns of a board. They are read with every list of its items. */
export const maxColumns = 100;

export interface ColumnFields {
  name?: string | null | undefined;
  color?: string | null | undefined;
  /** Null removes the limit. */
  wipLimit?: number | null | undefined;
  autoArchiveDays?: number | null | undefined;
}

/** Throws VALIDATION_ERROR for a color that does not look like `#2F6FD6`; undefined and null pass. */
export function checkColor(color: string | null | undefined): void {
  if (color != null && !/^#[0-9A-Fa-f]{6}$/.test(color))
    throw invalid('color', 'must look like #2F6FD6');
}

/** Throws VALIDATION_ERROR for fields that cannot be stored. */
export function checkColumn(fields: ColumnFields): void {
  checkText('name', fields.name, { max: 200 });
  checkColor(fields.color);
  for (const field of ['wipLimit', 'autoArchiveDays'] as const) {
    if ((fields[field] ?? 1) < 1) throw invalid(field, 'must be 1 or more, or null for none');
  }
}

/** Throws NAME_TAKEN if another column has the name: clients address columns by name. */
export function checkName(others: readonly ColumnFields[], name: string | null | undefined): void {
  const folded = foldedName(name ?? '');
  const isTaken = (other: ColumnFields) => foldedName(other.name ?? '') === folded;
  if (name != null && others.some(isTaken))
    throw new ApiError('NAME_TAKEN', `The board already has a column named '${name}'.`, [
      { field: 'name', message: 'is the name of another column of the board' },
    ]);
}

/** The ids of the columns after one of them moves to a position among the others, from 0. */
function orderAfterMove(columns: readonly Column[], id: string, position: number): string[] {
  const ids = columns.map((column) => column.id).filter((other) => other !== id);
  ids.splice(Math.max(0, position), 0, id);
  return ids;
}

/** Sets the positions of all columns of a board to this order, from 0. */
const saveOrder = (tx: Transaction, { workspaceId, boardId }: BoardKey, ids: string[]) =>
  tx.$executeRaw`UPDATE board_column c SET position = place.n - 1
    FROM unnest(${ids}::text[]) WITH ORDINALITY AS place (id, n)
    WHERE c.workspace_id = ${workspaceId} AND c.board_id = ${boardId}
      AND c.id = place.id AND c.position <> place.n - 1`;

/** Adds a column, by default at the end. Throws BOARD_NOT_FOUND, or VALIDATION_ERROR if the board is full. */
export function createColumn(
  write: WriteContext,
  {
    boardId,
    position,
    ...fields
  }: ColumnFields & { boardId: string; name: string; position?: number | null | undefined },
): Promise<Column> {
  checkColumn(fields);
  const { workspaceId, agentId } = write;
  const scope = { workspaceId, boardId };
  const work = async (tx: Transaction) => {
    await lockBoard(tx, scope);
    const columns = await readColumns(tx, scope);
    if (columns.length >= maxColumns)
      throw invalid(
        'boardId',
        `names a board that has ${maxColumns} columns, which is the maximum`,
      );
    checkName(columns, fields.name);
    const id = newId('col');
    const data = { ...withoutNulls(fields), name: fields.name, ...scope, id };
    return changeBoard(tx, { ...scope, agentId }, async () => {
      await tx.column.create({ data: { ...data, position: columns.length } });
      if (position != null) await saveOrder(tx, scope, orderAfterMove(columns, id, position));
      return tx.column.findUniqueOrThrow({ where: { workspaceId_id: { workspaceId, id } } });
    });
  };
  return transact(write, { queue: boardId, logId: boardId, work });
}

/** Locks the board of a column, and reads its columns. Throws COLUMN_NOT_FOUND. */
async function lockBoardOf(tx: Transaction, workspaceId: string, id: string) {
  const found = await tx.column.findUnique({ where: { workspaceId_id: { workspaceId, id } } });
  if (found === null) throw columnNotFound(id, 'id');
  const scope: BoardKey = { workspaceId, boardId: found.boardId };
  await lockBoard(tx, scope);
  const columns = await readColumns(tx, scope);
  // It may have been deleted before the board was locked.
  const column = columns.find((other) => other.id === id);
  if (column === undefined) throw columnNotFound(id, 'id');
  return { scope, column, columns };
}

/** Updates the given fields; `position` moves the column. Throws COLUMN_NOT_FOUND. */
export function updateColumn(
  write: WriteContext,
  { id, position, ...fields }: ColumnFields & { id: string; position?: number | null | undefined },
): Promise<Column> {
  checkColumn(fields);
  const { workspaceId, agentId } = write;
  const work = async (tx: Transaction) => {
    const { scope, column, columns } = await lockBoardOf(tx, workspaceId, id);
    checkName(
      columns.filter((other) => other.id !== id),
      fields.name,
    );
    const order = orderAfterMove(columns, id, position ?? columns.indexOf(column));
    const { wipLimit, autoArchiveDays } = fields;
    const data = {
      ...withoutNulls(fields),
      ...(wipLimit === null && { wipLimit }),
      ...(autoArchiveDays === null && { autoArchiveDays }),
    };
    const isInPlace = order.every((other, n) => columns[n]?.id === other);
    if (isInPlace && isUnchanged(column, data)) return column;
    return changeBoard(tx, { ...scope, agentId }, async () => {
      await saveOrder(tx, scope, order);
      return tx.column.update({
        where: { workspaceId_id: { workspaceId, id } },
        data: { ...data, updatedAt: new Date() },
      });
    });
  };
  return transact(write, { queue: id, work });
}

/**
 * Deletes a column. Its items move to the end of the column `moveItemsTo`, or are deleted with `deleteItems`. Throws
 * COLUMN_IN_USE if it has items and neither is set.
 */
export function deleteColumn(
  write: WriteContext,
  input: {
    id: string;
    moveItemsTo?: string | null | undefined;
    deleteItems?: boolean | null | undefined;
  },
): Promise<string[]> {
  const { id, moveItemsTo, deleteItems } = input;
  if (moveItemsTo != null && deleteItems)
    throw invalid('moveItemsTo', 'cannot be given together with deleteItems');
  const { workspaceId, agentId } = write;
  const work = async (tx: Transaction) => {
    const { scope, column, columns } = await lockBoardOf(tx, workspaceId, id);
    if (moveItemsTo === id) throw invalid('moveItemsTo', 'must be another column');
    if (moveItemsTo != null && !columns.some((other) => other.id === moveItemsTo))
      throw columnNotFound(moveItemsTo, 'moveItemsTo');
    if (moveItemsTo == null && !deleteItems && column.itemsCount > 0) {
      throw new ApiError(
        'COLUMN_IN_USE',
        `The column still has ${counted(column.itemsCount, 'item')}. Set moveItemsTo: "<another column>" or deleteItems: true.`,
      ).withContext({ itemsCount: column.itemsCount });
    }
    const others = columns.filter((other) => other.id !== id).map((other) => other.id);
    await changeBoard(tx, { ...scope, agentId }, async () => {
      await changeItems(tx, write, {
        boardId: scope.boardId,
        where: sql`column_id = ${id} ORDER BY position, id`,
        operation: moveItemsTo == null ? { op: 'delete' } : { op: 'update', columnId: moveItemsTo },
      });
      await tx.column.delete({ where: { workspaceId_id: { workspaceId, id } } });
      await saveOrder(tx, scope, others);
    });
    return [id];
  };
  return transact(write, { queue: id, work, length: 'long' });
}
