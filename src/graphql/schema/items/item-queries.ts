import type { GraphQLResolveInfo } from 'graphql';
import {
  CompiledItemQuery,
  type ItemParent,
  type ItemQuery,
} from '../../../domain/items/read/query.ts';
import { boardNotFound, columnNotFound } from '../../../domain/not-found.ts';
import type { Context } from '../../../request/context.ts';
import type { PageArgs } from '../../../sql/page.ts';
import { builder } from '../builder.ts';
import { Connection, pageArgs } from '../connection.ts';
import { selectedNames } from '../selected-names.ts';
import { Item, ItemConnection } from './item.ts';
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

/** The items of one parent. `check` throws for a parent that does not exist; it runs where no rows are returned. */
export function itemConnection(
  parent: ItemParent,
  { search, filter, orderBy, ...args }: ItemQuery & PageArgs,
  {
    context,
    info,
    check,
    count,
  }: {
    context: Context;
    info: GraphQLResolveInfo;
    check?: () => Promise<void>;
    /** The number of items, if it is known already. */
    count?: number;
  },
) {
  const { loaders, cost } = context;
  const query = new CompiledItemQuery(context.caller.workspaceId, parent.kind, {
    search,
    filter,
    orderBy,
  });
  const includes = includesOf(info);
  return new Connection({
    cost,
    args,
    revision: 'boardId' in parent ? () => revisionOf(parent.boardId, context) : undefined,
    read: async () => {
      // Before the rows, so that no change between the two is missed. It is read once in a request.
      if ('boardId' in parent && selectedNames(info).has('revision'))
        await loaders.boardState(parent.boardId);
      const page = await loaders.items.page(parent, query, { ...args, ...includes });
      if (page.nodes.length === 0) await check?.();
      return page;
    },
    count: async (atMost) => {
      if (count !== undefined) return count;
      const counted = query.isEmpty
        ? countAll(parent, query, context)
        : loaders.items.count(parent, query, atMost);
      const [total] = await Promise.all([counted, check?.()]);
      return total;
    },
  });
}

/** The rows and columns to fetch for a field that returns items. */
function includesOf(info: GraphQLResolveInfo) {
  const names = selectedNames(info);
  return {
    contact: names.has('contact'),
    createdBy: names.has('createdBy'),
    ...itemProjectionOf(info),
  };
}

/** The total of a query without a filter: the maintained counts of the columns where the parent has them. */
async function countAll(
  parent: ItemParent,
  query: CompiledItemQuery,
  { loaders }: Context,
): Promise<number> {
  if (parent.kind !== 'board' && parent.kind !== 'column')
    return loaders.items.count(parent, query);
  const columns = await loaders.columnsOf(parent.boardId);
  return columns
    .filter(({ id }) => parent.kind === 'board' || id === parent.columnId)
    .reduce((sum, { itemsCount }) => sum + itemsCount, 0);
}

async function revisionOf(boardId: string, { loaders }: Context): Promise<number | null> {
  const state = await loaders.boardState(boardId);
  return state === undefined ? null : Number(state.revision);
}

async function requireBoard(id: string, { loaders }: Context): Promise<void> {
  if ((await loaders.boardState(id)) === undefined) throw boardNotFound(id);
}

async function requireColumn(boardId: string, columnId: string, context: Context): Promise<void> {
  const columns = await context.loaders.columnsOf(boardId);
  if (columns.some(({ id }) => id === columnId)) return;
  await requireBoard(boardId, context);
  throw columnNotFound(columnId);
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
      const { shape, ...includes } = includesOf(info);
      const item =
        shape === undefined
          ? await context.loaders.item.load(id)
          : await context.loaders.itemJson(id, { ...includes, shape });
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
      ...itemArgs(),
      ...pageArgs(),
    },
    resolve: async (_, { boardId, columnId, ...args }, context, info) => {
      if (columnId != null) {
        const board = boardId ?? (await context.loaders.column.load(columnId))?.boardId;
        if (board === undefined) throw columnNotFound(columnId);
        const parent = { kind: 'column', boardId: board, columnId } as const;
        return itemConnection(parent, args, {
          context,
          info,
          check: () => requireColumn(board, columnId, context),
        });
      }
      if (boardId == null) return itemConnection({ kind: 'workspace' }, args, { context, info });
      return itemConnection({ kind: 'board', boardId }, args, {
        context,
        info,
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
    resolve: (connection) => connection.revision(),
  }),
}));
