import type { ItemQuery, Parent } from './query.ts';

/** The page arguments of `items`. */
export interface PageArgs {
  first?: number;
  last?: number;
  offset?: number;
  after?: string;
  before?: string;
}

/** A query and the page to read of it. */
export interface PageRequest {
  query: ItemQuery;
  page?: PageArgs;
}

const parents = { board: 'boardId: $id', column: 'columnId: $id', contact: '', workspace: '' };
const variableTypes = {
  search: 'String',
  filter: 'ItemFilter',
  orderBy: '[ItemOrder!]',
  first: 'Int',
  last: 'Int',
  after: 'String',
  before: 'String',
  offset: 'Int',
};

/** The field of the nth query, and the variables that it declares. */
function fieldOf({ kind }: Parent, n: number, selection: string) {
  const parent = parents[kind].replace('$id', `$id${n}`);
  const names = Object.keys(variableTypes);
  const args = [parent, ...names.map((name) => `${name}: $${name}${n}`)].join(', ');
  const items = `items(${args}) { ${selection} }`;
  const declared = Object.entries(variableTypes).map(([name, type]) => `$${name}${n}: ${type}`);
  return {
    declared: kind === 'workspace' ? declared : [`$id${n}: ID!`, ...declared],
    field: `q${n}: ${kind === 'contact' ? `contact(id: $id${n}) { ${items} }` : items}`,
  };
}

/** One GraphQL request for several pages: the nth under the alias `q` + n. */
export function graphqlRequest(requests: readonly PageRequest[], selection: string) {
  const fields = requests.map(({ query }, n) => fieldOf(query.parent, n, selection));
  const declared = fields.flatMap((field) => field.declared).join(', ');
  const variables = requests.flatMap(({ query: { parent, ...query }, page }, n) =>
    Object.entries({ ...query, ...page, id: parent.id }).map(([name, value]) => [name + n, value]),
  );
  return {
    document: `query (${declared}) { ${fields.map(({ field }) => field).join(' ')} }`,
    variables: Object.fromEntries(variables),
  };
}
