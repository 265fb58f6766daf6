import { Agent } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { type Database, openDatabase } from '../../src/postgres/client.ts';
import { send } from '../model/board/send.ts';
import { checkBoard, readBoard } from '../support/board-state.ts';
import { type BoardTarget, createClient, type GatewayClient } from '../support/client.ts';
import {
  type Crowd,
  checkConcurrentMoves,
  checkConcurrentUpdates,
  columnOf,
  hold,
  over,
} from '../support/crowd.ts';
import { useWorld } from '../support/world.ts';

/** A server runs two writers of a board at a time, so several servers are needed for many to wait for the lock. */
const instances = 8;
const writers = 2 * instances;

const world = useWorld();
// Connections to each server: more than it runs at a time.
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
let server: RunningServer;
let client: GatewayClient;
const crowd: { server: RunningServer; database: Database; client: GatewayClient }[] = [];
beforeAll(async () => {
  server = await listen(world.app.listener, { host: '127.0.0.1', port: 0 });
  client = createClient(over(agent, server.url));
  for (let n = 0; n < instances; n += 1) {
    const database = openDatabase(world.connection);
    const log = pino({ level: 'silent' });
    const app = createApp({ db: database.db, log, rateLimit: 1_000_000 });
    const own = await listen(app.listener, { host: '127.0.0.1', port: 0 });
    crowd.push({ server: own, database, client: createClient(over(agent, own.url)) });
  }
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([server.close(), ...crowd.map((one) => one.server.close())]);
  await Promise.all(crowd.map(({ database }) => database.close()));
});

const everyone = (): Crowd => ({
  clients: crowd.map((one) => one.client),
  connection: world.connection,
  writers,
});

it('applies 200 concurrent moves by 16 writers of 8 servers in the order of the log, at unique positions', () =>
  checkConcurrentMoves(everyone()));

it('applies exactly one update per version of 200 concurrent ones by 16 writers of 8 servers', () =>
  checkConcurrentUpdates(everyone()));

it('delays neither readers nor other boards while one board is locked', async () => {
  const [stuck, other] = await Promise.all([columnOf(client, 1), columnOf(client, 1)]);
  const release = await hold(world, stuck.boardId);
  const order: string[] = [];
  const many = new Agent({ keepAlive: true });
  const sender = createClient(over(many, server.url));
  const create = ({ boardId }: BoardTarget, title: string) =>
    send(
      { boardId, client: sender },
      {
        field: 'createItem',
        operations: [{ op: 'create', title }],
        mode: 'ATOMIC',
      },
    ).then(({ code }) => {
      order.push(title);
      return code;
    });
  // More than the connections of the pool.
  const history = Array.from({ length: 40 }, (_, n) => create(stuck, `history ${n}`));
  const unsaid = Array.from({ length: 10 }, (_, n) =>
    sender.graphql<{ updateItem: { item: { version: number } } }>(
      'mutation ($id: ID!, $title: String) { updateItem(input: { id: $id, title: $title }) { item { version } } }',
      { id: stuck.ids[0], title: `unsaid ${n}` },
    ),
  );
  const others = Array.from({ length: 5 }, (_, n) => create(other, `other ${n}`));
  expect(await Promise.all(others)).toEqual(others.map(() => null));
  expect((await readBoard(stuck)).items).toHaveLength(1);
  expect(order.filter((title) => title.startsWith('history'))).toEqual([]);
  await release();
  expect(await Promise.all(history)).toEqual(history.map(() => null));
  const versions = (await Promise.all(unsaid)).map(({ data }) => data.updateItem.item.version);
  expect(versions.sort((a, b) => a - b)).toEqual(unsaid.map((_, n) => n + 2));
  const last = (await readBoard(stuck)).items.map(({ title }) => title);
  expect(last.filter((title) => title.startsWith('history'))).toHaveLength(history.length);
  await Promise.all([stuck, other].map((target) => checkBoard(target)));
  many.destroy();
});
