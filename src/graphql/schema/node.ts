import { invalid } from '../../errors.ts';
import type { Context } from '../../request/context.ts';
import { builder } from './builder.ts';

/** A row with an id; `__typename` is set by the query `node`. */
interface NodeRow {
  id: string;
  __typename?: string;
}

export const Node = builder.interfaceRef<NodeRow>('Node').implement({
  description: 'An object with a global id.',
  resolveType: ({ __typename }) => __typename,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id, the same in GraphQL and in REST.' }),
  }),
});

const types = [
  { name: 'Item', prefix: 'item', loader: 'item' },
  { name: 'Board', prefix: 'board', loader: 'board' },
  { name: 'Column', prefix: 'col', loader: 'column' },
  { name: 'Contact', prefix: 'contact', loader: 'contact' },
  { name: 'Agent', prefix: 'agent', loader: 'agent' },
  { name: 'Webhook', prefix: 'webhook', loader: 'webhook', scope: 'write' },
  { name: 'ApiKey', prefix: 'key', loader: 'apiKey', scope: 'admin' },
] as const;

const maxNodes = 500;
/** The cost of an id in rows: it is looked for in several tables, and graphql-js completes what it finds in one go. */
const idCost = 20;

/** Tries the type of the id's prefix first, then all others: imported ids may have any prefix. */
async function findNode(id: string, { loaders, caller }: Context): Promise<NodeRow | null> {
  const readable = types.filter((type) => !('scope' in type) || caller.scopes.includes(type.scope));
  const isLikely = ({ prefix }: { prefix: string }) => id.startsWith(`${prefix}_`);
  const [likely, others] = [readable.filter(isLikely), readable.filter((type) => !isLikely(type))];
  for (const { name, loader } of [...likely, ...others]) {
    const row = await loaders[loader].load(id);
    if (row !== undefined) return { ...row, __typename: name };
  }
  return null;
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'An object by its id; null if your workspace has no such object.',
    args: {
      id: t.arg.id({
        required: true,
        description:
          'The id of an item, a board, a column, a contact, an agent, a webhook or an API key.',
      }),
    },
    resolve: (_, { id }, context) => findNode(id, context),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description:
      'Objects by their ids, in the order of the ids; null for each that does not exist. At most 500.',
    args: { ids: t.arg.idList({ required: true, description: 'The ids.' }) },
    resolve: (_, { ids }, context) => {
      if (ids.length > maxNodes) throw invalid('ids', `must not be more than ${maxNodes}`);
      context.cost.reserveRows(ids.length * idCost);
      return ids.map((id) => findNode(id, context));
    },
  }),
}));
