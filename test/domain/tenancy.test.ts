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

const never = Object.fromEntries(
  Object.keys(demoIds).map((kind) => [kind, `${kind}_never`]),
) as Ids;
const other = {} as Ids & { key: string; workspaceId: string };

/** A whole other workspace: a board of one column, with an item that is linked to a contact. */
beforeAll(async () => {
  const { key, workspaceId } = await createKey(world, { inOtherWorkspace: true });
  const make = async (mutation: string) => {
    const { data } = await world.graphql<Record<'made', Record<string, Ids>>>(mutation, {}, key);
    return data.made;
  };
  const { board } = await make(`mutation { made: createBoard(
    input: { name: "Secret", columns: [{ name: "Secret" }] }) { board { board: id } } }`);
  const { contact } = await make(`mutation { made: createContact(
    input: { name: "Secret" }) { contact { contact: id } } }`);
  const { item } = await make(`mutation { made: createItem(
    input: { boardId: "${board?.board}", title: "Secret", contactId: "${contact?.contact}" }) {
      item { item: id column: columnId } } }`);
  const agent = await world.db.agent.findFirstOrThrow({ where: { workspaceId } });
  Object.assign(other, { key, workspaceId, agent: agent.id }, board, contact, item);
});

/** A reply in which the id that was asked for has no name. */
const nameless = (reply: object, id: string) => JSON.stringify(reply).replaceAll(id, '<id>');
const notFound = (kind: Kind) => `${kind.toUpperCase()}_NOT_FOUND`;

const items = '{ totalCount nodes { id title } }';

