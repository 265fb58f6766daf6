import { invalid } from '../../errors.ts';
import type { JsonObject } from '../../http/json-object.ts';
import { readDateRange, readSortBy, readValueFilters } from '../../rest/search-body.ts';
import { defaultRows, type Tool } from '../tool.ts';

interface Edge {
  cursor: string;
  node: { values: JsonObject } & JsonObject;
}

const string = { type: 'string' };
const strings = { type: 'array', items: string };

const itemFields = `id title column_id: columnId values labels contact { id name phone email } updated_at: updatedAt`;

const missingBoard = {
  code: 'BOARD_NOT_FOUND',
  message: ({ board_id }) => `Board '${board_id}' not found: list_boards has the ids`,
} as const satisfies Tool['notFound'];

/** An item with some of its values; with all of them without `fields`. */
const withFields = (item: Edge['node'], fields: unknown): JsonObject =>
  Array.isArray(fields)
    ? {
        ...item,
        values: Object.fromEntries(
          Object.entries(item.values).filter(([key]) => fields.includes(key)),
        ),
      }
    : item;

/** `column`, `label`, `created_month`, `updated_month`, `values.<key>` or `month:<key>`. */
function readGroupBy(by: unknown): JsonObject {
  const [, kind, key] = /^(values\.|month:)(.+)$/s.exec(String(by)) ?? [];
  if (kind === 'values.') return { value: key };
  if (kind === 'month:') return { month: key };
  if (['column', 'label', 'created_month', 'updated_month'].includes(String(by)))
    return { field: String(by).toUpperCase() };
  throw invalid(
    'by',
    'must be column, label, created_month, updated_month, values.<key> or month:<key>',
  );
}

const filterSchemas = {
  value_filters: { type: 'object' },
  date_range: {
    type: 'object',
    properties: { from: string, to: string, field: { enum: ['created_at', 'updated_at'] } },
  },
};
const filterReaders = {
  value_filters: { sets: ['values'], read: readValueFilters },
  date_range: { sets: ['dates'], read: readDateRange },
} as const;
const filterHint =
  'By key of values: {"deal_value":{"gte":10000},"source":"Website"}. Operators: eq ne gt gte lt lte in nin contains starts_with exists; "as":"phone" or "email" compares as such.';

