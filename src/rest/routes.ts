import type { ApiError, ErrorCode } from '../errors.ts';
import { explainOperation, readOperations } from './batch-body.ts';
import type { Envelope } from './envelope.ts';
import { readDateRange, readSortBy, readValueFilters } from './search-body.ts';

/** How a parameter is read: the variables that it fills, and what an executor's complaint about them means. */
interface Reader {
  fills: readonly string[];
  read: (value: unknown) => object;
  explain?: (complaint: string) => ApiError | undefined;
}

/**
 * One documented endpoint. The operation's variables carry the names of its parameters, its aliases the names of
 * the reply: its field `data` is what the envelope holds, and where that is null the answer is `missing`.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base path; `:name` fills the variable of that name. */
  path: string;
  reply: Envelope;
  status?: 201;
  operation: string;
  missing?: { code: ErrorCode; message: (variables: Readonly<Record<string, unknown>>) => string };
  /** Parameters that are not handed on as they are: the variables that each fills, and how. */
  reads?: Readonly<Record<string, Reader>>;
  /** What the wire calls a field of the schema, where the operation does not show it. */
  names?: Readonly<Record<string, string>>;
  /** True where the reply is a list of a board's: its ETag tells whether anything of the board has changed. */
  hasEtag?: true;
  /** The field of `data` that the envelope holds, if not all of it. */
  pick?: string;
}

export const basePath = '/api/crm';

/** The read-only fields of an item: a fetched item can be sent back whole. */
export const readOnlyKeys: ReadonlySet<string> = new Set([
  'id',
  'board_id',
  'position',
  'contact',
  'conversation_ids',
  'created_by',
  'created_at',
  'updated_at',
  'version',
]);

const itemRow = `id board_id: boardId column_id: columnId title position values labels
  contact { id name phone } created_at: createdAt updated_at: updatedAt`;

const itemPage = `rows: nodes { ${itemRow} } total: totalCount page: pageInfo { hasNextPage endCursor }`;

const wholeItem = `id board_id: boardId column_id: columnId title position version values
  contact { id name phone email } conversation_ids: conversationIds labels created_by: createdBy { id name }
  created_at: createdAt updated_at: updatedAt`;

const columnBrief = `id board_id: boardId name position color items_count: itemsCount`;

const itemMissing = {
  code: 'ITEM_NOT_FOUND',
  message: ({ id }) => `Item '${id}' not found in board`,
} as const satisfies Route['missing'];
const boardMissing = {
  code: 'BOARD_NOT_FOUND',
  message: ({ id, boardId }) => `Board '${boardId ?? id}' not found`,
} as const satisfies Route['missing'];

/** What the marked rows ask first. */
export const boardEtagRoute: Route = {
  method: 'GET',
  path: '/boards/:boardId',
  reply: 'object',
  operation: `query ($boardId: ID!) { data: boardEtag(id: $boardId) }`,
};

