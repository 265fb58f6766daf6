import { randomBytes } from 'node:crypto';
import type { Attacker } from '../attacker.ts';
import { duration, shortDuration } from '../settings.ts';
import { type Attacks, attackedBoard } from '../target.ts';

const nested = (depth: number, open: string, close: string): string =>
  open.repeat(depth) + close.repeat(depth);

const search = `query ($text: String) { items(boardId: "${attackedBoard}", search: $text, first: 50) { totalCount nodes { id } } }`;
const contains = `query ($text: String) { items(boardId: "${attackedBoard}", filter: { title: { contains: $text } }) { totalCount nodes { id } } }`;
const byKey = `query ($text: String!) { items(boardId: "${attackedBoard}", filter: { values: [{ key: $text, eq: 1 }] }) { totalCount } }`;

/** Texts with a meaning in other languages; each is searched, filtered by and used as a key. */
const texts: Record<string, (n: number) => string> = {
  'texts like regular expressions': (n) => `(((a+)+)+)+$${n}${'a'.repeat(150)}!`,
  'LIKE wildcards': (n) => `%_%_%${'_%'.repeat(80)}${n}`,
  'JSON paths as keys': (n) => `$.**[*] ? (@.a == ${n}).keyvalue()`,
  'SQL as text': (n) => `'; SELECT pg_sleep(10); -- ${n}`,
  'combining characters': (n) => `${n}${'Z\u0351\u036b\u0343\u036a\u0302'.repeat(30)}`,
  'characters that grow in normal forms': (n) => `${n}${'\ufdfa'.repeat(180)}`,
  'case folding that grows': (n) => `${n}${'\u0390\ufb03\u1e9e'.repeat(60)}`,
};

const repeatTexts = (attacker: Attacker, textOf: (n: number) => string) =>
  attacker.repeat(
    (n) => attacker.graphql([search, contains, byKey][n % 3] ?? search, { text: textOf(n) }),
    { milliseconds: shortDuration },
  );

