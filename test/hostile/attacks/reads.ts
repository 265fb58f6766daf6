import { duration, isFull } from '../settings.ts';
import { type Attacks, attackedBoard } from '../target.ts';

const list = (count: number, part: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join(', ');

/**
 * Reads that PostgreSQL answers by looking at every item of the attacked board. `n` is the number of the request, so that
 * no result is cached.
 */
const fields: Record<string, (n: number) => string> = {
  'groups by a value that differs for each item': (n) =>
    `itemGroups(by: { value: "phone" }, filter: { title: { ne: "${n}" } }) { count }`,
  'groups by a value that no item has': (n) => `itemGroups(by: { value: "none${n}" }) { count }`,
  'groups by the month of a value': (n) =>
    `itemGroups(by: { month: "amount" }, filter: { title: { ne: "${n}" } }) { count }`,
  'pages that exclude 100 texts': (n) =>
    `items(first: 5, filter: { values: [{ key: "source", nin: [${list(100, (i) => `"${n}x${i}"`)}] }, { key: "phone", eq: "none" }] }) { nodes { id } }`,
  'pages of items without a value that all have': (n) =>
    `items(first: 5, filter: { values: [{ key: "amount", exists: false }], title: { ne: "${n}" } }) { nodes { id } }`,
  'exact totals of common words': (n) =>
    `items(search: "deal", filter: { title: { ne: "${n}" } }) { totalCount }`,
  'pages sorted by three values': (n) =>
    `items(first: 5, filter: { title: { ne: "${n}" } }, orderBy: [{ value: { key: "source" } }, { value: { key: "phone" } }, { value: { key: "amount" } }]) { nodes { id } }`,
  'searches for a text that is nowhere': (n) =>
    `items(first: 5, search: "f${n}q") { nodes { id } }`,
  'searches for parts of many words': (n) =>
    `items(first: 5, search: "${list(20, (i) => `${(n * 20 + i).toString(16)}`)}") { totalCount nodes { id } }`,
};

/** Expensive reads of one key, sixteen at once. */
export const readAttacks: Attacks = Object.fromEntries(
  Object.entries(fields).map(([name, fieldOf]) => [
    name,
    (attacker) =>
      attacker.repeat(
        (n) => attacker.graphql(`{ board(id: "${attackedBoard}") { ${fieldOf(n)} } }`),
        { milliseconds: duration, senders: isFull ? 32 : 16 },
      ),
  ]),
);
