import { describeOperations, readOperations, toOperationError } from './batch-body.ts';
import { describeFilter, describeRevision, readFilter, readRevision } from './event-stream.ts';
import { toCamelCase } from './names.ts';
import { itemContactReader } from './readers/item-contact.ts';
import type { Route } from './route.ts';
import { changeRoutes, changeSelection } from './routes/changes.ts';
import { contactRoutes } from './routes/contacts.ts';
import { fileRoutes } from './routes/files.ts';
import { keyRoutes } from './routes/keys.ts';
import { missingBoard, missingItem } from './routes/missing.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import {
  describeDateRange,
  describeSortBy,
  describeValueFilters,
  readDateRange,
  readSortBy,
  readValueFilters,
} from './search-body.ts';

/** The parameters that set an item's fields. */
const itemParameters = `$column_id: ID, $column_name: String, $values: ItemValues, $contact_id: ID,
  $contact: ItemContactInput, $labels: [String!]`;

/** The parameters as fields of an input: `columnId: $column_id`. */
const itemInput = [...itemParameters.matchAll(/\$(\w+):/g)]
  .map(([, name = '']) => `${toCamelCase(name)}: $${name}`)
  .join(', ');

/** The first fields of an item in every response. */
const itemBase = `id board_id: boardId column_id: columnId title position`;

const itemRowSelection = `${itemBase} values labels contact { id name phone }
  created_at: createdAt updated_at: updatedAt`;

const itemPage = `rows: nodes { ${itemRowSelection} } total: totalCount page: pageInfo { hasNextPage endCursor } etag`;

const itemSelection = `${itemBase} version values contact { id name phone email } conversation_ids: conversationIds
  labels created_by: createdBy { id name } created_at: createdAt updated_at: updatedAt`;

const columnSelection = `id board_id: boardId name position color items_count: itemsCount`;

const sortReaders = {
  sort_by: { sets: ['sortField', 'sortValue'], read: readSortBy, describe: describeSortBy },
} as const;

/** Runs before a route with `hasBoardEtag` where the request has an ETag. */
export const boardEtagRoute: Route = {
  method: 'GET',
  path: '/boards/:boardId',
  envelope: 'object',
  operation: `query boardEtag($boardId: ID!) { data: boardEtag(id: $boardId) }`,
};

