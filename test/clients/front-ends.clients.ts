import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gql as apolloGql } from '@apollo/client';
import { gql as urqlGql } from '@urql/core';
import { expect, it } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { createBoard } from '../support/boards.ts';
import { project } from '../support/platform.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

interface Card {
  id: string;
  columnId: string;
  position: number;
  version: number;
}

/** The snippet of a client in the documentation, as a module. */
async function snippet<Client>(title: string): Promise<{
  createClient(url: string, token: () => string): Client;
  move(client: Client, card: Card, columnId: string): Promise<unknown>;
}> {
  const text = readFileSync(join(project, 'docs/front-ends.md'), 'utf8');
  const [, code] = new RegExp(`\`\`\`ts title=${title}\\n(.*?)\`\`\``, 's').exec(text) ?? [];
  if (code === undefined) throw new Error(`no snippet of ${title}`);
  const folder = join(import.meta.dirname, 'typed/generated');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${title}-front-end.ts`);
  writeFileSync(path, code);
  return import(/* @vite-ignore */ path);
}

const page = `query Page($boardId: ID!) {
  items(boardId: $boardId, first: 10) { nodes { id columnId position version } } }`;

/** Every state of the first card that a watched page shows. */
interface Watched {
  card: Card;
  columns: string[];
}

async function watchedBy<Client>(
  client: Client,
  watch: (client: Client, boardId: string, next: (card: Card) => void) => void,
): Promise<{ watched: Watched; columns: Record<string, string> }> {
  const { id, columns } = await createBoard(world, { From: ['card'], To: [], Last: ['other'] });
  const watched: Watched = { card: {} as Card, columns: [] };
  watch(client, id, (card) => {
    watched.card = card;
    if (watched.columns.at(-1) !== card.columnId) watched.columns.push(card.columnId);
  });
  await expect.poll(() => watched.columns).toEqual([columns.From]);
  return { watched, columns };
}

/** Moves a card with the snippet, twice as the page shows it, then as it was: shown at once, and taken back. */
async function expectMoves<Client>(
  title: string,
  watch: (client: Client, boardId: string, next: (card: Card) => void) => void,
): Promise<void> {
  const { createClient, move } = await snippet<Client>(title);
  const client = createClient(`${server.url}/graphql`, () => demoKey);
  const { watched, columns } = await watchedBy(client, watch);
  const { From = '', To = '', Last = '' } = columns;
  const stale = watched.card;
  const moving = move(client, stale, To);
  await expect.poll(() => watched.columns).toEqual([From, To]);
  expect(await moving).toBeUndefined();
  await expect.poll(() => watched.card.version).toBe(stale.version + 1);
  expect(await move(client, watched.card, Last)).toBeUndefined();
  await expect.poll(() => watched.card).toMatchObject({ columnId: Last, position: 1 });
  const current = await move(client, { ...stale, columnId: Last }, From);
  expect(current).toMatchObject({ id: stale.id, version: stale.version + 2 });
  await expect.poll(() => watched.columns).toEqual([From, To, Last, From, Last]);
}

it('moves a card with Apollo Client as documented', () =>
  expectMoves<import('@apollo/client').ApolloClient>('apollo', (client, boardId, next) => {
    client
      .watchQuery<{ items: { nodes: Card[] } }>({
        query: apolloGql(page),
        variables: { boardId },
      })
      .subscribe(({ data }) => {
        const card = data?.items?.nodes?.[0];
        if (card) next(card as Card);
      });
  }));

it('moves a card with urql as documented', () =>
  expectMoves<import('@urql/core').Client>('urql', (client, boardId, next) => {
    client.query(urqlGql(page), { boardId }).subscribe(({ data }) => {
      const card = data?.items.nodes[0];
      if (card) next(card);
    });
  }));