/** The table: every endpoint, and all that is particular to it. */
export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/boards/:boardId/items',
    reply: 'list',
    hasEtag: true,
    operation: `query ($boardId: ID!, $column_id: ID, $search: String, $limit: Int! = 50, $offset: Int! = 0,
      $cursor: String) {
      data: items(boardId: $boardId, columnId: $column_id, filter: { title: { contains: $search } },
        first: $limit, offset: $offset, after: $cursor) { ${itemPage} }
    }`,
  },
  {
    method: 'GET',
    path: '/boards/:boardId/items/:id',
    reply: 'object',
    missing: itemMissing,
    operation: `query ($boardId: ID!, $id: ID!) { data: item(boardId: $boardId, id: $id) { ${wholeItem} } }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/items/search',
    reply: 'search',
    hasEtag: true,
    reads: {
      value_filters: { fills: ['values'], read: readValueFilters },
      date_range: { fills: ['dates'], read: readDateRange },
      sort_by: { fills: ['sortField', 'sortValue'], read: readSortBy },
    },
    operation: `query ($boardId: ID!, $query: String, $column_ids: [ID!], $column_id: ID, $values: [ItemValueFilter!],
      $dates: ItemFilter! = {}, $filter: ItemFilter! = {}, $sortField: ItemOrderField, $sortValue: ItemValueOrder,
      $sort_order: OrderDirection! = DESC, $limit: Int! = 50, $offset: Int! = 0, $cursor: String) {
      data: items(boardId: $boardId, search: $query,
        filter: { columnId: { in: $column_ids, eq: $column_id }, values: $values, and: [$dates, $filter] },
        orderBy: [{ field: $sortField, value: $sortValue, direction: $sort_order }],
        first: $limit, offset: $offset, after: $cursor) { ${itemPage} }
    }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/items',
    reply: 'object',
    status: 201,
    pick: 'item',
    operation: `mutation ($boardId: ID!, $title: String!, $column_id: ID, $column_name: String, $values: ItemValues,
      $contact_id: ID, $labels: [String!], $validate_only: Boolean) {
      data: createItem(input: { boardId: $boardId, title: $title, columnId: $column_id, columnName: $column_name,
        values: $values, contactId: $contact_id, labels: $labels }, validateOnly: $validate_only) {
        item { ${wholeItem} }
      }
    }`,
  },
  {
    method: 'PUT',
    path: '/boards/:boardId/items/:itemId',
    reply: 'object',
    pick: 'item',
    operation: `mutation ($boardId: ID!, $itemId: ID!, $title: String, $column_id: ID, $column_name: String,
      $values: ItemValues, $contact_id: ID, $labels: [String!], $position: Int, $expected_version: Int,
      $validate_only: Boolean) {
      data: updateItem(input: { boardId: $boardId, id: $itemId, title: $title, columnId: $column_id,
        columnName: $column_name, values: $values, contactId: $contact_id, labels: $labels, position: $position,
        expectedVersion: $expected_version }, validateOnly: $validate_only) { item { ${wholeItem} } }
    }`,
  },
  {
    method: 'DELETE',
    path: '/boards/:boardId/items',
    reply: 'object',
    operation: `mutation ($boardId: ID!, $item_ids: [ID!]!, $validate_only: Boolean) {
      data: deleteItems(input: { boardId: $boardId, ids: $item_ids }, validateOnly: $validate_only) {
        deleted: deletedCount item_ids: deletedIds
      }
    }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/items/batch',
    reply: 'batch',
    reads: {
      operations: { fills: ['operations'], read: readOperations, explain: explainOperation },
    },
    operation: `mutation ($boardId: ID!, $operations: [ItemOperationInput!]!, $mode: BatchMode! = ATOMIC,
      $validate_only: Boolean) {
      data: writeItems(input: { boardId: $boardId, operations: $operations, mode: $mode }, validateOnly: $validate_only) {
        created: createdCount updated: updatedCount deleted: deletedCount failed: failedCount
        results { index action item { ${wholeItem} } error { code message details { field message } context } }
      }
    }`,
  },
  {
    method: 'GET',
    path: '/boards/:boardId/changes',
    reply: 'changes',
    missing: boardMissing,
    pick: 'changes',
    operation: `query ($boardId: ID!, $after: String, $limit: Int! = 100) {
      data: board(id: $boardId) {
        changes(first: $limit, after: $after) {
          rows: nodes { revision subject id: subjectId action version at: changedAt by: actor { id name } fields { field before after } }
          page: pageInfo { hasNextPage endCursor }
        }
      }
    }`,
  },
  {
    method: 'GET',
    path: '/boards',
    reply: 'list',
    operation: `query ($limit: Int! = 50, $offset: Int! = 0) {
      data: boards(first: $limit, offset: $offset) {
        rows: nodes { id name description columns_count: columnsCount items_count: itemsCount
          created_at: createdAt updated_at: updatedAt }
        total: totalCount
      }
    }`,
  },
  {
    method: 'GET',
    path: '/boards/:id',
    reply: 'object',
    missing: boardMissing,
    operation: `query ($id: ID!) {
      data: board(id: $id) {
        id name description columns(first: 500) { nodes { id name position items_count: itemsCount } }
        settings { allow_delete: allowDelete allow_reorder: allowReorder color }
        created_at: createdAt updated_at: updatedAt
      }
    }`,
  },
  {
    method: 'GET',
    path: '/boards/:boardId/columns/:columnId',
    reply: 'object',
    missing: boardMissing,
    pick: 'column',
    operation: `query ($boardId: ID!, $columnId: ID!) {
      data: board(id: $boardId) {
        column(id: $columnId) { ${columnBrief} settings { wip_limit: wipLimit auto_archive_days: autoArchiveDays }
          created_at: createdAt updated_at: updatedAt }
      }
    }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/columns/by-name',
    reply: 'object',
    missing: boardMissing,
    pick: 'column',
    operation: `query ($boardId: ID!, $name: String!) {
      data: board(id: $boardId) { column(name: $name) { ${columnBrief} } }
    }`,
  },
];
