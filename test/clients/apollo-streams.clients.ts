import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { print } from 'graphql';
import { createClient } from 'graphql-sse';
import { Observable } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { createBoard, mutateOk } from '../support/boards.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

/** An Apollo client whose operations go through graphql-sse, as its documentation describes the link. */
function createApollo(): ApolloClient {
  const sse = createClient({
    url: `${server.url}/graphql`,
    headers: { authorization: `Bearer ${demoKey}` },
    retryAttempts: 0,
  });
  onTestFinished(() => sse.dispose());
  const link = new ApolloLink(
    ({ query, variables, operationName = null }) =>
      new Observable((sink) =>
        sse.subscribe(
          { query: print(query), variables, operationName },
          {
            next: sink.next.bind(sink) as never,
            complete: sink.complete.bind(sink),
            error: sink.error.bind(sink),
          },
        ),
      ),
  );
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

interface Page {
  cursor: string;
  changes: { item: { id: string; title: string } }[];
}

const subscription = gql`subscription ($boardIds: [ID!]!, $revisions: [Float!], $after: String) {
  boardChanges(boardIds: $boardIds, revisions: $revisions, after: $after) {
    cursor changes { item { id title } } } }`;

const firstPage = gql`query ($boardId: ID!) {
  items(boardId: $boardId, first: 10) { revision nodes { id title } } }`;

it('follows a board from its first page on, updates its cache, and resumes from a cursor', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const id = board.items.a;
  const apollo = createApollo();
  const rename = (title: string) => mutateOk(world, 'updateItem', { id, title }, 'item { id }');
  const take = (start: object): Promise<Page> =>
    new Promise((resolve, reject) => {
      const variables = { boardIds: [board.id], ...start };
      const following = apollo.subscribe<{ boardChanges: Page }>({
        query: subscription,
        variables,
      });
      const active = following.subscribe({
        next: ({ data, error }) => {
          active.unsubscribe();
          if (data) resolve(data.boardChanges);
          else reject(error);
        },
        error: reject,
      });
    });

  const { data } = await apollo.query<{ items: { revision: number } }>({
    query: firstPage,
    variables: { boardId: board.id },
  });
  // A change between the page and the stream.
  await rename('a1');
  const first = await take({ revisions: [data?.items.revision] });
  expect(first.changes).toMatchObject([{ item: { title: 'a1' } }]);
  const cached = apollo.cache.readFragment({
    id: `Item:${id}`,
    fragment: gql`fragment Title on Item { title }`,
  });
  expect(cached).toMatchObject({ title: 'a1' });
  await rename('a2');
  const second = await take({ after: first.cursor });
  expect(second.changes).toMatchObject([{ item: { title: 'a2' } }]);
});
