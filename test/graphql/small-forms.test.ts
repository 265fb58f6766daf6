import { expect, it } from 'vitest';
import { createBoard } from '../support/boards.ts';
import { directly } from '../support/direct-writes.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

interface Page {
  nodes: object[];
  edges: object[];
  totalCount: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}
const page =
  'nodes { id } edges { cursor } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

it.each([
  ['items', `items(ARGS) { ${page} }`, 'first'],
  ['items', `items(ARGS) { ${page} }`, 'last'],
  [
    'items',
    `items(boardId: "board_abc123", orderBy: [{ field: TITLE }], ARGS) { ${page} }`,
    'first',
  ],
  ['items', `items(search: "acme", ARGS) { ${page} }`, 'first'],
  ['items', `items(filter: { values: [{ key: "deal_value", gt: 1 }] }, ARGS) { ${page} }`, 'last'],
  ['boards', `boards(ARGS) { ${page} }`, 'first'],
  ['contacts', `contacts(ARGS) { ${page} }`, 'last'],
  ['agents', `agents(ARGS) { ${page} }`, 'first'],
])('returns a page of no %s, which knows whether there are more: %s', async (name, field, size) => {
  const document = `{ ${field.replace('ARGS', `${size}: 0`)} }`;
  const { data, errors } = await world.graphql<Record<string, Page>>(document);
  expect(errors).toBeUndefined();
  expect(data[name]).toEqual({
    nodes: [],
    edges: [],
    totalCount: expect.any(Number),
    pageInfo: {
      hasNextPage: size === 'first',
      hasPreviousPage: size === 'last',
      startCursor: null,
      endCursor: null,
    },
  });
});

it('returns a page of no columns', async () => {
  const { data } = await world.graphql<{ board: { columns: Page } }>(
    '{ board(id: "board_abc123") { columns(first: 0) { nodes { id } totalCount pageInfo { hasNextPage } } } }',
  );
  expect(data.board.columns).toEqual({ nodes: [], totalCount: 5, pageInfo: { hasNextPage: true } });
});

it('keeps the cursor of the caller on an empty page of a change log', async () => {
  const { id: boardId } = await createBoard(world, { A: [] });
  const changes = async (args: string) => {
    const document = `{ board(id: "${boardId}") { changes(${args}) { nodes { revision } pageInfo { startCursor endCursor hasNextPage } } } }`;
    return (await world.graphql<{ board: { changes: Page } }>(document)).data.board.changes;
  };
  const { endCursor } = (await changes('first: 500')).pageInfo;
  expect(endCursor).not.toBeNull();
  const none = { nodes: [], pageInfo: { startCursor: null, endCursor, hasNextPage: false } };
  expect(await changes(`first: 500, after: "${endCursor}"`)).toEqual(none);
  expect((await changes(`first: 0, after: "${endCursor}"`)).pageInfo.endCursor).toBe(endCursor);
  expect((await changes('first: 0')).pageInfo.endCursor).toBeNull();
  await world.graphql(
    `mutation { updateBoard(input: { id: "${boardId}", description: "x" }) { board { id } } }`,
  );
  expect((await changes(`after: "${endCursor}"`)).nodes).toHaveLength(1);
});

it('keeps the cursor of the caller on an empty page of the log of contacts', async () => {
  const changes = async (args: string) => {
    const document = `{ contactChanges(${args}) { nodes { subjectId } pageInfo { endCursor } } }`;
    return (await world.graphql<{ contactChanges: Page }>(document)).data.contactChanges;
  };
  await world.graphql('mutation { createContact(input: { name: "x" }) { contact { id } } }');
  const { endCursor } = (await changes('first: 500')).pageInfo;
  const none = { nodes: [], pageInfo: { endCursor } };
  expect(await changes(`after: "${endCursor}"`)).toEqual(none);
  const { body } = await world.rest('GET', `/contacts/changes?after=${endCursor}`);
  expect(body).toMatchObject({ data: [], next_cursor: endCursor });
});

it('has ids for what caches keep, each another one', async () => {
  const { data } = await world.graphql<{
    viewer: { id: string; key: { id: string }; workspace: { id: string } };
    boards: { nodes: { id: string; settings: { id: string } }[] };
    board: { columns: { nodes: { id: string; settings: { id: string } }[] } };
  }>(`{
    viewer { id key { id } workspace { id } }
    boards { nodes { id settings { id } } }
    board(id: "board_abc123") { columns { nodes { id settings { id } } } }
  }`);
  const { viewer, boards, board } = data;
  const withSettings = [...boards.nodes, ...board.columns.nodes];
  const ids = [
    ...[viewer.id, viewer.key.id, viewer.workspace.id],
    ...withSettings.flatMap(({ id, settings }) => [id, settings.id]),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => id.length > 0)).toBe(true);
});

it('says what a date-time is', async () => {
  const { data } = await world.graphql('{ __type(name: "DateTime") { specifiedByURL } }');
  expect(data).toEqual({
    __type: { specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time' },
  });
});

it.each([
  ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
  ['2026-01-02T03:04:05.100Z', '2026-01-02T03:04:05.100Z'],
  ['2026-12-31T23:59:59.120Z', '2026-12-31T23:59:59.120Z'],
  ['2026-12-31T23:59:59.999Z', '2026-12-31T23:59:59.999Z'],
])('writes the instant %s as %s, in pages and single items', async (stored, expected) => {
  await directly(world, (tx) =>
    tx.item.update({
      where: { workspaceId_id: { workspaceId: 'workspace_demo', id: 'item_001' } },
      data: { createdAt: new Date(stored) },
    }),
  );
  const { data } = await world.graphql<{ item: object; items: { nodes: object[] } }>(
    `{ item(id: "item_001") { createdAt }
      items(boardId: "board_abc123", first: 1) { nodes { createdAt } } }`,
  );
  expect(data).toEqual({
    item: { createdAt: expected },
    items: { nodes: [{ createdAt: expected }] },
  });
});