/** Bodies as text, since most of them are not what JSON.stringify writes. */
const bodies: Record<string, (n: number) => string> = {
  'a bomb of variables': (n) =>
    JSON.stringify({
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array.from({ length: 40_000 }, (_, i) => `item_${n}_${i}`) },
    }),
  'a bomb of filters in variables': (n) =>
    JSON.stringify({
      query: 'query ($filter: ItemFilter) { items(filter: $filter) { totalCount } }',
      variables: {
        filter: { or: Array.from({ length: 4000 }, (_, i) => ({ title: { eq: `${n}${i}` } })) },
      },
    }),
  'deep JSON': () => `{"query":"{ __typename }","variables":{"x":${nested(400_000, '[', ']')}}}`,
  'deep objects': () =>
    `{"query":"{ __typename }","variables":${'{"x":'.repeat(150_000)}1${'}'.repeat(150_000)}}`,
  'deep values of an item': () =>
    `{"query":"mutation ($v: ItemValues) { createItem(input: { boardId: \\"${attackedBoard}\\", title: \\"x\\", values: $v }) { item { id } } }","variables":{"v":{"x":${nested(50_000, '[', ']')}}}}`,
  '__proto__ as a key': (n) =>
    `{"query":"query ($v: ItemFilter) { items(filter: $v, first: 1) { totalCount } }","variables":{"v":{"__proto__":{"x":${n}},"constructor":{"prototype":{"polluted":1}}}},"__proto__":{"query":"{ x }"}}`,
  'huge numbers': (n) =>
    `{"query":"query ($v: Int) { items(first: $v) { totalCount } }","variables":{"v":${n}${'9'.repeat(500_000)}}}`,
  'huge exponents': (n) =>
    `{"query":"query ($v: Operand) { items(boardId: \\"${attackedBoard}\\", filter: { values: [{ key: \\"amount\\", gt: $v }] }) { totalCount } }","variables":{"v":"1e${100_000 + n}"}}`,
  'the same key many times': (n) =>
    `{${'"query":"{ a: __typename }",'.repeat(20_000)}"query":"{ b${n}: __typename }"}`,
  'many keys beside the query': () =>
    `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":0`).join(',')},"query":"{ __typename }"}`,
  'NUL characters': (n) => `{"query":"{ a${n}: items(search: \\"\\u0000\\") { totalCount } }"}`,
  'lone surrogates': (n) => `{"query":"{ a${n}: items(search: \\"\\ud800\\") { totalCount } }"}`,
  'truncated JSON': () => `{"query":"{ __typename }","variables":{"x":"${'x'.repeat(500_000)}`,
};

const fromBodies: Attacks = Object.fromEntries(
  Object.entries(bodies).map(([name, bodyOf]) => [
    name,
    (attacker) =>
      attacker.repeat(
        (n) =>
          attacker.send({
            body: bodyOf(n),
            headers: { authorization: `Bearer ${n % 2 ? attacker.writeKey : attacker.readKey}` },
          }),
        { milliseconds: shortDuration },
      ),
  ]),
);

const item = JSON.stringify({ title: 'x', validate_only: true });

/** Known attacks by values, in GraphQL and REST. */
export const inputAttacks: Attacks = {
  ...Object.fromEntries(
    Object.entries(texts).map(([name, textOf]) => [
      name,
      (attacker: Attacker) => repeatTexts(attacker, textOf),
    ]),
  ),
  ...fromBodies,

  'forged cursors': (attacker) =>
    attacker.repeat(
      (n) => {
        const forged = [
          randomBytes(60).toString('base64url'),
          Buffer.from(JSON.stringify([n, null, { x: 1 }, '\0'])).toString('base64url'),
          'A'.repeat(5000),
          `${'9'.repeat(100)}.${n}`,
        ][n % 4];
        return n % 2
          ? attacker.graphql('query ($c: String) { items(after: $c, first: 1) { totalCount } }', {
              c: forged,
            })
          : attacker.send({
              method: 'GET',
              path: `/api/crm/boards/${attackedBoard}/items?cursor=${forged}`,
            });
      },
      { milliseconds: shortDuration },
    ),

  'a flood of Idempotency-Keys': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.send({
          path: `/api/crm/boards/${attackedBoard}/items`,
          headers: {
            authorization: `Bearer ${attacker.writeKey}`,
            'idempotency-key': `${n}${'k'.repeat(n % 300)}`,
          },
          body: n % 2 ? item : JSON.stringify({ title: `Flood ${n}` }),
        }),
      { milliseconds: shortDuration, senders: 32 },
    ),

  'one Idempotency-Key at once': (attacker) =>
    attacker.repeat(
      () =>
        attacker.send({
          path: `/api/crm/boards/${attackedBoard}/items`,
          headers: { authorization: `Bearer ${attacker.writeKey}`, 'idempotency-key': 'same' },
          body: JSON.stringify({ title: 'Once' }),
        }),
      { milliseconds: shortDuration, senders: 64 },
    ),

  'a large text that many errors quote': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.graphql(
          `query ($value: Operand!) { ${Array.from({ length: 190 }, (_, i) => `a${i}: board(id: "${attackedBoard}") { ...Failing }`).join(' ')} }
          fragment Failing on Board { items(filter: { values: [{ key: "n", gte: $value }] }) { totalCount } }`,
          { value: `${n}`.padEnd(900_000, '9') },
        ),
      { milliseconds: duration },
    ),

  'REST searches with every kind of filter': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.send({
          path: `/api/crm/boards/${attackedBoard}/items/search`,
          body: JSON.stringify({
            query: `deal ${n}`,
            value_filters: Object.fromEntries(
              Array.from({ length: 90 }, (_, i) => [`key${i}`, { ne: `${n}` }]),
            ),
            limit: 500,
          }),
        }),
      { milliseconds: shortDuration },
    ),

  'downloads of large pages that nobody needs': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.send({
          method: 'GET',
          path: `/api/crm/boards/${attackedBoard}/items?limit=500&offset=${(n % 30) * 500}`,
        }),
      { milliseconds: shortDuration, senders: 32 },
    ),
};
