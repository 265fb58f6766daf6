import type { Attacker, AttackRequest } from '../attacker.ts';
import { duration } from '../settings.ts';
import { type Attacks, attackedBoard, largeBoard } from '../target.ts';

const list = (count: number, part: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');

const onBoard = (field: string, id = attackedBoard): string =>
  `{ board(id: "${id}") { ${field} } }`;

const texts = (count: number, part: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => part(n));

/** Lists of lists, large pages and pages behind many others. `n` is the number of the request, so that nothing is cached. */
const documents: Record<string, (n: number) => string> = {
  'histories of many items': (n) =>
    onBoard(
      `items(first: 150, offset: ${n * 150}) { nodes { history(first: 50) { totalCount nodes { fields { field after } } } } }`,
    ),
  'groups with items and values below': (n) =>
    onBoard(
      `itemGroups(by: { value: "phone" }, first: 200, filter: { title: { ne: "${n}" } }) { count items(first: 10) { nodes { values } } }`,
    ),
  'numbers of many keys in groups': (n) =>
    onBoard(
      `itemGroups(by: { value: "phone" }, first: 5) { ${list(190, (i) => `a${i}: numbers(key: "k${n % 10}x${i}") { sum }`)} }`,
    ),
  'contacts by parts of a letter': (n) =>
    `{ contacts(first: 5, search: "${list(20, (i) => ((n * 20 + i) % 256).toString(16))}", orderBy: [{ field: NAME }]) { totalCount nodes { id } } }`,
  'contacts with items and merged ids': (n) =>
    `{ contacts(first: 400, offset: ${n * 400}) { nodes { mergedIds items(first: 50) { totalCount nodes { id } } } } }`,
  'items of the workspace by values': (n) =>
    `{ items(first: 5, filter: { values: [{ key: "phone", startsWith: "x${n}" }] }, orderBy: [{ value: { key: "source" } }, { value: { key: "phone" } }]) { nodes { id } } }`,
  'pages by 99 folded texts': (n) =>
    onBoard(
      `items(first: 5, filter: { and: [${list(99, (i) => `{ not: { values: [{ key: "source", contains: "${n}x${i}" }] } }`)}, { values: [{ key: "phone", exists: false }] }] }) { nodes { id } }`,
    ),
  'cursors of large texts': (n) =>
    onBoard(
      `items(first: 70, offset: ${n % 100}, orderBy: [{ value: { key: "text" } }, { field: TITLE }]) { edges { cursor } }`,
      largeBoard,
    ),
  'pages of large items': (n) =>
    onBoard(`items(first: 75, offset: ${n % 100}) { nodes { id values } }`, largeBoard),
  '15,000 fields that graphql-js resolves': (n) =>
    `{ a${n}: node(id: "${attackedBoard}") { ... on Board { items(first: 500) { nodes { ${list(30, (i) => `a${i}: id`)} } } } } }`,
  '95,000 fields that graphql-js resolves': (n) =>
    `{ a${n}: node(id: "${attackedBoard}") { ... on Board { items(first: 500) { nodes { ${list(190, (i) => `a${i}: version`)} } } } } }`,
  'changes of the workspace from the beginning': (n) =>
    `{ a${n}: changes(first: 500) { nodes { fields { field after } ... on BoardChange { item { id title } } } pageInfo { endCursor } } }`,
};

/** Many ids and texts in variables. */
const variables: Record<string, (n: number) => { query: string; variables: object }> = {
  'look-ups of thousands of items': (n) => ({
    query: `query (${list(3, (i) => `$i${i}: [ID!]!`)}) { ${list(3, (i) => `a${i}: nodes(ids: $i${i}) { id ... on Item { title board { name } column { name } createdBy { name } } }`)} }`,
    variables: Object.fromEntries(
      Array.from({ length: 3 }, (_, i) => [
        `i${i}`,
        texts(495, (k) => `item_attacked_${((n * 3 + i) * 495 + k) % 20_000}`),
      ]),
    ),
  }),
  'many filtered lists of one document': (n) => ({
    query: `query ($filter: ItemFilter!) { board(id: "${attackedBoard}") { ${list(180, (i) => `a${i}: items(first: 1, offset: ${i}, filter: $filter) { nodes { id } }`)} } }`,
    variables: { filter: { values: [{ key: 'phone', startsWith: `${n % 10}` }] } },
  }),
  'labels of 59,000 texts': (n) => ({
    query: `query ($texts: [String!]!) { board(id: "${largeBoard}") { items(first: 5, filter: { labels: { hasNone: $texts }, title: { ne: "x" } }) { nodes { id } } } }`,
    variables: { texts: texts(59_000, (i) => `${n}${i}`) },
  }),
  'contacts of 59,000 ids': (n) => ({
    query: `query ($ids: [ID!]!) { board(id: "${attackedBoard}") { items(first: 5, filter: { contactId: { in: $ids } }) { nodes { id } } } }`,
    variables: { ids: texts(59_000, (i) => `${n}${i}`) },
  }),
};

/** A call of a tool by the Model Context Protocol. */
const tool = (name: string, args: object): AttackRequest => ({
  path: '/mcp',
  headers: { accept: 'application/json, text/event-stream' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args },
  }),
});

const tools: Record<string, (n: number) => AttackRequest> = {
  'tools that find large items': () => tool('find_items', { board_id: largeBoard, limit: 75 }),
  'tools that find some large items': () => tool('find_items', { board_id: largeBoard }),
  'tools that read the changes of large items': () =>
    tool('get_changes', { board_id: largeBoard, limit: 500 }),
  'tools that find many items': (n) =>
    tool('find_items', { board_id: attackedBoard, limit: 500, query: `deal ${n % 10}` }),
  'unknown arguments of tools': (n) =>
    tool(
      'find_items',
      Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`x${n}x${i}`, i])),
    ),
};

/** Sends requests again and again, sixteen at once. */
const repeat = <Made>(
  requests: Record<string, (n: number) => Made>,
  send: (attacker: Attacker, made: Made) => Promise<unknown>,
): Attacks =>
  Object.fromEntries(
    Object.entries(requests).map(([name, make]) => [
      name,
      (attacker) =>
        attacker.repeat((n) => send(attacker, make(n)), { milliseconds: duration, senders: 16 }),
    ]),
  );

/** Attacks by lists, and by tools that read them. */
export const listAttacks: Attacks = {
  ...repeat(documents, (attacker, document) => attacker.graphql(document)),
  ...repeat(variables, (attacker, { query, variables }) => attacker.graphql(query, variables)),
  ...repeat(tools, (attacker, request) => attacker.send(request)),
};
