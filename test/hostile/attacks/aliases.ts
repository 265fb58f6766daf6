import type { AttackRequest } from '../attacker.ts';
import { duration } from '../settings.ts';
import { type Attacks, attackedBoard } from '../target.ts';

const aliases = (count: number, field: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => `a${n}: ${field(n)}`).join(' ');

const post = (query: string, variables: object = {}): AttackRequest => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query, variables }),
});

const get = (path: string, headers: Record<string, string>): AttackRequest => ({
  method: 'GET',
  path,
  headers,
});

/** NFKD makes 18 characters of it. */
const expanding = '\u{fdfa}'.repeat(300_000);
const large = (n: number) => `${n}${'x'.repeat(900_000)}`;
const conditions = (n: number) => ({
  and: Array.from({ length: 99 }, (_, i) => ({ title: { ne: `${n}x${i}` } })),
});
const onBoard = (fields: string, variables = '') =>
  `query ${variables} { board(id: "${attackedBoard}") { ${fields} } }`;

/** One field under many aliases, and large texts. `n` is the number of the request, so that nothing is cached. */
const requests: Record<string, (n: number) => AttackRequest> = {
  'groups under many aliases': (n) =>
    post(
      onBoard(
        aliases(170, (i) => `itemGroups(by: { value: "v${i}" }, first: 1, filter: $f) { count }`),
        '($f: ItemFilter)',
      ),
      { f: conditions(n) },
    ),
  'starts of the feed under many aliases': () =>
    post(`{ ${aliases(190, () => 'changes(after: "now", first: 1) { nodes { revision } }')} }`),
  'starts of the log of contacts under many aliases': () =>
    post(
      `{ ${aliases(190, () => 'contactChanges(after: "now", first: 1) { nodes { revision } }')} }`,
    ),
  'an item under many aliases': () =>
    post(
      `query ($id: ID!) { ${aliases(190, (i) => `item(id: $id) { id title values b${i}: columnId }`)} }`,
      { id: 'item_attacked_1' },
    ),
  'the workspace under many aliases': () =>
    post(`{ ${aliases(190, () => 'viewer { workspace { id name } }')} }`),
  'keys of values under many aliases': () =>
    post(onBoard(aliases(50, (i) => `valueKeys(first: ${100 + i}) { key }`))),
  'cursors of a large filter': (n) =>
    post(
      onBoard(
        'items(first: 500, filter: { title: { ne: $t } }) { edges { cursor } }',
        '($t: String!)',
      ),
      { t: large(n) },
    ),
  'large filters': (n) =>
    post(
      onBoard('items(first: 1, filter: { title: { ne: $t } }) { nodes { id } }', '($t: String!)'),
      { t: large(n) },
    ),
  'folded texts that expand': () =>
    post(
      `query ($t: String!) { items(first: 1, filter: { or: [${'{ title: { contains: $t } },'.repeat(6)}] }) { nodes { id } } }`,
      { t: expanding },
    ),
  'names of boards that expand': () =>
    post('query ($t: String!) { boards(search: $t) { nodes { id } } }', { t: expanding }),
  'names of columns that expand': () => ({
    path: `/api/crm/boards/${attackedBoard}/columns/by-name`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: expanding }),
  }),
  'e-mail addresses of contacts that are large': (n) =>
    post('query ($t: String!) { contacts(email: $t) { nodes { id } } }', {
      t: `@${'aB'.repeat(450_000)}${n}`,
    }),
  'values that are phone numbers': (n) =>
    post(
      onBoard(
        'items(first: 1, filter: { values: [{ key: "phone", as: PHONE, in: $l }] }) { nodes { id } }',
        '($l: [Operand!])',
      ),
      { l: Array.from({ length: 9_999 }, (_, i) => `+49 30 ${1_000_000 + n * 10_000 + i}`) },
    ),
  'many encodings without a key': () =>
    get('/api/crm/docs', { authorization: '', 'accept-encoding': 'a,'.repeat(7000) }),
};

/** Attacks by one field under many aliases, and by large texts; sixteen requests at once. */
export const aliasAttacks: Attacks = Object.fromEntries(
  Object.entries(requests).map(([name, make]) => [
    name,
    (attacker) =>
      attacker.repeat((n) => attacker.send(make(n)), { milliseconds: duration, senders: 16 }),
  ]),
);
