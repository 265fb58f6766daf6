import { beforeAll, expect, it } from 'vitest';
import { createBoard, type TestBoard } from '../support/boards.ts';
import { createContact } from '../support/contacts.ts';
import { expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const pasted = `Re: FW: Offer no. 4711 for Łódź – 100% of the new “assembly line”, with_install, spare parts and service`;
/** As many words as a title can have, of 2 letters at most. */
const longest = Array.from({ length: 170 }, (_, n) => String.fromCodePoint(0x4e00 + n, 0x5e00 + n))
  .join(' ')
  .slice(0, 500);
const people = [
  { name: 'Ana María Łukasz', email: 'ana@x.example', phone: '+62 812-345-678' },
  { name: 'John Smith', email: 'smith.john@y.example' },
];
let board: TestBoard;

beforeAll(async () => {
  board = await createBoard(world, { Lead: [pasted, longest, 'Offer for Łódź'] });
  for (const person of people) await createContact(world, person);
});

/** The titles of the items that a search finds through both doors. */
async function itemsFor(search: string): Promise<string[]> {
  const { data } = await world.graphql<{ items: { nodes: { title: string }[] } }>(
    'query ($id: ID!, $search: String) { items(boardId: $id, search: $search) { nodes { title } } }',
    { id: board.id, search },
  );
  const { body } = await world.rest<{ title: string }[]>(
    'POST',
    `/boards/${board.id}/items/search`,
    { body: { query: search } },
  );
  const titles = body.data.map(({ title }) => title).sort();
  expect(data.items.nodes.map(({ title }) => title).sort()).toEqual(titles);
  return titles;
}

/** The names of the contacts that a search finds through both doors. */
async function contactsFor(search: string): Promise<string[]> {
  const { data } = await world.graphql<{ contacts: { nodes: { name: string }[] } }>(
    'query ($search: String) { contacts(search: $search, filter: { createdAt: { gte: "2025-06-01" } }) { nodes { name } } }',
    { search },
  );
  const { body } = await world.rest<{ name: string }[]>('POST', '/contacts/search', {
    body: { query: search, date_range: { from: '2025-06-01' }, sort_order: 'asc' },
  });
  const names = body.data.map(({ name }) => name);
  expect(data.contacts.nodes.map(({ name }) => name)).toEqual(names);
  return names;
}

it.each([
  ['a pasted title', pasted, [pasted]],
  ['in other letters', pasted.toUpperCase().replace('Ł', 'L').replaceAll('“', '"'), [pasted]],
  ['in another order', pasted.split(' ').reverse().join('\n'), [pasted]],
  ['a word more, the shortest', `${pasted} q`, []],
  ['a word more, the longest', `unheard-of-in-any-title ${pasted}`, []],
  ['a wildcard more', `${pasted.replace('with_install', 'withX_install')}`, []],
  ['the longest title', longest, [longest]],
  ['its words repeated', 'offer for lodz '.repeat(30), [pasted, 'Offer for Łódź'].sort()],
])('finds items by every word of %s', async (_, search, titles) => {
  expect(await itemsFor(search)).toEqual(titles);
});

it.each([
  ['smith JOHN', ['John Smith']],
  ['lukasz ana', ['Ana María Łukasz']],
  ['maria 812-345 @x.', ['Ana María Łukasz']],
  ['example', ['Ana María Łukasz', 'John Smith']],
  ['maria smith', []],
  ['%', []],
  ['a b c d e f g h i j k', []],
  [' \t', ['Ana María Łukasz', 'John Smith']],
])('finds contacts by the words %j', async (search, names) => {
  expect(await contactsFor(search)).toEqual(names);
});

it.each([
  ['an accent', '\u0301', 'must have a letter, a digit or a sign'],
  ['what cannot be seen', '\u200b \u00ad', 'must have a letter, a digit or a sign'],
  ['501 characters', 'x'.repeat(501), 'must not be longer than 500 characters'],
])('refuses a search of contacts for %s', async (_, search, message) => {
  const query = 'query ($search: String) { contacts(search: $search) { totalCount } }';
  const reply = await world.graphql(query, { search });
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toContain(message);
  const rest = await world.rest('POST', '/contacts/search', { body: { query: search } });
  expect(expectRestError(rest, 400, 'VALIDATION_ERROR').message).toContain(message);
});
