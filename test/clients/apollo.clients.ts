import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { expect, it, vi } from 'vitest';
import { useWorld } from '../support/world.ts';
import { recordedFetch } from './recorded-fetch.ts';

const world = useWorld();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function createClient() {
  const { fetch, requests } = recordedFetch(world);
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(
    new HttpLink({ uri: 'http://gateway.test/graphql', fetch }),
  );
  return { client: new ApolloClient({ link, cache: new InMemoryCache() }), requests };
}

const boards = gql`query Boards($first: Int!) {
  viewer { id key { id name } }
  boards(first: $first) { nodes { id name settings { id color } } }
}`;

it('sends a document once, and its hash from then on', async () => {
  const { client, requests } = createClient();
  const run = (first: number) =>
    client.query<{ boards: { nodes: object[] } }>({ query: boards, variables: { first } });
  expect((await run(2)).data?.boards.nodes).toHaveLength(2);
  expect((await run(3)).data?.boards.nodes).toHaveLength(3);
  expect(requests.map(({ method, hasDocument }) => [method, hasDocument])).toEqual([
    ['GET', false],
    ['POST', true],
    ['GET', false],
  ]);
});

it('merges objects in its cache by their ids, without a warning', async () => {
  const warnings = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
  const { client, requests } = createClient();
  await client.query({ query: boards, variables: { first: 8 } });
  await client.query({
    query: gql`{
      viewer { id key { id scopes } }
      board(id: "board_abc123") { id description settings { id allowDelete } }
    }`,
  });
  await client.mutate({
    mutation: gql`mutation {
      updateBoard(input: { id: "board_abc123", name: "Renamed", color: "#000000" }) {
        board { id name settings { id color } }
      }
    }`,
  });
  const sent = requests.length;
  const cached = await client.query<{ boards: { nodes: object[] } }>({
    query: boards,
    variables: { first: 8 },
  });
  expect(requests).toHaveLength(sent);
  expect(cached.data?.boards.nodes).toContainEqual(
    expect.objectContaining({
      name: 'Renamed',
      settings: expect.objectContaining({ color: '#000000' }),
    }),
  );
  for (const warning of warnings) expect(warning).not.toHaveBeenCalled();
});
