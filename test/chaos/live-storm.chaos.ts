import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newBoard, type Sent, writeConcurrently } from '../model/board/concurrent-writes.ts';
import { checkBoard, readBoard } from '../support/board-state.ts';
import { seconds, seed } from '../support/chaos-settings.ts';
import { type BoardTarget, clientAt, createClient, type GatewayClient } from '../support/client.ts';
import { newDatabase, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { expectedSeen, Follower, seenOf } from '../support/followers.ts';
import { startTimeout } from '../support/platform.ts';
import { build, type Server, start } from '../support/program.ts';
import { freePort } from '../support/proxy.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { encryptionKey } from '../support/world.ts';

beforeAll(() => build());
afterAll(cleanUp);

const followers = 20;
const kills = 2;
/** Milliseconds that a killed process may have leased a position of a webhook, and more to deliver the rest. */
const deliveryTimeout = 150_000;

const text = 'x';
const filter = { title: { contains: text } };
/** The title of the last item of each board, which everybody must have seen at the end. */
const lastTitle = `${text}, the last one`;

/** A client that waits after a failure, so that it does not spin while its server restarts. */
const patientClient = (url: string): GatewayClient =>
  createClient((path, init) =>
    fetch(`${url}${path}`, init).catch(async (error) => {
      await sleep(50);
      throw error;
    }),
  );

/** Kills a server and its workers. */
function killAll({ pid }: Server): void {
  process.kill(-pid, 'SIGKILL');
}

async function createWebhook(client: GatewayClient, receiver: Receiver, fields: object) {
  const body = { url: receiver.url, ...fields };
  const created = await client.rest<{ secret: string }>('POST', '/webhooks', { body });
  expect(created.status).toBe(201);
  receiver.secret = created.body.data.secret;
}

/** Fails the first attempt of every fourth message. */
function failOften(receiver: Receiver): void {
  const known = new Set<string>();
  receiver.respond = ({ id }) => {
    if (known.has(id)) return 204;
    known.add(id);
    return known.size % 4 === 0 ? 500 : 204;
  };
}

/** The changes of a board that a receiver has accepted, without repeated messages; a repeated message is the same. */
function acceptedOf({ received }: Receiver, boardId: string): string[] {
  const messages = new Map<string, string[]>();
  for (const { id, type, data, status } of received) {
    if (type !== 'board.changed' || data.board_id !== boardId || status >= 300) continue;
    const seen = data.changes.map(seenOf);
    expect(messages.get(id) ?? seen, 'a repeated message').toEqual(seen);
    messages.set(id, seen);
  }
  return [...messages.values()].flat();
}

describe.runIf(process.platform === 'linux')('a storm of writes, through kill -9', () => {
  it(
    'reaches streams once and webhooks in order, without a gap',
    async () => {
      const ports = [await freePort(), await freePort()];
      const env = {
        DATABASE_URL: urlOf({ database: await newDatabase() }),
        DEMO: '1',
        RATE_LIMIT: '1000000',
        ENCRYPTION_KEY: encryptionKey,
        WEBHOOK_ALLOW_PRIVATE: 'on',
      };
      const startOn = (port?: number) =>
        start({ folder: newFolder(), env: { ...env, PORT: `${port}` }, inOwnGroup: true });
      const servers = await Promise.all(ports.map(startOn));
      const urls = servers.map(({ url }) => url);
      const [client, other] = urls.map(patientClient);
      if (client === undefined || other === undefined) throw new Error('two servers were started');

      const boards: BoardTarget[] = [];
      for (let n = 0; n < 3; n += 1) boards.push(await newBoard(client));
      const starts = new Map<string, number>();
      for (const board of boards) starts.set(board.boardId, (await readBoard(board)).revision);
      const boardIds = [...starts.keys()];

      const receivers = [await startReceiver(), await startReceiver(), await startReceiver()];
      const [all, filtered, failing] = receivers as [Receiver, Receiver, Receiver];
      failOften(failing);
      await createWebhook(client, all, { board_ids: boardIds });
      await createWebhook(client, filtered, { board_ids: boardIds, filter });
      await createWebhook(client, failing, { board_ids: boardIds });

      const streams = Array.from({ length: followers }, (_, n) => {
        const door = n % 2 === 0 ? ('graphql' as const) : ('rest' as const);
        // Each board alone, and through GraphQL all of them.
        const followed = [...starts].filter((_, board) => n % 4 === 0 || board === n % 3);
        const isFiltered = n % 8 >= 4;
        const options = {
          door,
          starts: new Map(followed),
          urls,
          filter: isFiltered ? filter : undefined,
        };
        return { isFiltered, follower: new Follower(options) };
      });
      const following = streams.map(({ follower }, n) => follower.run(n));

      // Counts from the first successful write, when the load is running.
      let firstAt: number | undefined;
      let remainingKills = kills;
      const isOver = () =>
        remainingKills === 0 &&
        performance.now() > (firstAt ?? Number.POSITIVE_INFINITY) + seconds * 1000;
      const onWrite = ({ outcome }: Sent) => {
        if (outcome?.code === null) firstAt ??= performance.now();
      };
      const targets = boards.flatMap((board) => [
        { ...board, client },
        { ...board, client: other },
      ]);
      const writing = writeConcurrently(targets, { seed, clients: 12, each: 1e6, isOver, onWrite });
      await vi.waitUntil(() => firstAt !== undefined, { timeout: startTimeout });
      for (let n = 1; n <= kills; n += 1) {
        await sleep((seconds * 1000) / (kills + 1));
        const [first] = servers as [Server];
        killAll(first);
        expect((await first.ended).how).toBe('signal SIGKILL');
        servers[0] = await startOn(ports[0]);
        remainingKills -= 1;
      }
      await writing;

      for (const { boardId } of boards) {
        const { status } = await clientAt(urls[1] ?? '').rest('POST', `/boards/${boardId}/items`, {
          body: { title: lastTitle },
        });
        expect(status).toBe(201);
      }
      const logs = new Map<string, Awaited<ReturnType<typeof checkBoard>>>();
      for (const board of boards)
        logs.set(board.boardId, await checkBoard({ ...board, client: other }));
      /** What a follower of a board must have seen since its start. */
      const expectedOf = (boardId: string, isFiltered: boolean) =>
        expectedSeen(logs.get(boardId) ?? [], isFiltered ? text : undefined).filter(
          (seen) => Number.parseInt(seen, 10) > (starts.get(boardId) ?? 0),
        );

      const settled = { timeout: deliveryTimeout, interval: 200 };
      for (const { follower, isFiltered } of streams)
        for (const [boardId, seen] of follower.seen)
          await vi.waitFor(
            () => expect(seen.at(-1)).toBe(expectedOf(boardId, isFiltered).at(-1)),
            settled,
          );
      for (const { follower } of streams) follower.stop();

      let count = 0;
      for (const log of logs.values())
        expect(log.length, 'the storm').toBeGreaterThan(10 * seconds);
      for (const { follower, isFiltered } of streams) {
        expect(follower.seen.size).toBeGreaterThan(0);
        for (const [boardId, seen] of follower.seen) {
          expect(seen).toEqual(expectedOf(boardId, isFiltered));
          count += seen.length;
        }
      }
      for (const receiver of receivers) {
        for (const boardId of boardIds) {
          const expected = expectedOf(boardId, receiver === filtered);
          await vi.waitFor(
            () =>
              expect(acceptedOf(receiver, boardId).length).toBeGreaterThanOrEqual(expected.length),
            settled,
          );
          expect(acceptedOf(receiver, boardId)).toEqual(expected);
        }
      }
      expect(failing.received.filter(({ status }) => status === 500).length).toBeGreaterThan(0);
      expect(streams.filter(({ follower }) => follower.connects > 1).length).toBeGreaterThan(0);
      const connects = streams.reduce((sum, { follower }) => sum + follower.connects, 0);
      const messages = receivers.map(({ received }) => received.length);
      process.stdout.write(
        `${count} changes by ${followers} streams in ${connects} connections; ${messages} messages; ` +
          `${[...logs.values()].map(({ length }) => length)} changes in the logs\n`,
      );
      await Promise.all(servers.map((server) => server.end()));
      await Promise.all(following);
    },
    120_000 + deliveryTimeout + seconds * 4000,
  );
});
