import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { Attacker } from '../attacker.ts';
import { memoryOf, servingProcesses } from '../processes.ts';
import { duration, isFull } from '../settings.ts';
import { type Attacks, attackedBoard, type Target } from '../target.ts';

const idleStreams = 2000;
const connects = 5000;
const readers = isFull ? 40 : 10;
/** Bytes that a serving process may have more after an attack than before: pages that the heap keeps. */
const growth = 40e6;
/** Milliseconds within which a stream answers, and within which memory is released. */
const answerTimeout = 30_000;
const releaseTimeout = 60_000;

/** Runs `run` for the numbers below `count`, so many at once. */
async function inTurns(
  { count, atOnce }: { count: number; atOnce: number },
  run: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Opens a stream of the attacked board, and waits for the first bytes of its body. Nothing is read after them. */
async function openStream(attacker: Attacker, query = ''): Promise<Socket> {
  const socket = await attacker.open();
  socket.write(
    `GET /api/crm/boards/${attackedBoard}/changes/stream${query} HTTP/1.1\r\nHost: a\r\n` +
      `Authorization: Bearer ${attacker.readKey}\r\n\r\n`,
  );
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no stream: ${text}`)), answerTimeout);
    const onData = (part: Buffer) => {
      text += part;
      if (!text.includes('retry:')) return;
      clearTimeout(timer);
      socket.off('data', onData).pause();
      resolve();
    };
    socket.on('data', onData);
  });
  attacker.recordRaw(text.slice(0, text.indexOf('\r\n\r\n') + 4));
  return socket;
}

const memoryIn = ({ server }: Target): number => memoryOf(servingProcesses(server.pid));

/** Expects that the server gives back, within a minute, the memory that `attack` took. */
async function expectReleased(target: Target, attack: () => Promise<void>): Promise<void> {
  const before = memoryIn(target);
  await attack();
  await vi
    .waitUntil(() => memoryIn(target) < before + growth, { timeout: releaseTimeout, interval: 200 })
    .catch(() => {});
  expect(memoryIn(target) - before, 'growth of the memory').toBeLessThan(growth);
}

/** Writes large items to the attacked board until `isOver`. */
async function writeLargeItems(attacker: Attacker, isOver: () => boolean): Promise<number> {
  let written = 0;
  const query = `mutation ($items: [NewItemInput!]!) {
    createItems(input: { boardId: "${attackedBoard}", items: $items }) { createdCount } }`;
  while (!isOver()) {
    const items = Array.from({ length: 10 }, () => ({
      title: 'Large',
      values: { text: 'large text '.repeat(4000) },
    }));
    const { status } = await attacker.graphql(query, { items }, { key: attacker.writeKey });
    expect(status).toBe(200);
    written += items.length;
  }
  return written;
}

/** Streams that are many, or that nobody reads. */
export const streamAttacks: Attacks = {
  '2,000 idle streams': async (_, target) => {
    const attackers = await Promise.all([1, 2, 3, 4].map(() => target.attacker()));
    await expectReleased(target, async () => {
      const sockets: Socket[] = [];
      await inTurns({ count: idleStreams, atOnce: 20 }, async (n) => {
        const attacker = attackers[n % attackers.length] as Attacker;
        sockets.push(await openStream(attacker));
      });
      await sleep(2 * duration);
      expect(sockets.filter(({ closed }) => closed)).toEqual([]);
      for (const socket of sockets) socket.destroy();
    });
    for (const attacker of attackers) attacker.close();
  },

  '5,000 streams that are opened and closed': (attacker, target) =>
    expectReleased(target, () =>
      inTurns({ count: connects, atOnce: 20 }, async () => {
        (await openStream(attacker)).destroy();
      }),
    ),

  'readers that pause, and that take a byte a second': (attacker, target) =>
    expectReleased(target, async () => {
      // From the first change on: there is always more to send.
      const sockets = await Promise.all(
        Array.from({ length: readers }, () => openStream(attacker, '?revision=0')),
      );
      const timer = setInterval(() => {
        for (const socket of sockets.slice(readers / 2)) socket.read(1);
      }, 1000);
      const end = Date.now() + 4 * duration;
      const writer = await target.attacker();
      expect(await writeLargeItems(writer, () => Date.now() > end)).toBeGreaterThan(0);
      clearInterval(timer);
      writer.close();
      for (const socket of sockets) socket.destroy();
    }),
};
