import { expect } from 'vitest';
import type { TestBoard } from './boards.ts';
import type { AppClient } from './world.ts';

/** A call of REST, or of GraphQL with `body` as its variables. */
export interface Call {
  rest?: string;
  graphql?: string;
  body?: object;
  headers?: Record<string, string>;
}

const item = { title: 'x', values: { k: 1, s: 'text', n: 5 }, labels: ['l'] };
const contact = { name: 'x', email: 'x@x.io', match_on: 'email' };

/** Writes and reads of a board with the items a to e, in this order. */
export const callsOn = ({ id, items, columns }: TestBoard): Record<string, Call> => ({
  create: { rest: `POST /boards/${id}/items`, body: item },
  'create with a contact': { rest: `POST /boards/${id}/items`, body: { ...item, contact } },
  'create with a key': {
    rest: `POST /boards/${id}/items`,
    body: item,
    headers: { 'idempotency-key': 'k' },
  },
  'create again': {
    rest: `POST /boards/${id}/items`,
    body: item,
    headers: { 'idempotency-key': 'k' },
  },
  'dry run': { rest: `POST /boards/${id}/items`, body: { ...item, validate_only: true } },
  'update values': { rest: `PUT /boards/${id}/items/${items.a}`, body: { values: { k: 2, m: 3 } } },
  'update labels': { rest: `PUT /boards/${id}/items/${items.a}`, body: { labels: ['m'] } },
  'move to a column': {
    rest: `PUT /boards/${id}/items/${items.b}`,
    body: { column_id: columns.B },
  },
  'move to a position': { rest: `PUT /boards/${id}/items/${items.a}`, body: { position: 1 } },
  'move before another': {
    graphql: 'mutation ($input: MoveItemInput!) { moveItem(input: $input) { item { id } } }',
    body: { input: { id: items.d, before: items.a } },
  },
  'move several': {
    graphql:
      'mutation ($input: MoveItemsInput!) { moveItems(input: $input) { results { item { id } } } }',
    body: { input: { boardId: id, ids: [items.d, items.a], after: items.c } },
  },
  batch: {
    rest: `POST /boards/${id}/items/batch`,
    body: {
      operations: [
        { op: 'create', title: 'new' },
        { op: 'update', id: items.a, title: 'A' },
        { op: 'upsert', match_on: 'k', values: { k: 9 }, title: 'up' },
        { op: 'delete', id: items.e },
      ],
    },
  },
  'batch per item': {
    rest: `POST /boards/${id}/items/batch`,
    body: {
      mode: 'per_item',
      operations: [
        { op: 'create', title: 'y' },
        { op: 'delete', id: 'none' },
      ],
    },
  },
  get: { rest: `GET /boards/${id}/items/${items.a}` },
  list: { rest: `GET /boards/${id}/items` },
  'list of a column': { rest: `GET /boards/${id}/items?column_id=${columns.A}` },
  page: { rest: `GET /boards/${id}/items?limit=2&offset=2` },
  search: {
    rest: `POST /boards/${id}/items/search`,
    body: { query: 'x', value_filters: { k: { gte: 1 } }, sort_by: 'created_at' },
  },
  'page of a board with counts': {
    graphql: `query ($id: ID!) { board(id: $id) { columns { nodes { itemsCount
      items(first: 2) { totalCount nodes { title contact { name } createdBy { name } } } } } } }`,
    body: { id },
  },
  groups: {
    graphql: 'query ($id: ID!) { board(id: $id) { itemGroups(by: { value: "k" }) { key count } } }',
    body: { id },
  },
  boards: { rest: 'GET /boards' },
  changes: { rest: `GET /boards/${id}/changes` },
  'changes of the workspace': { rest: 'GET /changes' },
  delete: { rest: `DELETE /boards/${id}/items/${items.c}` },
  'delete several': {
    rest: `DELETE /boards/${id}/items`,
    body: { item_ids: [items.a, items.b] },
  },
});

const mutation = (name: string, selection: string, input: object): Call => ({
  graphql: `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${selection} } }`,
  body: { input },
});

/** Writes of contacts, of which the first three have items of the board, of its columns, and of the board, to its deletion. */
export const otherCallsOn = (
  { id, columns }: TestBoard,
  [first, second, third]: readonly string[],
): Record<string, Call> => ({
  'create a contact': { rest: 'POST /contacts', body: { name: 'y', email: 'y@y.io' } },
  'update a contact': { rest: `PUT /contacts/${first}`, body: { phone: '+6281234567' } },
  'upsert contacts': mutation('upsertContacts', 'results { action }', {
    matchOn: 'EMAIL',
    contacts: ['y', 'z'].map((name) => ({ name: `${name}2`, email: `${name}@y.io` })),
  }),
  'merge contacts': mutation('mergeContacts', 'contact { id }', { into: first, ids: [second] }),
  'delete contacts': mutation('deleteContacts', 'deletedIds', { ids: [third], unlinkItems: true }),
  'delete contacts with their items': mutation('deleteContacts', 'deletedIds', {
    ids: [first],
    deleteItems: true,
  }),
  'create a column': mutation('createColumn', 'column { id }', { boardId: id, name: 'C' }),
  'update a column': mutation('updateColumn', 'column { id }', { id: columns.B, name: 'D' }),
  'move a column': mutation('updateColumn', 'column { id }', { id: columns.B, position: 0 }),
  'delete a column': mutation('deleteColumn', 'deletedIds', {
    id: columns.A,
    moveItemsTo: columns.B,
  }),
  'create a board': mutation('createBoard', 'board { id }', {
    name: 'x',
    columns: [{ name: 'A' }, { name: 'B' }],
  }),
  'update a board': mutation('updateBoard', 'board { id }', { id, name: 'y' }),
  'delete a board': mutation('deleteBoard', 'deletedIds', { id, deleteItems: true }),
});

/** Sends a call with a key, and expects that it succeeds. */
export async function send(
  world: AppClient,
  key: string,
  { rest, graphql, body, headers }: Call,
): Promise<void> {
  if (graphql !== undefined) {
    expect((await world.graphql(graphql, body, key)).errors).toBeUndefined();
    return;
  }
  const [method = '', path = ''] = rest?.split(' ') ?? [];
  const authorization = `Bearer ${key}`;
  const reply = await world.rest(method, path, { body, headers: { ...headers, authorization } });
  expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
}
