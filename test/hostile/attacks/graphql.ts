import { duration, isFull } from '../settings.ts';
import { type Attacks, attackedBoard } from '../target.ts';

/** The texts of `count` parts, each made from its number. */
const many = (count: number, part: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');

const board = `boards(first: 1) { nodes { id } }`;

/** Documents by the attack; `n` is the number of the request, so that no document is cached. */
const documents: Record<string, (n: number) => string> = {
  'alias overload': (n) => `{ ${many(900, (i) => `a${n}x${i}: viewer { key { name } }`)} }`,
  'alias overload of rows': (n) =>
    `{ ${many(100, (i) => `a${n}x${i}: items(boardId: "${attackedBoard}", first: 500) { nodes { id title values } }`)} }`,
  'field duplication': (n) => `{ a${n}: boards { nodes { ${'id '.repeat(3500)} } } }`,
  'duplication of objects': (n) => `{ a${n}: ${board} ${many(500, () => board)} }`,
  'directive overload': (n) =>
    `{ a${n}: boards { nodes { id ${'@include(if: true) '.repeat(900)} } } }`,
  'overload of unknown directives': (n) => `{ a${n}: __typename ${many(1500, (i) => `@d${i}`)} }`,
  'circular fragments': (n) =>
    `{ a${n}: boards { nodes { ...A } } } fragment A on Board { id ...B } fragment B on Board { name ...A }`,
  'a long circle of fragments': (n) =>
    `{ a${n}: boards { nodes { ...F0 } } } ${many(400, (i) => `fragment F${i} on Board { ...F${(i + 1) % 400} }`)}`,
  'exponential fragments': (n) =>
    `{ a${n}: boards { nodes { ...F0 } } } ${many(60, (i) => `fragment F${i} on Board { ...F${i + 1} ...F${i + 1} id }`)} fragment F60 on Board { name }`,
  'deep nesting': (n) =>
    `{ a${n}: boards { nodes { ${'columns { nodes { items(first: 5) { nodes { column { board { '.repeat(40)} id ${'} } } } } } '.repeat(40)} } } }`,
  'wide nesting of lists': () =>
    '{ boards(first: 500) { nodes { columns(first: 500) { nodes { items(first: 500) { nodes { contact { items(first: 500) { nodes { values } } } } } } } } } }',
  'nested introspection': (n) =>
    `{ a${n}: __schema { types { ${'fields { type { ofType { '.repeat(20)} name ${'} } } '.repeat(20)} } } }`,
  'wide introspection': (n) =>
    `{ ${many(30, (i) => `a${n}x${i}: __schema { types { fields { type { fields { type { fields { name } } } } } } }`)} }`,
  'a hundred thousand braces': () => '{'.repeat(99_999),
  'deep lists as a literal': (n) =>
    `{ a${n}: nodes(ids: ${'['.repeat(1900)}"x"${']'.repeat(1900)}) { id } }`,
  'deep filters': (n) =>
    `{ a${n}: items(filter: ${'{ not: '.repeat(900)}{}${'}'.repeat(900)}) { totalCount } }`,
  'wide filters': (n) =>
    `{ a${n}: items(boardId: "${attackedBoard}", filter: { or: [${many(99, (i) => `{ title: { contains: "${n}${i}" } }`)}] }) { totalCount nodes { id } } }`,
  'many operations': (n) => many(500, (i) => `query q${n}x${i} { viewer { key { name } } }`),
  'many variables': (n) =>
    `query q${n}(${many(900, (i) => `$v${i}: ID`)}) { boards { totalCount } }`,
  'unknown names that are nearly right': (n) =>
    `{ a${n}: boards { nodes { ${many(800, (i) => `namee${i}`)} } } }`,
  'unknown types and fragments': (n) =>
    `{ a${n}: boards { nodes { ${many(400, (i) => `...on Boardd${i} { id } ...G${i}`)} } } }`,
  'a long string': (n) => `{ a${n}: items(search: "${'x'.repeat(90_000)}") { totalCount } }`,
  'a long block string': (n) =>
    `{ a${n}: items(search: """${'\n x'.repeat(30_000)}""") { totalCount } }`,
  'a long name': (n) => `{ ${'a'.repeat(90_000)}${n} }`,
  'comments and commas': (n) =>
    `{ a${n}: __typename ${','.repeat(50_000)}\n${'#\n'.repeat(20_000)} }`,
  'huge integers': (n) =>
    `{ a${n}: items(first: ${'9'.repeat(20_000)}) { totalCount } b: items(first: -2147483648, offset: 2147483647) { totalCount } }`,
  'a huge offset': (n) =>
    `{ a${n}: items(boardId: "${attackedBoard}", first: 500, offset: ${2_000_000_000 + n}) { nodes { id } } }`,
  'a subscription': (n) => `subscription { a${n}: boards { totalCount } }`,
  'deferred and streamed fields': (n) =>
    `{ a${n}: boards { nodes @stream(initialCount: 0) { id ...@defer { name } } } }`,
  'many failing fields': (n) =>
    `{ ${many(300, (i) => `a${n}x${i}: items(boardId: "none${i}") { totalCount }`)} }`,
  'one page under many aliases': (n) =>
    `{ a${n}: items(boardId: "${attackedBoard}", first: 500) { ${many(400, (i) => `a${i}: nodes { id title values }`)} } }`,
  'long aliases of rows': (n) =>
    `{ a${n}: board(id: "${attackedBoard}") { items(first: 500) { edges { ${'a'.repeat(90_000)}: cursor } } } }`,
  'long aliases in errors': (n) =>
    `{ ${many(150, (i) => `${'a'.repeat(500)}${n}x${i}: board(id: "${attackedBoard}") { items(filter: { values: [{ key: "n", gte: "$1" }] }) { totalCount } }`)} }`,
  'long aliases of introspection': (n) =>
    `{ ${many(100, (i) => `a${n}x${i}: __schema { types { fields { ...F } } }`)} } fragment F on __Field { ${'a'.repeat(80_000)}: name }`,
  'aliases of the fields of changes': (n) =>
    `{ a${n}: changes(first: 500) { nodes { subjectId ... on BoardChange { fields { ${many(450, (i) => `a${i}: field`)} } } } } }`,
  'sorting by many values': (n) =>
    `{ ${many(20, (i) => `a${i}: items(boardId: "${attackedBoard}", first: 100, orderBy: [{ value: { key: "k${n}${i}", type: NUMBER } }, { field: TITLE }]) { nodes { id } }`)} }`,
};

const overloads: Attacks = Object.fromEntries(
  Object.entries(documents).map(([name, documentOf]) => [
    name,
    (attacker) =>
      attacker.repeat((n) => attacker.graphql(documentOf(n)), { milliseconds: duration }),
  ]),
);

/** Known attacks by GraphQL documents and envelopes. */
export const graphqlAttacks: Attacks = {
  ...overloads,

  'batched requests': (attacker) => {
    const body = JSON.stringify(
      Array.from({ length: 2000 }, (_, n) => ({ query: `{ a${n}: boards { totalCount } }` })),
    );
    return attacker.repeat(() => attacker.send({ body }), { milliseconds: duration });
  },

  'unknown persisted queries': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.send({
          body: JSON.stringify({
            extensions: { persistedQuery: { version: 1, sha256Hash: String(n).padStart(64, '0') } },
          }),
        }),
      { milliseconds: duration },
    ),

  'documents in the URL': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.send({
          method: 'GET',
          path: `/graphql?query=${encodeURIComponent(`mutation { a${n}: deleteBoard(input: { id: "${attackedBoard}" }) { deletedIds } }`)}`,
        }),
      { milliseconds: duration },
    ),

  'batches of many small writes': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.graphql(
          `mutation { ${many(isFull ? 100 : 50, (i) => `a${n}x${i}: updateItem(input: { id: "item_attacked_${i + 1}", title: "x${n}" }) { item { id } }`)} }`,
          {},
          { key: attacker.writeKey },
        ),
      { milliseconds: duration },
    ),

  'cycles of one board’s lists': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.graphql(
          `{ a${n}: items(boardId: "${attackedBoard}", first: 20) { nodes { board { items(first: 20) { nodes { board { items(first: 20) { nodes { title } } } } } } } } }`,
        ),
      { milliseconds: duration },
    ),
};
