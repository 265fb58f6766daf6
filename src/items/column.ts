import type { PrismaClient, Transaction } from '../database/open.ts';
import { ApiError, invalid } from '../errors.ts';
import type { Column } from '../generated/prisma/client.ts';
import { newId } from './ids.ts';
import { columnNotFound, lockBoard, readColumns, type Scope } from './place.ts';
import { checkText, given } from './text.ts';

export interface ColumnFields {
  name?: string | null | undefined;
  color?: string | null | undefined;
  /** Null takes the limit away. */
  wipLimit?: number | null | undefined;
  autoArchiveDays?: number | null | undefined;
}

export function checkColor(color: string | null | undefined): void {
  if (color != null && !/^#[0-9A-Fa-f]{6}$/.test(color))
    throw invalid('color', 'must look like #2F6FD6');
}

export function checkColumn(fields: ColumnFields): void {
  checkText('name', fields.name, { max: 200 });
  checkColor(fields.color);
  for (const field of ['wipLimit', 'autoArchiveDays'] as const) {
    if ((fields[field] ?? 1) < 1) throw invalid(field, 'must be 1 or more, or null for none');
  }
}

/** Puts the column at a place among the others, counted from 0, and numbers them all anew. */
async function arrange(tx: Transaction, scope: Scope, column: { id: string; position: number }) {
  const others = (await readColumns(tx, scope))
    .filter(({ id }) => id !== column.id)
    .map(({ id }) => id);
  others.splice(Math.max(0, column.position), 0, column.id);
  await tx.$executeRaw`UPDATE board_column c SET position = place.n - 1
    FROM unnest(${others}::text[]) WITH ORDINALITY AS place (id, n)
    WHERE c.workspace_id = ${scope.workspaceId} AND c.board_id = ${scope.boardId}
      AND c.id = place.id AND c.position <> place.n - 1`;
}

/** Adds a column, at the end unless a place is given. Throws BOARD_NOT_FOUND. */
export function createColumn(
  db: PrismaClient,
  workspaceId: string,
  {
    boardId,
    position,
    ...fields
  }: ColumnFields & { boardId: string; name: string; position?: number | null | undefined },
): Promise<Column> {
  checkColumn(fields);
  const scope = { workspaceId, boardId };
  return db.$transaction(async (tx) => {
    await lockBoard(tx, scope);
    const end = await tx.column.count({ where: scope });
    const id = newId('col');
    await tx.column.create({
      data: { ...given(fields), name: fields.name, ...scope, id, position: end },
    });
    if (position != null) await arrange(tx, scope, { id, position });
    return tx.column.findUniqueOrThrow({ where: { workspaceId_id: { workspaceId, id } } });
  });
}

async function boardOf(tx: Transaction, workspaceId: string, id: string): Promise<Scope> {
  const column = await tx.column.findUnique({ where: { workspaceId_id: { workspaceId, id } } });
  if (column === null) throw columnNotFound(id);
  return { workspaceId, boardId: column.boardId };
}

/** Changes what is given; `position` moves it among the board's columns. Throws COLUMN_NOT_FOUND. */
export function updateColumn(
  db: PrismaClient,
  workspaceId: string,
  { id, position, ...fields }: ColumnFields & { id: string; position?: number | null | undefined },
): Promise<Column> {
  checkColumn(fields);
  return db.$transaction(async (tx) => {
    const scope = await boardOf(tx, workspaceId, id);
    await lockBoard(tx, scope);
    if (position != null) await arrange(tx, scope, { id, position });
    const { wipLimit, autoArchiveDays } = fields;
    const cleared = {
      ...(wipLimit === null && { wipLimit }),
      ...(autoArchiveDays === null && { autoArchiveDays }),
    };
    const { count } = await tx.column.updateMany({
      where: { ...scope, id },
      data: { ...given(fields), ...cleared, updatedAt: new Date() },
    });
    if (count === 0) throw columnNotFound(id);
    return tx.column.findUniqueOrThrow({ where: { workspaceId_id: { workspaceId, id } } });
  });
}

/**
 * Deletes a column. Its items go to the end of `moveItemsTo`, or with it where `deleteItems` says so;
 * else COLUMN_IN_USE while it has any.
 */
export function deleteColumn(
  db: PrismaClient,
  workspaceId: string,
  input: {
    id: string;
    moveItemsTo?: string | null | undefined;
    deleteItems?: boolean | null | undefined;
  },
): Promise<void> {
  const { id, moveItemsTo, deleteItems } = input;
  if (moveItemsTo != null && deleteItems)
    throw invalid('moveItemsTo', 'cannot be given together with deleteItems');
  return db.$transaction(async (tx) => {
    const scope = await boardOf(tx, workspaceId, id);
    await lockBoard(tx, scope);
    const columns = await readColumns(tx, scope);
    const column = columns.find((other) => other.id === id);
    if (column === undefined) throw columnNotFound(id);
    if (moveItemsTo != null) {
      if (moveItemsTo === id || !columns.some((other) => other.id === moveItemsTo))
        throw columnNotFound(moveItemsTo);
      await moveAll(tx, scope, { from: id, to: moveItemsTo });
    } else if (deleteItems) {
      await tx.item.deleteMany({ where: { ...scope, columnId: id } });
    } else if (column.itemsCount > 0) {
      throw new ApiError(
        'COLUMN_IN_USE',
        `The column still has ${column.itemsCount} items. Say moveItemsTo: "<another column>" or deleteItems: true.`,
      );
    }
    await tx.column.delete({ where: { workspaceId_id: { workspaceId, id } } });
  });
}

async function moveAll(tx: Transaction, scope: Scope, { from, to }: { from: string; to: string }) {
  const { workspaceId, boardId } = scope;
  const moved = await tx.$executeRaw`UPDATE item i
    SET column_id = ${to}, position = place.position, version = i.version + 1, updated_at = clock_timestamp()
    FROM (
      SELECT id, (row_number() OVER (ORDER BY position, id) - 1 + coalesce((
        SELECT max(position) + 1 FROM item
        WHERE workspace_id = ${workspaceId} AND board_id = ${boardId} AND column_id = ${to}), 0))::integer AS position
      FROM item WHERE workspace_id = ${workspaceId} AND board_id = ${boardId} AND column_id = ${from}
    ) place
    WHERE i.workspace_id = ${workspaceId} AND i.id = place.id`;
  await tx.column.updateMany({
    where: { ...scope, id: to },
    data: { itemsCount: { increment: moved } },
  });
}
