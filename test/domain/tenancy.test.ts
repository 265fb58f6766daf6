import { beforeAll, expect, it } from 'vitest';
import { routes } from '../../src/rest/routes.ts';
import {
  callOf,
  demoIds,
  type Ids,
  type Kind,
  kindOfParameter,
} from '../support/endpoint-calls.ts';
import { databaseDigest, expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { inputPathsFor, inputWith } from '../support/input-paths.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();

const unknownIds = Object.fromEntries(
  Object.keys(demoIds).map((kind) => [kind, `${kind}_never`]),
) as Ids;
const foreignIds = {} as Ids & { key: string; workspaceId: string };

/** Another workspace: a board with one column, an item, and the item's contact. */
beforeAll(async () => {
  const { key, workspaceId } = await createKey(world, { inOtherWorkspace: true });
  const create = async (mutation: string) => {
    const { data } = await world.graphql<Record<'created', Record<string, Ids>>>(mutation, {}, key);
    return data.created;
  };
  const { board } = await create(`mutation { created: createBoard(
    input: { name: "Secret", columns: [{ name: "Secret" }] }) { board { board: id } } }`);
  const { contact } = await create(`mutation { created: createContact(
    input: { name: "Secret" }) { contact { contact: id } } }`);
  const { item } = await create(`mutation { created: createItem(
    input: { boardId: "${board?.board}", title: "Secret", contactId: "${contact?.contact}" }) {
      item { item: id column: columnId } } }`);
  const agent = await world.db.agent.findFirstOrThrow({ where: { workspaceId } });
  Object.assign(foreignIds, { key, workspaceId, agent: agent.id }, board, contact, item);
});

/** A response with one id blanked out, to compare the responses for two ids. */
const withoutId = (response: object, id: string) => JSON.stringify(response).replaceAll(id, '<id>');
const notFound = (kind: Kind) => `${kind.toUpperCase()}_NOT_FOUND`;

const items = '{ totalCount nodes { id title } }';

/** Each query path that takes an id: the kind of the id, and the query with the id as `$v`, for the caller's own ids. */
const idQueries: Record<string, [Kind, (own: Ids) => string]> = {
  'Query.board id': ['board', () => 'board(id: $v) { name }'],
  'Query.boardEtag id': ['board', () => 'boardEtag(id: $v)'],
  'Query.contact id': ['contact', () => 'contact(id: $v) { name }'],
  'Query.item id': ['item', () => 'item(id: $v) { title }'],
  'Query.item boardId': ['board', ({ item }) => `item(id: "${item}", boardId: $v) { title }`],
  'Query.items boardId': ['board', () => `items(boardId: $v) ${items}`],
  'Query.items columnId': ['column', () => `items(columnId: $v) ${items}`],
  'Query.node id': ['item', () => 'node(id: $v) { __typename }'],
  'Query.nodes ids': ['contact', () => 'nodes(ids: $v) { __typename }'],
  'Board.column id': ['column', ({ board }) => `board(id: "${board}") { column(id: $v) { name } }`],
  'Board.changes subjectId': [
    'item',
    ({ board }) => `board(id: "${board}") { changes(subjectId: $v) { nodes { changedAt } } }`,
  ],
};
/** Queries that return an error for an unknown id; the others return null or no rows. */
const failsForUnknownId = [
  'Query.item boardId',
  'Query.items boardId',
  'Query.items columnId',
  'Board.column id',
];

/** Each field with a filter: the query with the filter as `$v`, for the caller's own ids. */
const filterQueries: Record<string, (own: Ids) => string> = {
  'Query.items': () => `items(filter: $v) ${items}`,
  'Board.items': ({ board }) => `board(id: "${board}") { items(filter: $v) ${items} }`,
  'Board.itemGroups': ({ board }) =>
    `board(id: "${board}") { itemGroups(by: { field: LABEL }, filter: $v) { key count } }`,
  'Column.items': ({ board, column }) =>
    `board(id: "${board}") { column(id: "${column}") { items(filter: $v) ${items} } }`,
  'Contact.items': ({ contact }) => `contact(id: "${contact}") { items(filter: $v) ${items} }`,
};
const filterKinds: Record<string, Kind> = {
  columnId: 'column',
  contactId: 'contact',
  createdById: 'agent',
};

const upsertItem = { title: 'x', values: { x: 1 } };

/** Each mutation path that takes an id: the kind of the id, and the rest of the input. */
const idMutations: Record<string, [Kind, (foreign: Ids) => object]> = {
  'createItem boardId': ['board', () => ({ title: 'x' })],
  'createItem columnId': ['column', () => ({ boardId: demoIds.board, title: 'x' })],
  'createItem contactId': ['contact', () => ({ boardId: demoIds.board, title: 'x' })],
  'createItem before': ['item', () => ({ boardId: demoIds.board, title: 'x' })],
  'createItem after': ['item', () => ({ boardId: demoIds.board, title: 'x' })],
  'updateItem before': ['item', () => ({ id: demoIds.item })],
  'updateItem after': ['item', () => ({ id: demoIds.item })],
  'moveItem id': ['item', () => ({ at: 'TOP' })],
  'moveItem boardId': ['board', ({ item }) => ({ id: item, at: 'TOP' })],
  'moveItem columnId': ['column', () => ({ id: demoIds.item })],
  'moveItem before': ['item', () => ({ id: demoIds.item })],
  'moveItem after': ['item', () => ({ id: demoIds.item })],
  'moveItems boardId': ['board', ({ item, column }) => ({ ids: [item], columnId: column })],
  'moveItems ids': ['item', () => ({ boardId: demoIds.board, columnId: demoIds.column })],
  'moveItems columnId': ['column', () => ({ boardId: demoIds.board, ids: [demoIds.item] })],
  'moveItems before': ['item', () => ({ boardId: demoIds.board, ids: [demoIds.item] })],
  'moveItems after': ['item', () => ({ boardId: demoIds.board, ids: [demoIds.item] })],
  'deleteItem id': ['item', () => ({})],
  'deleteItem boardId': ['board', ({ item }) => ({ id: item })],
  'createItems boardId': ['board', () => ({ items: [{ title: 'x' }] })],
  'createItems items columnId': ['column', () => ({ boardId: demoIds.board })],
  'createItems items contactId': ['contact', () => ({ boardId: demoIds.board })],
  'updateItems boardId': ['board', ({ item }) => ({ items: [{ id: item, title: 'x' }] })],
  'updateItems items id': ['item', () => ({ boardId: demoIds.board })],
  'updateItems items columnId': [
    'column',
    () => ({ boardId: demoIds.board, items: [{ id: demoIds.item }] }),
  ],
  'updateItems items contactId': [
    'contact',
    () => ({ boardId: demoIds.board, items: [{ id: demoIds.item }] }),
  ],
  'upsertItems boardId': ['board', () => ({ items: [upsertItem] })],
  'upsertItems items columnId': ['column', () => ({ boardId: demoIds.board, items: [upsertItem] })],
  'upsertItems items contactId': [
    'contact',
    () => ({ boardId: demoIds.board, items: [upsertItem] }),
  ],
  'writeItems boardId': ['board', ({ item }) => ({ operations: [{ delete: { id: item } }] })],
  'writeItems operations create columnId': ['column', () => ({ boardId: demoIds.board })],
  'writeItems operations create contactId': ['contact', () => ({ boardId: demoIds.board })],
  'writeItems operations update id': ['item', () => ({ boardId: demoIds.board })],
  'writeItems operations update columnId': [
    'column',
    () => ({ boardId: demoIds.board, operations: [{ update: { id: demoIds.item } }] }),
  ],
  'writeItems operations update contactId': [
    'contact',
    () => ({ boardId: demoIds.board, operations: [{ update: { id: demoIds.item } }] }),
  ],
  'writeItems operations upsert item columnId': [
    'column',
    () => ({ boardId: demoIds.board, operations: [{ upsert: { item: upsertItem } }] }),
  ],
  'writeItems operations upsert item contactId': [
    'contact',
    () => ({ boardId: demoIds.board, operations: [{ upsert: { item: upsertItem } }] }),
  ],
  'writeItems operations delete id': ['item', () => ({ boardId: demoIds.board })],
  'mergeContacts into': ['contact', () => ({ ids: [demoIds.contact] })],
  'mergeContacts ids': ['contact', () => ({ into: demoIds.contact })],
  'updateItem id': ['item', () => ({ title: 'x' })],
  'updateItem boardId': ['board', ({ item }) => ({ id: item, title: 'x' })],
  'updateItem columnId': ['column', () => ({ id: demoIds.item, title: 'x' })],
  'updateItem contactId': ['contact', () => ({ id: demoIds.item, title: 'x' })],
  'deleteItems boardId': ['board', ({ item }) => ({ ids: [item] })],
  'deleteItems ids': ['item', () => ({ boardId: demoIds.board })],
  'updateBoard id': ['board', () => ({ name: 'x' })],
  'deleteBoard id': ['board', () => ({ deleteItems: true })],
  'createColumn boardId': ['board', () => ({ name: 'x', position: 0 })],
  'updateColumn id': ['column', () => ({ name: 'x', position: 0 })],
  'deleteColumn id': ['column', () => ({ deleteItems: true })],
  'deleteColumn moveItemsTo': ['column', () => ({ id: demoIds.column })],
  'updateContact id': ['contact', () => ({ name: 'x' })],
  'deleteContacts ids': ['contact', () => ({ deleteItems: true })],
  'deleteContacts moveItemsTo': ['contact', () => ({ ids: [demoIds.contact] })],
};
/** Mutations that ignore unknown ids. */
const mutationsIgnoringUnknownIds = ['deleteItems ids', 'deleteContacts ids'];

const idPaths = inputPathsFor('ID');
const short = (place: string) => place.replace(/^Mutation\.(\w+) input/, '$1');

it('covers every input of the schema that is an id', () => {
  const filters = Object.keys(filterQueries).flatMap((owner) =>
    Object.keys(filterKinds).flatMap((field) =>
      ['eq', 'ne', 'in', 'nin'].map((operator) => `${owner} filter ${field} ${operator}`),
    ),
  );
  const covered = [...Object.keys(idQueries), ...Object.keys(idMutations), ...filters];
  expect(idPaths.map(({ place }) => short(place)).sort()).toEqual(covered.sort());
});

it.each(
  idPaths.filter(({ place }) => !place.startsWith('Mutation')),
)('finds nothing in another workspace: $place', async ({ place, owner, arg, path }) => {
  const [kind, query] = idQueries[place] ?? [filterKinds[path[0] ?? ''], filterQueries[owner]];
  if (kind === undefined || query === undefined) throw new Error(`no row for ${place}`);
  const run = (id: string, key?: string) =>
    world.graphql(
      `query ($v: ${arg.type}) { ${query(key === undefined ? demoIds : foreignIds)} }`,
      { v: inputWith(arg.type, { path }, id) },
      key,
    );
  const foreign = await run(foreignIds[kind]);
  expect(withoutId(foreign, foreignIds[kind])).toBe(
    withoutId(await run(unknownIds[kind]), unknownIds[kind]),
  );
  if (failsForUnknownId.includes(place)) expectGraphQLError(foreign, notFound(kind));
  else expect(foreign.errors).toBeUndefined();
  expect(JSON.stringify(foreign)).not.toContain('Secret');
  // The query can find something: for a key of the id's own workspace, the id makes a difference.
  expect(await run(foreignIds[kind], foreignIds.key)).not.toEqual(
    await run(unknownIds[kind], foreignIds.key),
  );
});

it.each(
  idPaths.filter(({ place }) => place.startsWith('Mutation')),
)('changes nothing in another workspace: $place', async ({ place, field, arg, path }) => {
  const [kind, rest] = idMutations[short(place)] ?? [];
  if (kind === undefined || rest === undefined) throw new Error(`no row for ${place}`);
  const isIgnored = mutationsIgnoringUnknownIds.includes(short(place));
  const run = (ids: Ids) => {
    const v = inputWith(arg.type, { path, beside: rest(ids) }, ids[kind]);
    const result = isIgnored ? 'deletedIds' : '__typename';
    return world.graphql(`mutation ($v: ${arg.type}) { ${field.name}(input: $v) { ${result} } }`, {
      v,
    });
  };
  const before = [await databaseDigest(world, foreignIds.workspaceId), await databaseDigest(world)];
  const foreign = await run(foreignIds);
  expect(withoutId(foreign, foreignIds[kind])).toBe(
    withoutId(await run(unknownIds), unknownIds[kind]),
  );
  expect(await databaseDigest(world, foreignIds.workspaceId)).toEqual(before[0]);
  if (isIgnored) expect(foreign.data).toEqual({ [field.name]: { deletedIds: [] } });
  else {
    expectGraphQLError(foreign, notFound(kind));
    expect(await databaseDigest(world)).toEqual(before[1]);
  }
});

/** Every parameter of every endpoint that holds an id or a list of ids. */
const idParameters = routes.flatMap((route) =>
  [...route.operation.matchAll(/\$(\w+): (\[?)ID!?\b/g)].map(([, name = '', bracket]) => ({
    ...route,
    name,
    isList: bracket === '[',
  })),
);
/** Endpoints that ignore unknown ids. */
const endpointsIgnoringUnknownIds = [
  'POST /boards/:boardId/items/search column_ids',
  'POST /boards/:boardId/items/search column_id',
  'DELETE /boards/:boardId/items item_ids',
];

it.each(
  idParameters,
)('treats the id of another workspace as unknown: $name in $method $path', async (parameter) => {
  const { name, isList, ...route } = parameter;
  const kind = kindOfParameter(name, route);
  const run = (otherIds: Ids) => {
    // With another board, all ids are the other ones, so that they are on that board.
    const ids = kind === 'board' ? otherIds : { ...demoIds, [kind]: otherIds[kind] };
    const isInPath = route.path.includes(`:${name}`);
    const { method, url, body } = callOf(route, ids, {
      ...(route.path.endsWith('/by-name') && { name: 'Secret' }),
      ...(!isInPath && { [name]: isList ? [ids[kind]] : ids[kind] }),
    });
    return world.rest(method, url, { body });
  };
  const before = [await databaseDigest(world, foreignIds.workspaceId), await databaseDigest(world)];
  const foreign = await run(foreignIds);
  const unknown = await run(unknownIds);
  expect(withoutId(foreign.body, foreignIds[kind])).toBe(withoutId(unknown.body, unknownIds[kind]));
  expect(await databaseDigest(world, foreignIds.workspaceId)).toEqual(before[0]);
  expect(JSON.stringify(foreign.body)).not.toContain('"Secret"');
  if (endpointsIgnoringUnknownIds.includes(`${route.method} ${route.path} ${name}`)) {
    expect(foreign.status).toBe(200);
    return;
  }
  expectRestError(foreign, 404, notFound(kind));
  expect(await databaseDigest(world)).toEqual(before[1]);
});

it('separates two workspaces that have the same ids', async () => {
  const { key, workspaceId } = await createKey(world, { inOtherWorkspace: true });
  const { boardId, columnId, id } = {
    boardId: demoIds.board,
    columnId: demoIds.column,
    id: demoIds.item,
  };
  const names = { workspaceId, name: 'Twin' };
  await world.db.board.create({ data: { ...names, id: boardId } });
  await world.db.column.create({
    data: { ...names, boardId, id: columnId, position: 0 },
  });
  const agent = await world.db.agent.findFirstOrThrow({ where: { workspaceId } });
  const twin = { workspaceId, boardId, columnId, id, title: 'Twin', position: 0 };
  await world.db.item.create({ data: { ...twin, createdById: agent.id } });
  const demoRows = await databaseDigest(world, 'workspace_demo');
  const path = `/boards/${boardId}/items`;
  const headers = { authorization: `Bearer ${key}` };
  const list = await world.rest<{ title: string }[]>('GET', path, { headers });
  expect(list.body.data.map(({ title }) => title)).toEqual(['Twin']);
  const deletion = await world.rest('DELETE', path, {
    headers,
    body: { item_ids: [id, 'item_003'] },
  });
  expect(deletion.body.data).toEqual({ deleted: 1, item_ids: [id] });
  expect(await databaseDigest(world, 'workspace_demo')).toEqual(demoRows);
});