/** Tools that read. */
export const readTools: readonly Tool[] = [
  {
    name: 'list_boards',
    description: 'Lists the boards with their numbers of items.',
    operation: `query ($limit: Int! = 50, $offset: Int! = 0) {
      data: boards(first: $limit, offset: $offset) {
        boards: nodes { id name description items_count: itemsCount } total: totalCount
      }
    }`,
    output: { boards: 'array', total: 'integer' },
    answer: (content: { boards: object[] } & JsonObject) => ({ content, list: 'boards' }),
  },
  {
    name: 'describe_board',
    description:
      'The columns of a board, and the keys that the values of its items have with their types. Call it before the tools that take columns or keys.',
    notFound: missingBoard,
    operation: `query ($board_id: ID!) {
      data: board(id: $board_id) {
        id name description items_count: itemsCount revision
        columns(first: 100) { nodes { id name items_count: itemsCount } } value_keys: valueKeys { key types }
      }
    }`,
    output: { columns: 'array', value_keys: 'array' },
    answer: ({ columns, ...board }: { columns: { nodes: object[] } } & JsonObject) => ({
      content: { ...board, columns: columns.nodes },
      list: 'value_keys',
    }),
  },
  {
    name: 'find_items',
    description:
      'Finds items of a board, newest first: by words, column, values and dates. Continue with next_cursor.',
    parameters: {
      query: 'Words that must all occur in the title or a value.',
      value_filters: filterHint,
      sort_by: 'created_at, updated_at, position, title or values.<key>',
      fields: 'Only these keys of values.',
    },
    schemas: { ...filterSchemas, sort_by: string, fields: strings },
    answerParameters: ['fields'],
    readers: {
      ...filterReaders,
      sort_by: { sets: ['sortField', 'sortValue'], read: readSortBy },
    },
    operation: `query ($board_id: ID!, $query: String, $column_ids: [ID!], $values: [ItemValueFilter!],
      $dates: ItemFilter! = {}, $sortField: ItemOrderField, $sortValue: ItemValueOrder,
      $sort_order: OrderDirection! = DESC, $limit: Int! = ${defaultRows}, $cursor: String) {
      data: items(boardId: $board_id, columnIds: $column_ids, search: $query, filter: { values: $values,
        and: [$dates] }, orderBy: [{ field: $sortField, value: $sortValue, direction: $sort_order }],
        first: $limit, after: $cursor) {
        edges { cursor node { ${itemFields} } } total: countUpTo(limit: 1000) { count is_exact: isExact }
        page: pageInfo { hasNextPage endCursor }
      }
    }`,
    output: { items: 'array', total: 'object', next_cursor: 'string' },
    answer: (
      {
        edges,
        total,
        page,
      }: { edges: Edge[]; total: object; page: { hasNextPage: boolean; endCursor: string } },
      { fields },
    ) => ({
      content: {
        items: edges.map(({ node }) => withFields(node, fields)),
        total,
        ...(page.hasNextPage && { next_cursor: page.endCursor }),
      },
      list: 'items',
      cursors: edges.map(({ cursor }) => cursor),
    }),
  },
  {
    name: 'get_item',
    description: 'An item with all of its values, contact, author and version.',
    notFound: {
      code: 'ITEM_NOT_FOUND',
      message: ({ item_id }) => `Item '${item_id}' not found: find_items has the ids`,
    },
    schemas: { fields: strings },
    parameters: { fields: 'Only these keys of values.' },
    answerParameters: ['fields'],
    operation: `query ($item_id: ID!) {
      data: item(id: $item_id) {
        ${itemFields} board_id: boardId column { name } position version created_by: createdBy { id name }
        created_at: createdAt
      }
    }`,
    output: { item: 'object' },
    answer: (item: Edge['node'], { fields }) => ({ content: { item: withFields(item, fields) } }),
  },
  {
    name: 'group_items',
    description:
      'Counts the items of a board by group; with sum_of also sum, average, minimum and maximum of a value. For pipeline reports.',
    parameters: {
      by: 'column, label, created_month, updated_month, values.<key>, or month:<key> of a date',
      sum_of: 'A key of values.',
      query: 'Words that must all occur.',
      value_filters: 'As in find_items.',
    },
    schemas: { ...filterSchemas, by: string, sum_of: string },
    readers: {
      ...filterReaders,
      by: { sets: ['field', 'value', 'month'], read: readGroupBy },
      sum_of: { sets: ['key', 'hasKey'], read: (key) => ({ key, hasKey: true }) },
    },
    notFound: missingBoard,
    operation: `query ($board_id: ID!, $field: ItemGroupField, $value: String, $month: String, $key: String! = "",
      $hasKey: Boolean! = false, $query: String, $values: [ItemValueFilter!], $dates: ItemFilter! = {}, $limit: Int! = ${defaultRows}) {
      data: board(id: $board_id) {
        groups: itemGroups(by: { field: $field, value: $value, month: $month }, search: $query,
          filter: { values: $values, and: [$dates] }, first: $limit) {
          key column { name } count
          numbers(key: $key) @include(if: $hasKey) { sum average: avg minimum: min maximum: max count }
        }
      }
    }`,
    output: { groups: 'array' },
    answer: (content: { groups: object[] }) => ({ content: { ...content }, list: 'groups' }),
  },
  {
    name: 'get_changes',
    description:
      'Who changed what on a board, or of one item. Newest first; with newest_first false in order, to go on after a cursor.',
    notFound: missingBoard,
    operation: `query ($board_id: ID!, $item_id: ID, $newest_first: Boolean! = true, $limit: Int! = ${defaultRows}, $cursor: String) {
      data: board(id: $board_id) {
        changes(subjectId: $item_id, newestFirst: $newest_first, first: $limit, after: $cursor) {
          edges { cursor node { revision subject id: subjectId action at: changedAt by: actor { name }
            fields { field before after } } }
          page: pageInfo { hasNextPage endCursor }
        }
      }
    }`,
    output: { changes: 'array', next_cursor: 'string' },
    answer: ({
      changes: { edges, page },
    }: {
      changes: { edges: Edge[]; page: { hasNextPage: boolean; endCursor: string | null } };
    }) => ({
      content: {
        changes: edges.map(({ node }) => node),
        ...(page.endCursor !== null && { next_cursor: page.endCursor }),
      },
      list: 'changes',
      cursors: edges.map(({ cursor }) => cursor),
    }),
  },
];
