import { filterOf } from '../../../domain/items/groups/group-filter.ts';
import {
  type Group,
  type GroupArgs,
  maxGroups,
  type Numbers,
  readGroups,
  readNumbers,
} from '../../../domain/items/groups/groups.ts';
import type { ItemQuery } from '../../../domain/items/read/query.ts';
import type { Context } from '../../../request/context.ts';
import { builder } from '../builder.ts';
import { Column } from '../column.ts';
import { pageArgs } from '../connection.ts';
import { ItemConnection } from './item.ts';
import { itemConnection } from './item-connection.ts';
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
  description: 'Aggregates of the values under one key that are numbers.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'The number of items whose value is a number.' }),
    nonNumericCount: t.exposeInt('nonNumericCount', {
      description: 'The number of items with any other value.',
    }),
    sum: t.exposeFloat('sum', {
      nullable: true,
      description: 'Their sum; null without numbers.',
    }),
    avg: t.exposeFloat('average', { nullable: true, description: 'Their average.' }),
    min: t.exposeFloat('minimum', { nullable: true, description: 'The smallest.' }),
    max: t.exposeFloat('maximum', { nullable: true, description: 'The largest.' }),
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
  description: 'Items of a board with the same group key.',
  fields: (t) => ({
    key: t.exposeString('key', {
      nullable: true,
      description:
        'The group key: a column id, a label, a text, or a month like `2025-04`; null for items without one.',
    }),
    column: t.field({
      type: Column,
      nullable: true,
      description: 'The column, if items are grouped by column.',
      resolve: ({ key, args: { by } }, _, { loaders }) =>
        by.field === 'COLUMN' && key !== null ? loaders.column.load(key) : null,
    }),
    count: t.exposeInt('count', { description: 'The number of items.' }),
    numbers: t.field({
      type: GroupNumbers,
      description: 'Sum, average, minimum and maximum of the values under a key.',
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
        // A statement per group, in addition to its rows.
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
    CREATED_MONTH: { description: 'The month of creation, in UTC.' },
    UPDATED_MONTH: { description: 'The month of the last update, in UTC.' },
  } as const,
});

const ItemGroupOrder = builder.enumType('ItemGroupOrder', {
  description: 'The order of groups. Columns are always in the board’s order.',
  values: {
    SIZE: { description: 'The largest first.' },
    KEY: {
      description: 'By key; the items without one come last.',
    },
  } as const,
});

const ItemGroupBy = builder.inputType('ItemGroupBy', {
  description: 'The property that items are grouped by: exactly one of these.',
  fields: (t) => ({
    field: t.field({ type: ItemGroupField, description: 'A field.' }),
    value: t.string({ description: 'The text of the value under this key.' }),
    month: t.string({ description: 'The month of the date under this key of the values.' }),
  }),
});

async function readGroupRows(
  { workspaceId, boardId }: { workspaceId: string; boardId: string },
  args: GroupFieldArgs,
  { reads, cost, shared, loaders }: Context,
): Promise<GroupRow[]> {
  const { search, filter } = args;
  const query = loaders.items.query('board', { search, filter });
  const { sample } = shared.thresholds;
  const { by, sort, first } = args;
  // The counts of columns are stored.
  const db = by.field === 'COLUMN' && query.isEmpty ? reads : reads.large;
  const groupQuery = { db, workspaceId, boardId, by, sort, first, query, sample };
  cost.reserveCount();
  cost.reserveRows(Math.min(first, maxGroups));
  const groups = await reads.list(() => readGroups(groupQuery));
  const keys = groups.map(({ key }) => key);
  const cache = new Map<string, Promise<Map<string | null, Numbers>>>();
  const numbers = (valueKey: string) => {
    const cached = cache.get(valueKey);
    if (cached !== undefined) return cached;
    cost.reserveCount();
    const read = reads.list(() =>
      readNumbers({ ...groupQuery, db: reads.large }, { keys, valueKey }),
    );
    cache.set(valueKey, read);
    return read;
  };
  return groups.map((group) => ({ ...group, boardId, args, numbers }));
}

builder.prismaObjectField('Board', 'itemGroups', (t) =>
  t.field({
    type: [ItemGroup],
    description:
      'The items of the board grouped by column, label, value or month, with counts, aggregates and items. By column there is a group for every column, even without items.',
    args: {
      by: t.arg({
        type: ItemGroupBy,
        required: true,
        description: 'The property that the items are grouped by.',
      }),
      search: t.arg.string({ description: 'Only items that match this search.' }),
      filter: t.arg({ type: ItemFilter, description: 'Only items that match this filter.' }),
      orderBy: t.arg({
        type: ItemGroupOrder,
        defaultValue: 'SIZE',
        description: 'The order of the groups.',
      }),
      first: t.arg.int({
        defaultValue: 50,
        description: 'The most groups to return, 1 to 500.',
      }),
    },
    resolve: ({ id, workspaceId }, { first, orderBy: sort, ...args }, context) =>
      readGroupRows({ workspaceId, boardId: id }, { ...args, sort, first: first ?? 50 }, context),
  }),
);
