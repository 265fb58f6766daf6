import { invalid } from '../../errors.ts';
import type { Context } from '../../request/context.ts';
import { builder } from './builder.ts';

/** Anything with an id. Rows that `node` found also know the name of their type. */
interface NodeRow {
  id: string;
  __typename?: string;
}

export const Node = builder.interfaceRef<NodeRow>('Node').implement({
  description: 'Anything that has an id of its own.',
  resolveType: ({ __typename }) => __typename,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id: the same in GraphQL and in REST.' }),
  }),
});

const types = [
  { name: 'Item', prefix: 'item', loader: 'item' },
  { name: 'Board', prefix: 'board', loader: 'board' },
  { name: 'Column', prefix: 'col', loader: 'column' },
  { name: 'Contact', prefix: 'contact', loader: 'contact' },
  { name: 'Agent', prefix: 'agent', loader: 'agent' },
] as const;

const maxNodes = 500;

/** An id tells its type by its prefix; one that an import brought may not, so the other types are tried too. */
async function findNode(id: string, { loaders }: Context): Promise<NodeRow | null> {
  const likely = types.find(({ prefix }) => id.startsWith(`${prefix}_`));
  for (const { name, loader } of [
    ...(likely ? [likely] : []),
    ...types.filter((t) => t !== likely),
  ]) {
    const row = await loaders[loader].load(id);
    if (row !== undefined) return { ...row, __typename: name };
  }
  return null;
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'Anything by its id; null where your workspace has no such thing.',
    args: {
      id: t.arg.id({
        required: true,
        description: 'The id of an item, board, column, contact or agent.',
      }),
    },
    resolve: (_, { id }, context) => findNode(id, context),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description:
      'Several things by their ids, in the order of the ids; null where there is none. At most 500.',
    args: { ids: t.arg.idList({ required: true, description: 'The ids.' }) },
    resolve: (_, { ids }, context) => {
      if (ids.length > maxNodes) throw invalid('ids', `must not be more than ${maxNodes}`);
      context.cost.reserveRows(ids.length);
      return ids.map((id) => findNode(id, context));
    },
  }),
}));
