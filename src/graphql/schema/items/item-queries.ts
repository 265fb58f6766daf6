import { boardNotFound, columnNotFound } from '../../../domain/not-found.ts';
import { invalid } from '../../../errors.ts';
import type { Context } from '../../../request/context.ts';
import { builder } from '../builder.ts';
import { pageArgs } from '../connection.ts';
import { Item, ItemConnection } from './item.ts';
import { itemConnection } from './item-connection.ts';
import { ItemFilter, ItemOrder } from './item-filter.ts';
import { itemProjectionOf } from './item-projection.ts';

const itemArgs = () =>
  builder.args((t) => ({
    search: t.string({
      description:
        'Words that must all occur in the title or in a value, ignoring case and accents. At most 500 characters.',
    }),
    filter: t.field({ type: ItemFilter, description: 'Conditions on the items.' }),
    orderBy: t.field({
      type: [ItemOrder],
      description:
        'At most 3 sort keys. By default the board’s order; across boards, newest first.',
    }),
  }));

async function requireBoard(id: string, { loaders }: Context): Promise<void> {
  if ((await loaders.boardState(id)) === undefined) throw boardNotFound(id);
}

/** `field` is the argument with the ids. */
async function requireColumns(
  boardId: string,
  columnIds: readonly string[],
  context: Context,
  field?: string,
): Promise<void> {
  const columns = await context.loaders.columnsOf(boardId);
  const known = new Set(columns.map(({ id }) => id));
  const unknown = columnIds.find((id) => !known.has(id));
  if (unknown === undefined) return;
  await requireBoard(boardId, context);
  throw columnNotFound(unknown, field);
}

builder.queryFields((t) => ({
  item: t.field({
    type: Item,
    nullable: true,
    description: 'An item by id; null if it does not exist.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of the item.' }),
      boardId: t.arg.id({ description: 'The board that the item must be on.' }),
    },
    resolve: async (_, { id, boardId }, context, info) => {
      const { shape, contact, createdBy } = itemProjectionOf(info);
      const item =
        shape === undefined
          ? await context.loaders.item.load(id)
          : await context.loaders.itemJson(id, { contact, createdBy, shape });
      if (boardId == null || item?.boardId === boardId)
        return item && 'text' in item ? (item.text as never) : item;
      await requireBoard(boardId, context);
      return null;
    },
  }),
  items: t.field({
    type: ItemConnection,
    description: 'Items of a board, of a column, or of the whole workspace.',
    args: {
      boardId: t.arg.id({ description: 'Only items of this board.' }),
      columnId: t.arg.id({ description: 'Only items of this column.' }),
      columnIds: t.arg.idList({
        description:
          'Only items of these columns of the board. Fails with COLUMN_NOT_FOUND for a column that the board does not have.',
      }),
      ...itemArgs(),
      ...pageArgs(),
    },
    resolve: async (_, { boardId, columnId, columnIds, ...args }, context, info) => {
      if (columnIds != null) {
        if (boardId == null) throw invalid('columnIds', 'needs boardId: columns of one board');
        await requireColumns(boardId, columnIds, context, 'columnIds');
        args.filter = { and: [{ columnId: { in: columnIds } }, args.filter ?? {}] };
      }
      if (columnId != null) {
        const board = boardId ?? (await context.loaders.column.load(columnId))?.boardId;
        if (board === undefined) throw columnNotFound(columnId);
        const parent = { kind: 'column', boardId: board, columnId } as const;
        return itemConnection(parent, args, {
          context,
          info,
          isAlone: true,
          check: () => requireColumns(board, [columnId], context),
        });
      }
      if (boardId == null) return itemConnection({ kind: 'workspace' }, args, { context, info });
      return itemConnection({ kind: 'board', boardId }, args, {
        context,
        info,
        isAlone: true,
        check: () => requireBoard(boardId, context),
      });
    },
  }),
}));

builder.prismaObjectFields('Board', (t) => ({
  items: t.field({
    type: ItemConnection,
    description: 'The items of the board, by default in the board’s order.',
    args: { ...itemArgs(), ...pageArgs() },
    resolve: ({ id }, args, context, info) =>
      itemConnection({ kind: 'board', boardId: id }, args, { context, info }),
  }),
}));

builder.prismaObjectFields('Column', (t) => ({
  items: t.field({
    type: ItemConnection,
    description: 'The items of the column, by default from top to bottom.',
    args: { ...itemArgs(), ...pageArgs() },
    resolve: ({ id, boardId }, args, context, info) =>
      itemConnection({ kind: 'column', boardId, columnId: id }, args, { context, info }),
  }),
}));

builder.prismaObjectFields('Contact', (t) => ({
  items: t.field({
    type: ItemConnection,
    description: 'The items that are linked to the contact, by default newest first.',
    args: { ...itemArgs(), ...pageArgs() },
    resolve: ({ id }, args, context, info) =>
      itemConnection({ kind: 'contact', contactId: id }, args, { context, info }),
  }),
}));

builder.objectFields(ItemConnection, (t) => ({
  revision: t.float({
    nullable: true,
    description:
      'The revision of the board, read before the rows: a stream of `boardChanges` that begins there misses nothing. Null for items of several boards.',
    resolve: async (connection) => {
      const board = await connection.board();
      return board === undefined ? null : Number(board.revision);
    },
  }),
  etag: t.string({
    nullable: true,
    description:
      'The entity tag of the board, as `boardEtag` has it, read before the rows. Null for items of several boards.',
    resolve: async (connection) => (await connection.board())?.etag ?? null,
  }),
}));
