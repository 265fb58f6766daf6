import { ApiError, counted, invalid } from '../../errors.ts';
import { type Board, Prisma } from '../../generated/prisma/client.ts';
import { newId } from '../../ids.ts';
import type { Transaction } from '../../postgres/client.ts';
import { likePattern } from '../../sql/fold.ts';
import { jsonRow } from '../../sql/json-row.ts';
import { foldedOperand } from '../../sql/operand.ts';
import { oneParent, type PageQuery, type Source, table } from '../../sql/page.ts';
import { maxSearchLength } from '../items/filter/text-search.ts';
import { inChunks, transact, type WriteContext } from '../transaction.ts';
import { checkText, isUnchanged, withoutNulls } from '../validation.ts';
import { type ColumnFields, checkColor, checkColumn, checkName, maxColumns } from './columns.ts';
import { logDeletion } from './deletion-log.ts';
import { changeBoard, lockBoard, logCreation } from './lock.ts';

const { sql } = Prisma;

export interface BoardFields {
  name?: string | null | undefined;
  description?: string | null | undefined;
  color?: string | null | undefined;
  allowDelete?: boolean | null | undefined;
  allowReorder?: boolean | null | undefined;
}

function checkBoard(fields: BoardFields): void {
  checkText('name', fields.name, { max: 200 });
  checkText('description', fields.description, { max: 5000, mayBeEmpty: true });
  checkColor(fields.color);
}

/** Creates a board with columns in the given order. */
export function createBoard(
  write: WriteContext,
  { columns = [], ...fields }: BoardFields & { name: string; columns?: readonly ColumnFields[] },
): Promise<Board> {
  checkBoard(fields);
  if (columns.length > maxColumns) throw invalid('columns', `must not be more than ${maxColumns}`);
  for (const [n, column] of columns.entries()) {
    checkColumn(column);
    checkName(columns.slice(0, n), column.name);
  }
  const id = newId('board');
  const { workspaceId, agentId } = write;
  const work = async (tx: Transaction) => {
    const board = await tx.board.create({
      data: { ...withoutNulls(fields), name: fields.name, workspaceId, id },
    });
    await tx.column.createMany({
      data: columns.map((column, position) => ({
        ...withoutNulls(column),
        name: column.name ?? '',
        position,
        workspaceId,
        boardId: id,
        id: newId('col'),
      })),
    });
    await logCreation(tx, { workspaceId, boardId: id, agentId });
    return board;
  };
  return transact(write, { queue: id, logId: id, work });
}

/** Updates the given fields. Throws BOARD_NOT_FOUND. */
export function updateBoard(
  write: WriteContext,
  { id, ...fields }: BoardFields & { id: string },
): Promise<Board> {
  checkBoard(fields);
  const { workspaceId, agentId } = write;
  const work = async (tx: Transaction) => {
    const scope = { workspaceId, boardId: id };
    await lockBoard(tx, scope, 'id');
    const where = { workspaceId_id: { workspaceId, id } };
    const board = await tx.board.findUniqueOrThrow({ where });
    if (isUnchanged(board, withoutNulls(fields))) return board;
    const data = { ...withoutNulls(fields), updatedAt: new Date() };
    return changeBoard(tx, { ...scope, agentId }, () => tx.board.update({ where, data }));
  };
  return transact(write, { queue: id, logId: id, work });
}

/** Deletes a board with its columns, and with its items where `deleteItems` says so; else BOARD_IN_USE. */
export function deleteBoard(
  write: WriteContext,
  { id, deleteItems }: { id: string; deleteItems?: boolean | null | undefined },
): Promise<string[]> {
  const { workspaceId, agentId } = write;
  const work = async (tx: Transaction) => {
    const scope = { workspaceId, boardId: id };
    await lockBoard(tx, scope, 'id');
    const items = await tx.item.count({ where: scope });
    if (items > 0 && !deleteItems) {
      throw new ApiError(
        'BOARD_IN_USE',
        `The board still has ${counted(items, 'item')}. Set deleteItems: true to delete its items too.`,
      ).withContext({ itemsCount: items });
    }
    await inChunks(write, async (atMost) => {
      const [row] = await tx.$queryRaw<{ deleted: number }[]>`
        SELECT delete_board_items(${workspaceId}, ${id}, ${atMost}) AS deleted`;
      return row?.deleted ?? 0;
    });
    const ofBoard = sql`workspace_id = ${workspaceId} AND board_id = ${id}`;
    for (const table of [sql`item_value`, sql`board_change`]) {
      await inChunks(
        write,
        (atMost) => tx.$executeRaw`DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM ${table} WHERE ${ofBoard} LIMIT ${atMost})) AND ${ofBoard}`,
      );
    }
    await logDeletion(tx, { ...scope, agentId });
    await tx.board.delete({ where: { workspaceId_id: { workspaceId, id } } });
    return [id];
  };
  return transact(write, { queue: id, logId: id, work, length: 'long' });
}

/** The boards of a workspace. */
export const boardSource = (workspaceId: string): Source<Board> => ({
  row: sql`json_build_object('workspaceId', b.workspace_id, 'id', b.id, 'name', b.name,
    'description', b.description, 'allowDelete', b.allow_delete, 'allowReorder', b.allow_reorder,
    'color', b.color, 'revision', b.revision, 'createdAt', b.created_at, 'updatedAt', b.updated_at)`,
  pick: table(sql`board b`, sql`b.workspace_id = ${workspaceId}`),
  parents: oneParent,
  names: [''],
  read: jsonRow,
});

/** Boards, oldest first; `search` is a part of the name or the description. */
export const boardPageQuery = (search: string | null | undefined): PageQuery => ({
  where: search
    ? [
        sql`search_fold(b.name || E'\\n' || b.description) LIKE ${likePattern(foldedOperand('search', search, maxSearchLength))}`,
      ]
    : [],
  order: [
    { by: sql`b.created_at`, cast: sql`timestamptz`, descending: false },
    { by: sql`b.id`, cast: sql`text`, descending: false },
  ],
  identity: JSON.stringify(['boards', search]),
});
