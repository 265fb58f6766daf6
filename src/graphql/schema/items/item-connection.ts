import type { GraphQLResolveInfo } from 'graphql';
import type { CompiledItemQuery, ItemParent, ItemQuery } from '../../../domain/items/read/query.ts';
import { pageBoardOf } from '../../../domain/items/read/source.ts';
import type { Item as ItemRow } from '../../../generated/prisma/client.ts';
import type { Context } from '../../../request/context.ts';
import type { PageArgs } from '../../../sql/page-args.ts';
import { Connection } from '../connection.ts';
import { itemProjectionOf } from './item-projection.ts';

interface ItemConnectionOptions {
  context: Context;
  info: GraphQLResolveInfo;
  check?: () => Promise<void>;
  /** The number of items, if it is known already. */
  count?: number;
  /** True for a field of the root: its page is read alone. */
  isAlone?: true;
}

/** The items of one parent. `check` throws for a parent that does not exist; it runs where no rows are returned. */
export function itemConnection(
  parent: ItemParent,
  { search, filter, orderBy, ...args }: ItemQuery & PageArgs,
  { context, info, check, count, isAlone }: ItemConnectionOptions,
) {
  const { loaders, cost } = context;
  const query = loaders.items.query(parent.kind, { search, filter, orderBy });
  const { withBoard: needsBoard, selectsBoard, ...includes } = itemProjectionOf(info);
  const boardId = 'boardId' in parent ? parent.boardId : undefined;
  const withBoard =
    isAlone && needsBoard && boardId !== undefined && includes.shape && query.isIndexPage(args);
  const readWithBoard = () => connection.page().then(({ header }) => header && pageBoardOf(header));
  const connection: Connection<ItemRow> = new Connection({
    cost,
    args,
    board:
      boardId === undefined
        ? undefined
        : () => (withBoard ? readWithBoard() : loaders.boardState(boardId)),
    read: async () => {
      if (withBoard) {
        const page = await loaders.items.pageWithBoard(parent, query, { ...args, ...includes });
        if (page.header === undefined || (page.nodes.length === 0 && parent.kind === 'column'))
          await check?.();
        return page;
      }
      // Before the rows, so that no change between the two is missed. It is read once in a request.
      if (boardId !== undefined && selectsBoard) await loaders.boardState(boardId);
      const page = await loaders.items.page(parent, query, { ...args, ...includes });
      if (page.nodes.length === 0) await check?.();
      return page;
    },
    count: async (atMost) => {
      if (count !== undefined) return count;
      if (withBoard) return (await readWithBoard())?.itemsCount ?? 0;
      const counted = query.isEmpty
        ? countAll(parent, query, context)
        : loaders.items.count(parent, query, atMost);
      const [total] = await Promise.all([counted, check?.()]);
      return total;
    },
  });
  return connection;
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
