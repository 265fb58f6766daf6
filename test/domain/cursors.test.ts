import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { expect, it, vi } from 'vitest';
import { cursorEncoder, decodeCursor, encodeCursor } from '../../src/sql/cursor.ts';
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

it.each([
  ['short', 'a board'],
  ['long', 'filter '.repeat(1000)],
  ['long, of other scripts', 'ééй𝄞'.repeat(1000)],
])('reads a %s identity once for all cursors, which are as ever', (_, identity) => {
  const createIdentity = vi.fn(() => identity);
  const encode = cursorEncoder(createIdentity);
  expect(createIdentity).not.toHaveBeenCalled();
  for (const keys of [['2026-01-01', 'item_1'], ['й', null], []]) {
    const content = JSON.stringify(keys);
    const checksum = hash('sha256', identity + content, 'base64url').slice(0, 11);
    const cursor = `${checksum}.${Buffer.from(content).toString('base64url')}`;
    expect(encode(keys)).toBe(cursor);
    expect(encodeCursor(identity, keys)).toBe(cursor);
    expect(decodeCursor(identity, cursor)).toEqual(keys);
  }
  expect(createIdentity).toHaveBeenCalledOnce();
});

it('pages by the cursors of a long filter, which no cache keeps', async () => {
  const keys = vi.spyOn(LRUCache.prototype, 'set');
  const large = world.withOptions({ thresholds: { largeParent: 0, sample: 5 } });
  const document = `query ($after: String, $filter: ItemFilter) {
    items(boardId: "board_abc123", first: 2, after: $after, filter: $filter, orderBy: { field: CREATED_AT }) {
      totalCount edges { cursor node { id } } pageInfo { startCursor endCursor } } }`;
  interface Page {
    items: {
      edges: { cursor: string; node: { id: string } }[];
      pageInfo: { startCursor: string; endCursor: string };
    };
  }
  const filter = { title: { ne: 'x'.repeat(100_000) } };
  const page = async (after?: string | undefined) => {
    const { data } = await large.graphql<Page>(document, { after, filter });
    const { edges, pageInfo } = data.items;
    const cursors = edges.map(({ cursor }) => cursor);
    expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual(cursors);
    return { cursors, ids: edges.map(({ node }) => node.id) };
  };
  const first = await page();
  const second = await page(first.cursors[0]);
  expect(second.ids[0]).toBe(first.ids[1]);
  expect(second.cursors[0]).toBe(first.cursors[1]);
  const lengths = keys.mock.calls.map(([key]) => (typeof key === 'string' ? key.length : 0));
  keys.mockRestore();
  expect(lengths.length).toBeGreaterThan(0);
  expect(Math.max(...lengths)).toBeLessThan(2000);
});
