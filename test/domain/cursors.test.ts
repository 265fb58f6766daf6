import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it('accepts a cursor only for the board or column that it was created for', async () => {
  const page = (board: string, after?: string | null) =>
    world.graphql<{ items: { pageInfo: { endCursor: string } } }>(
      'query ($board: ID, $after: String) { items(boardId: $board, first: 1, after: $after) { pageInfo { endCursor } } }',
      { board, after },
    );
  const cursor = (await page('board_abc123')).data.items.pageInfo.endCursor;
  expect((await page('board_abc123', cursor)).errors).toBeUndefined();
  expect((await page('board_def456', cursor)).errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');

  // One statement reads both columns: each cursor is valid in its own column only.
  const { data } = await world.graphql<{
    board: { columns: { nodes: { id: string; items: { edges: { cursor: string }[] } }[] } };
  }>(
    '{ board(id: "board_abc123") { columns { nodes { id items(first: 1) { edges { cursor } } } } } }',
  );
  const columns = data.board.columns.nodes.flatMap(({ id, items: { edges } }) =>
    edges.map(({ cursor }) => ({ id, cursor })),
  );
  expect(columns.length).toBeGreaterThan(1);
  for (const { cursor } of columns) {
    for (const { id, cursor: own } of columns) {
      const reply = await world.graphql(
        'query ($id: ID, $after: String) { items(boardId: "board_abc123", columnId: $id, first: 1, after: $after) { totalCount nodes { id } } }',
        { id, after: cursor },
      );
      const code = reply.errors?.[0]?.extensions.code;
      expect([id, code]).toEqual([id, cursor === own ? undefined : 'INVALID_CURSOR']);
    }
  }
});

it('reports the pages on both sides of a page between two cursors', async () => {
  interface Page {
    items: {
      edges: { cursor: string }[];
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
    };
  }
  const page = async (args: string) => {
    const { data } = await world.graphql<Page>(
      `{ items(boardId: "board_abc123" ${args}) { edges { cursor } pageInfo { hasNextPage hasPreviousPage } } }`,
    );
    return data.items;
  };
  const { edges } = await page('first: 5');
  const third = edges[2]?.cursor;
  expect((await page(`before: "${third}"`)).pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
  });
  expect((await page(`after: "${third}", last: 500`)).pageInfo).toEqual({
    hasNextPage: false,
    hasPreviousPage: true,
  });
});
