import { initGraphQLTada, type ResultOf } from 'gql.tada';
import type { introspection } from './generated/graphql-env.d.ts';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: {
    DateTime: string;
    ItemValues: Record<string, unknown>;
    // biome-ignore lint/complexity/noBannedTypes: any JSON value but null.
    Json: {} | null;
    Operand: string | number | boolean;
  };
}>();

/** A column of a kanban board, page by page. */
export const columnPage = graphql(`
  query ColumnPage($boardId: ID!, $columnId: ID, $first: Int!, $after: String) {
    items(boardId: $boardId, columnId: $columnId, first: $first, after: $after) {
      nodes { id title version values createdAt column { name } contact { name phone } }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
  }
`);

export const moveItem = graphql(`
  mutation MoveItem($input: MoveItemInput!) {
    moveItem(input: $input) { item { id version columnId } }
  }
`);

type Item = ResultOf<typeof columnPage>['items']['nodes'][number];

/** A line of text for each item: what the types allow. */
export const lineOf = ({ title, column, contact, createdAt, values }: Item): string =>
  [title, column.name, contact?.phone ?? '', createdAt.slice(0, 4), Object.keys(values).length]
    .map(String)
    .join(' | ');

/** Uses of results that the compiler must refuse. */
export const refused = (item: Item): unknown[] => [
  // @ts-expect-error: not selected.
  item.labels,
  // @ts-expect-error: an item may have no contact.
  item.contact.name,
  // @ts-expect-error: a version is a number.
  item.version.length,
];
