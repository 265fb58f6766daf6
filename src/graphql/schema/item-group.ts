import { filterOf } from '../../domain/items/groups/group-filter.ts';
import {
  type Group,
  type GroupArgs,
  maxGroups,
  type Numbers,
  readGroups,
  readNumbers,
} from '../../domain/items/groups/groups.ts';
import { CompiledItemQuery, type ItemQuery } from '../../domain/items/read/query.ts';
import type { Context } from '../../request/context.ts';
import { builder } from './builder.ts';
import { Column } from './column.ts';
import { pageArgs } from './connection.ts';
import { ItemConnection, itemConnection } from './item.ts';
import { ItemFilter } from './item-filter.ts';

type GroupFieldArgs = GroupArgs & Pick<ItemQuery, 'search' | 'filter'>;

/** A group with the arguments that it was read by. */
interface GroupRow extends Group {
  boardId: string;
  args: GroupFieldArgs;
  /** The aggregates of the numbers under a key, of all groups at once. */
  numbers: (valueKey: string) => Promise<Map<string | null, Numbers>>;
}

const GroupNumbers = builder.objectRef<Numbers>('ItemGroupNumbers').implement({
  description: 'What the values under one key come to; only those that read as numbers count.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many are numbers.' }),
    nonNumericCount: t.exposeInt('nonNumericCount', {
      description: 'How many items have something else there.',
    }),
    sum: t.exposeFloat('sum', {
      nullable: true,
      description: 'Their sum; null where there is none.',
    }),
    avg: t.exposeFloat('average', { nullable: true, description: 'Their average.' }),
    min: t.exposeFloat('minimum', { nullable: true, description: 'The least.' }),
    max: t.exposeFloat('maximum', { nullable: true, description: 'The greatest.' }),
  }),
});

const empty: Numbers = {
  count: 0,
  nonNumericCount: 0,
  sum: null,
  average: null,
  minimum: null,
  maximum: null,
};

const ItemGroup = builder.objectRef<GroupRow>('ItemGroup').implement({
  description: 'Items of a board that have something in common.',
  fields: (t) => ({
    key: t.exposeString('key', {
      nullable: true,
      description:
        'What they have in common: a column id, a label, a text, a month like `2025-04`; null: they have none.',
    }),
    column: t.field({
      type: Column,
      nullable: true,
      description: 'The column, where items are grouped by column.',
      resolve: ({ key, args: { by } }, _, { loaders }) =>
        by.field === 'COLUMN' && key !== null ? loaders.column.load(key) : null,
    }),
    count: t.exposeInt('count', { description: 'How many items.' }),
    numbers: t.field({
      type: GroupNumbers,
      description: 'Sum, average, least and greatest of a value.',
      args: { key: t.arg.string({ required: true, description: 'The key inside `values`.' }) },
      resolve: async ({ key, numbers }, args) => (await numbers(args.key)).get(key) ?? empty,
    }),
    items: t.field({
      type: ItemConnection,
      description: 'The items of the group, in the board’s order.',
      args: pageArgs(),
      resolve: ({ key, boardId, args: { by, filter, search }, count }, args, context, info) => {
        const options = { context, info, count };
        if (by.field === 'COLUMN' && key !== null) {
          const parent = { kind: 'column', boardId, columnId: key } as const;
          return itemConnection(parent, { search, filter, ...args }, options);
        }
        // A statement for each group, in addition to its rows.
        context.cost.reserveCount();
        const inGroup = { and: [filterOf(by, key), ...(filter == null ? [] : [filter])] };
        return itemConnection(
          { kind: 'board', boardId },
          { search, filter: inGroup, ...args },
          options,
        );
      },
    }),
  }),
});

const ItemGroupField = builder.enumType('ItemGroupField', {
  description: 'Fields to group items by.',
  values: {
    COLUMN: { description: 'The column.' },
    LABEL: { description: 'The label; an item with three labels is in three groups.' },
    CREATED_MONTH: { description: 'The month in which they were made, UTC.' },
    UPDATED_MONTH: { description: 'The month in which they were last changed, UTC.' },
  } as const,
});

const ItemGroupOrder = builder.enumType('ItemGroupOrder', {
  description: 'What groups are sorted by. Columns always come as the board has them.',
  values: {
    SIZE: { description: 'The largest first.' },
    KEY: {
      description: 'Their keys, from the first month or letter on; last the items that have none.',
    },
  } as const,
});

const ItemGroupBy = builder.inputType('ItemGroupBy', {
  description: 'What items are grouped by: exactly one of these.',
  fields: (t) => ({
    field: t.field({ type: ItemGroupField, description: 'A field.' }),
    value: t.string({ description: 'The text of the value under this key.' }),
    month: t.string({ description: 'The month of the date under this key of the values.' }),
  }),
});

async function readGroupRows(
  { workspaceId, boardId }: { workspaceId: string; boardId: string },
  args: GroupFieldArgs,
  { reads, cost, shared }: Context,
): Promise<GroupRow[]> {
  const query = new CompiledItemQuery('board', { search: args.search, filter: args.filter });
  const { sample } = shared.thresholds;
  const { by, sort, first } = args;
  const groupQuery = { db: reads, workspaceId, boardId, by, sort, first, query, sample };
  const cache = new Map<string, Promise<Map<string | null, Numbers>>>();
  const numbers = (valueKey: string) => {
    const cached = cache.get(valueKey);
    if (cached !== undefined) return cached;
    cost.reserveCount();
    const read = readNumbers(groupQuery, valueKey);
    cache.set(valueKey, read);
    return read;
  };
  cost.reserveCount();
  cost.reserveRows(Math.min(first, maxGroups));
  const groups = await readGroups(groupQuery);
  return groups.map((group) => ({ ...group, boardId, args, numbers }));
}

builder.prismaObjectField('Board', 'itemGroups', (t) =>
  t.field({
    type: [ItemGroup],
    description:
      'The board’s items by column, label, value or month: counts, sums and first items in one request. By column there is a group for every column, also for one without items.',
    args: {
      by: t.arg({ type: ItemGroupBy, required: true, description: 'What to group by.' }),
      search: t.arg.string({ description: 'Only items with these words.' }),
      filter: t.arg({ type: ItemFilter, description: 'Only these items.' }),
      orderBy: t.arg({
        type: ItemGroupOrder,
        defaultValue: 'SIZE',
        description: 'Which groups come first.',
      }),
      first: t.arg.int({
        defaultValue: 50,
        description: 'How many groups at most; 1 to 500.',
      }),
    },
    resolve: ({ id, workspaceId }, { first, orderBy: sort, ...args }, context) =>
      readGroupRows({ workspaceId, boardId: id }, { ...args, sort, first: first ?? 50 }, context),
  }),
);
