import { Client, fetchExchange, type OperationResult } from '@urql/core';
import { createClient } from 'graphql-sse';
import { expect, it, onTestFinished } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);
const headers = { authorization: `Bearer ${demoKey}` };

const rename = ({ items }: TestBoard, from: string, title: string) =>
  mutateOk(world, 'updateItem', { id: items[from], title }, 'item { id }');

const query = `subscription ($boardIds: [ID!]!, $after: String) {
  boardChanges(boardIds: $boardIds, after: $after) { cursor changes { item { title } } } }`;

interface Data {
  boardChanges: { cursor: string; changes: { item: { title: string } }[] };
}

const titlesOf = ({ boardChanges }: Data): string[] =>
  boardChanges.changes.map(({ item }) => item.title);

/** The cursor after all changes of a board so far. */
async function lastCursor({ id }: TestBoard): Promise<string> {
  const { data } = await world.graphql<{ board: { changes: { pageInfo: { endCursor: string } } } }>(
    'query ($id: ID!) { board(id: $id) { changes(first: 500) { pageInfo { endCursor } } } }',
    { id },
  );
  return data.board.changes.pageInfo.endCursor;
}

it('graphql-sse receives changes, and resumes from a cursor', async () => {
  const client = createClient({ url: `${server.url}/graphql`, headers, retryAttempts: 0 });
  onTestFinished(() => client.dispose());
  const board = await createBoard(world, { A: ['a'] });
  const take = async (after: string): Promise<Data> => {
    const variables = { boardIds: [board.id], after };
    for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
      expect(errors).toBeUndefined();
      return data as Data;
    }
    throw new Error('the stream has ended');
  };
  const start = await lastCursor(board);
  await rename(board, 'a', 'a1');
  const first = await take(start);
  expect(titlesOf(first)).toEqual(['a1']);
  await rename(board, 'a', 'a2');
  expect(titlesOf(await take(first.boardChanges.cursor))).toEqual(['a2']);
});

it('urql receives changes with fetchSubscriptions, and resumes from a cursor', async () => {
  const client = new Client({
    url: `${server.url}/graphql`,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
    fetchOptions: { headers },
  });
  const board = await createBoard(world, { A: ['a'] });
  const take = async (after: string): Promise<Data> => {
    let unsubscribe = () => {};
    const result = await new Promise<OperationResult<Data>>((resolve) => {
      const source = client.subscription<Data>(query, { boardIds: [board.id], after });
      ({ unsubscribe } = source.subscribe(resolve));
    });
    unsubscribe();
    expect(result.error).toBeUndefined();
    return result.data as Data;
  };
  const start = await lastCursor(board);
  await rename(board, 'a', 'a1');
  const first = await take(start);
  expect(titlesOf(first)).toEqual(['a1']);
  await rename(board, 'a', 'a2');
  expect(titlesOf(await take(first.boardChanges.cursor))).toEqual(['a2']);
});