/** How each query asks for an id, and of which kind. `$v` holds the id; the ids are the caller's own. */
const asked: Record<string, [Kind, (own: Ids) => string]> = {
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
const refusedQueries = [
  'Query.item boardId',
  'Query.items boardId',
  'Query.items columnId',
  'Board.column id',
];

/** How each field with a filter is asked: `$v` holds the filter. */
const filtered: Record<string, (own: Ids) => string> = {
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

const upserted = { title: 'x', values: { x: 1 } };

/** What each mutation's input says beside the id, and the id's kind. */
const written: Record<string, [Kind, (foreign: Ids) => object]> = {
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
  'upsertItems boardId': ['board', () => ({ items: [upserted] })],
  'upsertItems items columnId': ['column', () => ({ boardId: demoIds.board, items: [upserted] })],
  'upsertItems items contactId': ['contact', () => ({ boardId: demoIds.board, items: [upserted] })],
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
    () => ({ boardId: demoIds.board, operations: [{ upsert: { item: upserted } }] }),
  ],
  'writeItems operations upsert item contactId': [
    'contact',
    () => ({ boardId: demoIds.board, operations: [{ upsert: { item: upserted } }] }),
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
/** Where ids that are not there are passed over. */
const passedOver = ['deleteItems ids', 'deleteContacts ids'];

const places = inputPathsFor('ID');
const short = (place: string) => place.replace(/^Mutation\.(\w+) input/, '$1');

it('knows every place in the schema that takes an id', () => {
  const filters = Object.keys(filtered).flatMap((owner) =>
    Object.keys(filterKinds).flatMap((field) =>
      ['eq', 'ne', 'in', 'nin'].map((test) => `${owner} filter ${field} ${test}`),
    ),
  );
  const known = [...Object.keys(asked), ...Object.keys(written), ...filters];
  expect(places.map(({ place }) => short(place)).sort()).toEqual(known.sort());
});

it.each(
  places.filter(({ place }) => !place.startsWith('Mutation')),
)('finds nothing of another workspace: $place', async ({ place, owner, arg, path }) => {
  const [kind, query] = asked[place] ?? [filterKinds[path[0] ?? ''], filtered[owner]];
  if (kind === undefined || query === undefined) throw new Error(`no row for ${place}`);
  const ask = (id: string, key?: string) =>
    world.graphql(
      `query ($v: ${arg.type}) { ${query(key === undefined ? demoIds : other)} }`,
      { v: inputWith(arg.type, { path }, id) },
      key,
    );
  const foreign = await ask(other[kind]);
  expect(nameless(foreign, other[kind])).toBe(nameless(await ask(never[kind]), never[kind]));
  if (refusedQueries.includes(place)) expectGraphQLError(foreign, notFound(kind));
  else expect(foreign.errors).toBeUndefined();
  expect(JSON.stringify(foreign)).not.toContain('Secret');
  // The question is a good one: to its owner, the id makes a difference.
  expect(await ask(other[kind], other.key)).not.toEqual(await ask(never[kind], other.key));
});

it.each(
  places.filter(({ place }) => place.startsWith('Mutation')),
)('changes nothing of another workspace: $place', async ({ place, field, arg, path }) => {
  const [kind, rest] = written[short(place)] ?? [];
  if (kind === undefined || rest === undefined) throw new Error(`no row for ${place}`);
  const isPassedOver = passedOver.includes(short(place));
  const run = (ids: Ids) => {
    const v = inputWith(arg.type, { path, beside: rest(ids) }, ids[kind]);
    const result = isPassedOver ? 'deletedIds' : '__typename';
    return world.graphql(`mutation ($v: ${arg.type}) { ${field.name}(input: $v) { ${result} } }`, {
      v,
    });
  };
  const before = [await databaseDigest(world, other.workspaceId), await databaseDigest(world)];
  const foreign = await run(other);
  expect(nameless(foreign, other[kind])).toBe(nameless(await run(never), never[kind]));
  expect(await databaseDigest(world, other.workspaceId)).toEqual(before[0]);
  if (isPassedOver) expect(foreign.data).toEqual({ [field.name]: { deletedIds: [] } });
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
/** Endpoints that ignore ids that do not exist. */
const ignoresUnknownIds = [
  'POST /boards/:boardId/items/search column_ids',
  'POST /boards/:boardId/items/search column_id',
  'DELETE /boards/:boardId/items item_ids',
];

it.each(
  idParameters,
)('treats the id of another workspace as unknown: $name in $method $path', async (parameter) => {
  const { name, isList, ...route } = parameter;
  const kind = kindOfParameter(name, route);
  const run = (foreignIds: Ids) => {
    // With a foreign board, all ids are foreign: they really are on that board.
    const ids = kind === 'board' ? foreignIds : { ...demoIds, [kind]: foreignIds[kind] };
    const isInPath = route.path.includes(`:${name}`);
    const { method, url, body } = callOf(route, ids, {
      ...(route.path.endsWith('/by-name') && { name: 'Secret' }),
      ...(!isInPath && { [name]: isList ? [ids[kind]] : ids[kind] }),
    });
    return world.rest(method, url, { body });
  };
  const before = [await databaseDigest(world, other.workspaceId), await databaseDigest(world)];
  const foreign = await run(other);
  const unknown = await run(never);
  expect(nameless(foreign.body, other[kind])).toBe(nameless(unknown.body, never[kind]));
  expect(await databaseDigest(world, other.workspaceId)).toEqual(before[0]);
  expect(JSON.stringify(foreign.body)).not.toContain('"Secret"');
  if (ignoresUnknownIds.includes(`${route.method} ${route.path} ${name}`)) {
    expect(foreign.status).toBe(200);
    return;
  }
  expectRestError(foreign, 404, notFound(kind));
  expect(await databaseDigest(world)).toEqual(before[1]);
});

it('keeps two workspaces apart that hold the same ids', async () => {
  const { key, workspaceId } = await createKey(world, { inOtherWorkspace: true });
  const { boardId, columnId, id } = {
    boardId: demoIds.board,
    columnId: demoIds.column,
    id: demoIds.item,
  };
  const named = { workspaceId, name: 'Twin' };
  await world.db.board.create({ data: { ...named, id: boardId } });
  await world.db.column.create({
    data: { ...named, boardId, id: columnId, position: 0 },
  });
  const agent = await world.db.agent.findFirstOrThrow({ where: { workspaceId } });
  const twin = { workspaceId, boardId, columnId, id, title: 'Twin', position: 0 };
  await world.db.item.create({ data: { ...twin, createdById: agent.id } });
  const demoRows = await databaseDigest(world, 'workspace_demo');
  const path = `/boards/${boardId}/items`;
  const headers = { authorization: `Bearer ${key}` };
  const list = await world.rest<{ title: string }[]>('GET', path, { headers });
  expect(list.body.data.map(({ title }) => title)).toEqual(['Twin']);
  const gone = await world.rest('DELETE', path, { headers, body: { item_ids: [id, 'item_003'] } });
  expect(gone.body.data).toEqual({ deleted: 1, item_ids: [id] });
  expect(await databaseDigest(world, 'workspace_demo')).toEqual(demoRows);
});
