import { expect, vi } from 'vitest';
import { query } from '../../support/databases.ts';
import type { Attacker } from '../attacker.ts';
import { duration, halfOpenConnections, isFull } from '../settings.ts';
import { type Attacks, attackedBoard } from '../target.ts';

/** Runs `run` for the numbers below `count`, all at once. */
const atOnce = (count: number, run: (n: number) => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, (_, n) => run(n)));

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** `{ a0: items(…) { totalCount } a1: … }`, of a filter that matches other items each time. */
const countsOf = (count: number, seed: number): string =>
  `{ ${Array.from(
    { length: count },
    (_, n) =>
      `a${n}: items(boardId: "${attackedBoard}", filter: { title: { contains: "${(seed * count + n).toString(16)}" } }) { totalCount }`,
  ).join(' ')} }`;

/** A batch of `count` items that have `bytes` of values each. */
const itemsOf = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, n) => ({
    title: `Large ${n}`,
    values: { text: 'large text '.repeat(bytes / 11) },
  }));

const createItems = (selection: string): string =>
  `mutation ($items: [NewItemInput!]!) {
    createItems(input: { boardId: "${attackedBoard}", items: $items }) { ${selection} } }`;

/** Updates the labels of new items of 50 KB: 6 KB of request rewrite megabytes. */
async function updateLabels(attacker: Attacker, count: number): Promise<void> {
  const key = attacker.writeKey;
  const ids: string[] = [];
  while (ids.length < count) {
    const variables = { items: itemsOf(Math.min(15, count - ids.length), 50_000) };
    const { text, status } = await attacker.graphql(
      createItems('results { item { id } }'),
      variables,
      { key },
    );
    expect(status).toBe(200);
    for (const [, id = ''] of text.matchAll(/"id":"(\w+)"/g)) ids.push(id);
  }
  for (let round = 0; round < (isFull ? 5 : 2); round += 1) {
    const items = ids.map((id) => ({ id, labels: [`label ${round}`] }));
    await attacker.graphql(
      `mutation ($items: [ItemChangeInput!]!) {
        updateItems(input: { boardId: "${attackedBoard}", items: $items }) { updatedCount } }`,
      { items },
      { key },
    );
  }
}

/** Valid documents of 10 KB, each another one, whose validation compares many fields with many. */
const costlyDocuments: Record<string, (n: number) => string> = {
  'inline fragments': (n) =>
    `{ boards { nodes { ${Array.from({ length: 500 }, (_, i) => `...on Board{n${n}x${i % 20}:name}`).join('')} } } }`,
  'fragment spreads': (n) =>
    `{ boards { nodes { ${Array.from({ length: 300 }, (_, i) => `...F${i % 100}`).join('')} } } } ${Array.from(
      { length: 100 },
      (_, i) => `fragment F${i} on Board{n${n}x${i % 20}:name id}`,
    ).join('')}`,
  'fragments in fragments': (n) =>
    `{ boards { nodes { ...F0 ...F1 } } } ${Array.from(
      { length: 150 },
      (_, i) => `fragment F${i} on Board{n${n}:name ${i < 148 ? `...F${i + 1} ...F${i + 2}` : ''}}`,
    ).join('')}`,
  'inline fragments in inline fragments': (n) =>
    `{ boards { nodes { ${'...on Board{id '.repeat(90)}n${n}:name${'}'.repeat(90)}
      ${'...on Board{id name '.repeat(90)}n${n}:name${'}'.repeat(90)} } } }`,
};

/** Attacks that once stopped the server or slowed other callers. */
export const resourceAttacks: Attacks = {
  '1: many large documents, one after the other': async (attacker) => {
    const level = '{boards{nodes{';
    for (let n = 0; n < 130; n += 1) {
      const document = `${level}n${n}:name ${'...on Board{id '.repeat(660)}${'}'.repeat(660)}}}}`;
      await attacker.graphql(document);
    }
    // The same size without depth, which other limits do not refuse.
    for (let n = 0; n < 130; n += 1)
      await attacker.graphql(`{boards{nodes{n${n}:name ${'...on Board{id}'.repeat(660)}}}}`);
  },

  '2: 300 requests of 30 counts each': (attacker) =>
    atOnce(300, (n) => attacker.graphql(countsOf(30, n))),

  '3: 300 writes of 900 KB': (attacker) =>
    atOnce(300, () =>
      attacker.graphql(
        createItems('createdCount'),
        { items: itemsOf(15, 60_000) },
        {
          key: attacker.writeKey,
        },
      ),
    ),

  '3: 800 slow bodies of 1 MB': async (attacker) => {
    const length = 1_000_000;
    const head =
      `POST /graphql HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${attacker.readKey}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    const most = Buffer.from(head + ' '.repeat(length - 1000));
    await atOnce(800, async () => {
      const socket = await attacker.open();
      let received = '';
      socket.on('data', (part) => {
        received += part.toString('latin1');
      });
      socket.write(most);
      for (let second = 0; second < (isFull ? 25 : 8); second += 1) {
        await wait(1000);
        if (!socket.destroyed) socket.write(' ');
      }
      socket.destroy();
      attacker.recordRaw(received);
    });
  },

  '4: 300 requests cut after 100 ms': async (attacker, { database }) => {
    await atOnce(300, (n) => attacker.graphql(countsOf(10, n + 1000), {}, { cutAfter: 100 }));
    // The neighbour is measured afterwards too, when the requests have no clients any more.
    await wait(2 * duration);
    const text = `SELECT count(*)::integer FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%count%'
      AND pid <> pg_backend_pid()`;
    const isIdle = async () => expect(await query(database, text)).toEqual([0]);
    await vi.waitFor(isIdle, { timeout: 3000, interval: 100 });
  },

  ...Object.fromEntries(
    Object.entries(costlyDocuments).map(([name, documentOf]) => [
      `5: documents that are costly to validate, by ${name}`,
      (attacker: Attacker) =>
        attacker.repeat((n) => attacker.graphql(documentOf(n)), {
          milliseconds: 2 * duration,
          senders: 4,
        }),
    ]),
  ),

  '6: 400 connections with unknown keys': (attacker) =>
    attacker.repeat(
      (n) =>
        attacker.send({
          method: 'GET',
          path: '/api/crm/boards',
          headers: { authorization: `Bearer key_${n}_${'x'.repeat(40)}` },
        }),
      { milliseconds: 2 * duration, senders: 400 },
    ),

  '6: a flood of readiness checks': (attacker) =>
    attacker.repeat(() => attacker.send({ method: 'GET', path: '/ready' }), {
      milliseconds: duration,
      senders: 100,
    }),

  '6: half-open connections, while new ones are accepted': async (attacker, target) => {
    await atOnce(halfOpenConnections, async (n) => {
      const socket = await attacker.open();
      if (n % 2 === 0) socket.write('GET /graphql HTTP/1.1\r\nHost: ');
    });
    const newcomer = await target.attacker();
    for (let n = 0; n < 20; n += 1) {
      const { status } = await newcomer.send({
        method: 'GET',
        path: '/api/crm/boards',
        headers: { connection: 'close' },
      });
      expect(status).toBe(200);
      await wait(duration / 20);
    }
    newcomer.close();
  },

  '8: updates of the labels of 40 large items': (attacker) => updateLabels(attacker, 40),
  '8: updates of the labels of 90 large items': (attacker) => updateLabels(attacker, 90),
};