/** The table of all endpoints. */
export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/boards/:boardId/items',
    envelope: 'list',
    hasBoardEtag: true,
    readers: sortReaders,
    operation: `query listItems($boardId: ID!, $column_id: ID, $search: String, $sortField: ItemOrderField = POSITION,
      $sortValue: ItemValueOrder, $sort_order: OrderDirection! = ASC, $limit: Int! = 50, $offset: Int! = 0,
      $cursor: String) {
      data: items(boardId: $boardId, columnId: $column_id, filter: { title: { contains: $search } },
        orderBy: [{ field: $sortField, value: $sortValue, direction: $sort_order }],
        first: $limit, offset: $offset, after: $cursor) { ${itemPage} }
    }`,
  },
  {
    method: 'GET',
    path: '/boards/:boardId/items/:itemId',
    envelope: 'object',
    notFound: missingItem,
    operation: `query getItem($boardId: ID!, $itemId: ID!) { data: item(boardId: $boardId, id: $itemId) { ${itemSelection} } }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/items/search',
    envelope: 'search',
    hasBoardEtag: true,
    readers: {
      value_filters: { sets: ['values'], read: readValueFilters, describe: describeValueFilters },
      date_range: { sets: ['dates'], read: readDateRange, describe: describeDateRange },
      ...sortReaders,
    },
    operation: `query searchItems($boardId: ID!, $query: String, $column_ids: [ID!], $column_id: ID, $values: [ItemValueFilter!],
      $dates: ItemFilter! = {}, $filter: ItemFilter! = {}, $sortField: ItemOrderField, $sortValue: ItemValueOrder,
      $sort_order: OrderDirection! = DESC, $limit: Int! = 50, $offset: Int! = 0, $cursor: String) {
      data: items(boardId: $boardId, columnId: $column_id, columnIds: $column_ids, search: $query,
        filter: { values: $values, and: [$dates, $filter] },
        orderBy: [{ field: $sortField, value: $sortValue, direction: $sort_order }],
        first: $limit, offset: $offset, after: $cursor) { ${itemPage} }
    }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/items',
    envelope: 'object',
    status: 201,
    pick: 'item',
    ignoresReadOnly: true,
    readers: { contact: itemContactReader },
    operation: `mutation createItem($boardId: ID!, $title: String!, ${itemParameters}, $validate_only: Boolean) {
      data: createItem(input: { boardId: $boardId, title: $title, ${itemInput} }, validateOnly: $validate_only) {
        item { ${itemSelection} }
      }
    }`,
  },
  {
    method: 'PUT',
    path: '/boards/:boardId/items/:itemId',
    envelope: 'object',
    pick: 'item',
    ignoresReadOnly: true,
    readers: { contact: itemContactReader },
    operation: `mutation updateItem($boardId: ID!, $itemId: ID!, $title: String, ${itemParameters}, $position: Int,
      $expected_version: Int, $validate_only: Boolean) {
      data: updateItem(input: { boardId: $boardId, id: $itemId, title: $title, ${itemInput}, position: $position,
        expectedVersion: $expected_version }, validateOnly: $validate_only) { item { ${itemSelection} } }
    }`,
  },
  {
    method: 'DELETE',
    path: '/boards/:boardId/items/:itemId',
    envelope: 'object',
    pick: 'item',
    operation: `mutation deleteItem($boardId: ID!, $itemId: ID!, $expected_version: Int, $validate_only: Boolean) {
      data: deleteItem(input: { boardId: $boardId, id: $itemId, expectedVersion: $expected_version },
        validateOnly: $validate_only) { item { ${itemBase} values labels } }
    }`,
  },
  {
    method: 'DELETE',
    path: '/boards/:boardId/items',
    envelope: 'object',
    operation: `mutation deleteItems($boardId: ID!, $item_ids: [ID!]!, $validate_only: Boolean) {
      data: deleteItems(input: { boardId: $boardId, ids: $item_ids }, validateOnly: $validate_only) {
        deleted: deletedCount item_ids: deletedIds
      }
    }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/items/batch',
    envelope: 'batch',
    readers: {
      operations: {
        sets: ['operations'],
        hasRestNames: true,
        read: readOperations,
        toError: toOperationError,
        describe: describeOperations,
      },
    },
    operation: `mutation writeItems($boardId: ID!, $operations: [ItemOperationInput!]!, $mode: BatchMode! = ATOMIC,
      $validate_only: Boolean) {
      data: writeItems(input: { boardId: $boardId, operations: $operations, mode: $mode }, validateOnly: $validate_only) {
        created: createdCount updated: updatedCount deleted: deletedCount failed: failedCount
        results { index action item { ${itemSelection} } error { code message details { field message } context } }
      }
    }`,
  },
  {
    method: 'GET',
    path: '/boards/:boardId/changes',
    envelope: 'changes',
    notFound: missingBoard,
    pick: 'changes',
    operation: `query listBoardChanges($boardId: ID!, $after: String, $limit: Int! = 100, $wait: Int) {
      data: board(id: $boardId) {
        changes(first: $limit, after: $after, wait: $wait) {
          rows: nodes { version ${changeSelection} }
          page: pageInfo { hasNextPage endCursor }
        }
      }
    }`,
  },
  {
    method: 'GET',
    path: '/boards/:boardId/changes/stream',
    envelope: 'changes',
    readers: {
      filter: { sets: ['filter'], read: readFilter, describe: describeFilter },
      revision: { sets: ['revisions'], read: readRevision, describe: describeRevision },
    },
    operation: `subscription streamBoardChanges($boardId: ID!, $after: String, $revisions: [Float!], $filter: ItemFilter) {
      data: boardChanges(boardIds: [$boardId], after: $after, revisions: $revisions, filter: $filter) {
        rows: changes { version ${changeSelection} transition } cursor
      }
    }`,
  },
  {
    method: 'GET',
    path: '/boards',
    envelope: 'list',
    operation: `query listBoards($limit: Int! = 50, $offset: Int! = 0) {
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
    envelope: 'object',
    notFound: missingBoard,
    operation: `query getBoard($id: ID!) {
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
    envelope: 'object',
    notFound: missingBoard,
    pick: 'column',
    operation: `query getColumn($boardId: ID!, $columnId: ID!) {
      data: board(id: $boardId) {
        column(id: $columnId) { ${columnSelection} settings { wip_limit: wipLimit auto_archive_days: autoArchiveDays }
          created_at: createdAt updated_at: updatedAt }
      }
    }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/columns/by-name',
    envelope: 'object',
    notFound: missingBoard,
    pick: 'column',
    operation: `query findColumn($boardId: ID!, $name: String!) {
      data: board(id: $boardId) { column(name: $name) { ${columnSelection} } }
    }`,
  },
  ...fileRoutes({ itemSelection, readers: sortReaders }),
  ...changeRoutes,
  ...contactRoutes,
  ...webhookRoutes,
  ...keyRoutes,
];
