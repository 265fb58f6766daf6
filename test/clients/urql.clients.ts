import { readFileSync } from 'node:fs';
import { Client, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { persistedExchange } from '@urql/exchange-persisted';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { expect, it, vi } from 'vitest';
import { useWorld } from '../support/world.ts';
import { recordedFetch } from './recorded-fetch.ts';

const world = useWorld();
const schema = introspectionFromSchema(buildSchema(readFileSync('schema.graphql', 'utf8')));

function createClient(preferGetForPersistedQueries: boolean) {
  const { fetch, requests } = recordedFetch(world);
  const client = new Client({
    url: 'http://gateway.test/graphql',
    fetch,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({ schema }),
      persistedExchange({ preferGetForPersistedQueries, enableForMutation: true }),
      fetchExchange,
    ],
  });
  return { client, requests };
}

const boards = gql`query Boards($first: Int!) {
  viewer { id key { id name } }
  boards(first: $first) { nodes { id name settings { id color } } }
}`;

it.each([
  true,
  false,
])('sends a document once, and its hash from then on (GET: %s)', async (isGet) => {
  const { client, requests } = createClient(isGet);
  // Another document than that of the other case: the server knows it already.
  const document = gql`query ${isGet ? 'Get' : 'Post'}($first: Int!) { boards(first: $first) { nodes { id name } } }`;
  for (const first of [1, 2]) {
    const { data, error } = await client.query(document, { first }).toPromise();
    expect(error).toBeUndefined();
    expect(data.boards.nodes).toHaveLength(first);
  }
  expect(requests.map(({ hasDocument }) => hasDocument)).toEqual([false, true, false]);
  if (isGet) expect(requests[2]?.method).toBe('GET');
});

it('normalizes by the schema, without a warning', async () => {
  const warnings = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
  const { client, requests } = createClient(false);
  await client.query(boards, { first: 8 }).toPromise();
  const rename = gql`mutation ($input: UpdateBoardInput!) {
    updateBoard(input: $input) { board { id name settings { id color } } }
  }`;
  const input = { id: 'board_abc123', name: 'Renamed', color: '#111111' };
  const { error } = await client.mutation(rename, { input }).toPromise();
  expect(error).toBeUndefined();
  const sent = requests.length;
  const { data } = await client.query(boards, { first: 8 }).toPromise();
  expect(requests).toHaveLength(sent);
  expect(data.boards.nodes).toContainEqual(
    expect.objectContaining({
      name: 'Renamed',
      settings: expect.objectContaining({ color: '#111111' }),
    }),
  );
  for (const warning of warnings) expect(warning).not.toHaveBeenCalled();
});
