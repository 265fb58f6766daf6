import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attacker, AttackRequest } from '../attacker.ts';
import { duration, isFull } from '../settings.ts';
import { type Attacks, attackedBoard, largeBoard } from '../target.ts';

const keys = 5;
const connections = isFull ? 300 : 100;

/** Opens a connection with a request whose response nobody reads. */
async function openUnread(
  attacker: Attacker,
  { method = 'GET', path, body = '', headers = {} }: AttackRequest,
): Promise<Socket> {
  const socket = await attacker.open();
  const fields = {
    Authorization: `Bearer ${attacker.readKey}`,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${lines.join('')}\r\n${body}`);
  return socket;
}

/** Opens many connections of several keys at once; nothing is read, or everything. */
const openAtOnce =
  (request: AttackRequest, isRead = false): Attacks[string] =>
  async (_, target) => {
    const attackers = await Promise.all(Array.from({ length: keys }, () => target.attacker()));
    const sockets = await Promise.all(
      Array.from({ length: connections }, (_, n) =>
        openUnread(attackers[n % keys] as Attacker, request),
      ),
    );
    for (const socket of sockets) isRead ? socket.resume() : socket.pause();
    await sleep(2 * duration);
    for (const socket of sockets) socket.destroy();
    for (const attacker of attackers) attacker.close();
  };

const subscription = (fields: string): AttackRequest => ({
  method: 'POST',
  path: '/graphql',
  headers: { accept: 'text/event-stream' },
  body: JSON.stringify({ query: `subscription { boardChanges(${fields} }` }),
});

const hasNone = Array.from(
  { length: 99 },
  (_, n) => `{ not: { values: [{ key: "source", contains: "x${n}" }] } }`,
).join(' ');

/** Waits for changes by many requests at once, while they come. */
const poll =
  (query: string): Attacks[string] =>
  async (attacker) => {
    const polls = Array.from({ length: 200 }, () =>
      attacker.graphql(query, {}, { cutAfter: 4 * duration }),
    );
    for (let n = 1; n <= 40; n += 1)
      await attacker.graphql(
        `mutation { updateItem(input: { id: "item_attacked_${n}", title: "x${Math.random()}" }) { item { id } } }`,
        {},
        { key: attacker.writeKey },
      );
    await Promise.all(polls);
  };

const api = '/api/crm/boards';
const polled = 'changes(wait: 3, after: "now", first: 500) { nodes { revision } }';

/** Exports, streams and polls in numbers. */
export const downloadAttacks: Attacks = {
  'exports of large items that nobody reads': openAtOnce({
    path: `${api}/${largeBoard}/export?format=ndjson`,
  }),
  'exports of many items that nobody reads': openAtOnce({ path: `${api}/${attackedBoard}/export` }),
  'exports of many items': openAtOnce({ path: `${api}/${attackedBoard}/export` }, true),
  'exports that are cut': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.send({
          method: 'GET',
          path: `${api}/${n % 2 ? largeBoard : attackedBoard}/export`,
          cutAfter: 20 + (n % 100),
        }),
      { milliseconds: duration, senders: 16 },
    ),
  'streams of large changes that nobody reads': openAtOnce({
    path: `${api}/${largeBoard}/changes/stream?revision=0`,
  }),
  'subscriptions with large events that nobody reads': openAtOnce(
    subscription(
      `boardIds: ["${largeBoard}"], revisions: [0]) { cursor changes { fields { after } item { a: values b: values } } }`,
    ),
  ),
  'subscriptions whose events read pages': openAtOnce(
    subscription(
      `boardIds: ["${attackedBoard}"], revisions: [0]) { cursor changes { item { board { items(first: 50) { nodes { id title values position version columnId } } } } } }`,
    ),
    true,
  ),
  'subscriptions with filters that match nothing': openAtOnce(
    subscription(
      `boardIds: ["${attackedBoard}"], revisions: [0], filter: { and: [${hasNone}] }) { cursor }`,
    ),
    true,
  ),
  'polls of a board while it changes': poll(`{ board(id: "${attackedBoard}") { ${polled} } }`),
  'polls of the workspace while it changes': poll(`{ ${polled} }`),
};
