import { Agent, request } from 'node:http';
import process from 'node:process';
import fc from 'fast-check';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { type Database, openDatabase } from '../../src/postgres/client.ts';
import { send } from '../model/board/send.ts';
import type { ItemsWrite, Place } from '../model/board/write.ts';
import { checkBoard, itemsIn, readBoard } from '../support/board-state.ts';
import {
  type BoardTarget,
  createClient,
  type GatewayClient,
  type Send,
} from '../support/client.ts';
import { useWorld } from '../support/world.ts';

const seed = Number(process.env.PROPERTY_SEED ?? 20250320);
const requests = 200;
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

/** The clients of the servers, round robin. */
const clientOf = (n: number): GatewayClient => crowd[n % instances]?.client ?? client;

/** Locks a board; returns a function that unlocks it. */
async function hold(boardId: string): Promise<() => Promise<void>> {
  const holder = new pg.Client(world.connection);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM board WHERE id = $1 FOR UPDATE', [boardId]);
  return async () => {
    await holder.query('COMMIT');
    await holder.end();
  };
}

/** The responses to requests that are sent while a board's lock is held, until the writers of all servers wait for it. */
async function meeting<Reply>(
  { boardId }: BoardTarget,
  run: () => readonly Promise<Reply>[],
): Promise<Reply[]> {
  const release = await hold(boardId);
  const replies = Promise.all(run());
  const waiting = async () => {
    const [found] = await world.db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return found?.count;
  };
  try {
    await expect.poll(waiting, { timeout: 8000, interval: 20 }).toBe(writers);
  } finally {
    await release();
  }
  return replies;
}

/** Sends requests over the connections of an agent. */
const over =
  (by: Agent, url: string): Send =>
  (path, { method = 'GET', headers, body }) =>
    new Promise((resolve, reject) => {
      const options = { method, agent: by, headers: headers as Record<string, string> };
      const call = request(`${url}${path}`, options, async (reply) => {
        const text = (await reply.setEncoding('utf8').toArray()).join('');
        const { statusCode: status = 0, headersDistinct } = reply;
        const pairs = Object.entries(headersDistinct).map(([name, all = []]) => [name, all.join()]);
        resolve(new Response(text, { status, headers: Object.fromEntries(pairs) }));
      });
      call.on('error', reject).end(body);
    });

/** A board with a column of items and an empty one. */
async function columnOf(size: number): Promise<BoardTarget & { ids: string[]; columnId: string }> {
  const { data } = await client.graphql<{ createBoard: { board: { id: string } } }>(
    'mutation { createBoard(input: { name: "Busy", columns: [{ name: "One" }] }) { board { id } } }',
  );
  const target = { client, boardId: data.createBoard.board.id };
  const operations = Array.from({ length: size }, (_, n) => ({
    op: 'create' as const,
    title: `${n}`,
  }));
  const { results } = await send(target, { field: 'createItems', operations, mode: 'ATOMIC' });
  const [column] = (await readBoard(target)).columns;
  return { ...target, ids: results.map(({ id }) => id ?? ''), columnId: column?.id ?? '' };
}

/** The order after a move. */
function moved(order: readonly string[], ids: readonly string[], place: Place): string[] {
  const rest = order.filter((id) => !ids.includes(id));
  const at = rest.indexOf(place.before ?? place.after ?? '');
  const index = place.at === 'TOP' ? 0 : place.at ? rest.length : place.before ? at : at + 1;
  return [...rest.slice(0, index), ...ids, ...rest.slice(index)];
}

it('applies 200 concurrent moves by 16 writers of 8 servers in the order of the log, at unique positions', async () => {
  const target = await columnOf(40);
  const { ids, columnId } = target;
  const pick = fc.constantFrom(...ids);
  const anchored = (side: 'before' | 'after') => pick.map((id): Place => ({ [side]: id }));
  const place = fc.oneof(
    anchored('before'),
    anchored('after'),
    fc.constantFrom<Place[]>({ at: 'TOP' }, { at: 'BOTTOM' }),
  );
  const move = fc
    .record({ ids: fc.uniqueArray(pick, { minLength: 1, maxLength: 3 }), place })
    .filter(({ ids, place }) => !ids.includes(place.before ?? place.after ?? ''));
  const moves = fc.sample(move, { seed, numRuns: requests });
  const done = await meeting(target, () =>
    moves.map(async ({ ids, place }, n) => {
      const operations = ids.map((id) => ({ op: 'update' as const, id, columnId }));
      const write: ItemsWrite = { field: 'moveItems', operations, place, mode: 'ATOMIC' };
      return { ids, place, outcome: await send({ ...target, client: clientOf(n) }, write) };
    }),
  );
  expect(done.filter(({ outcome }) => outcome.code !== null)).toEqual([]);

  const log = await checkBoard(target);
  const revisions = new Map(
    log
      .filter(({ action }) => action === 'MOVED')
      .map((change) => [`${change.subjectId} ${change.version}`, change.revision]),
  );
  const serial = done.flatMap(({ ids, place, outcome }) => {
    const result = outcome.results.find(({ action }) => action === 'UPDATED');
    return result ? [{ ids, place, at: revisions.get(`${result.id} ${result.version}`) ?? 0 }] : [];
  });
  serial.sort((a, b) => a.at - b.at);
  const [first] = serial;
  expect(serial.map(({ at }) => at)).toEqual(serial.map((_, n) => (first?.at ?? 0) + n));
  const order = serial.reduce((all, { ids, place }) => moved(all, ids, place), ids);
  const board = await readBoard(target);
  expect(itemsIn(board, columnId).map(({ id }) => id)).toEqual(order);
  expect(board.revision).toBe(serial.at(-1)?.at);
});

it('applies exactly one update per version of 200 concurrent ones by 16 writers of 8 servers', async () => {
  const target = await columnOf(1);
  const [id = ''] = target.ids;
  const versions = [1, 2, 3];
  for (const expectedVersion of versions) {
    const titles = Array.from({ length: requests }, (_, n) => `title ${expectedVersion}.${n}`);
    const replies = await meeting(target, () =>
      titles.map((title, n) =>
        clientOf(n).graphql<{ updateItem: { item: { version: number; title: string } } } | null>(
          'mutation ($input: UpdateItemInput!) { updateItem(input: $input) { item { version title } } }',
          { input: { id, title, expectedVersion } },
        ),
      ),
    );
    const won = replies.findIndex(({ errors }) => errors === undefined);
    const winner = { version: expectedVersion + 1, title: titles[won] };
    expect(replies[won]?.data?.updateItem.item).toEqual(winner);
    const others = replies.filter((_, n) => n !== won).map(({ errors }) => errors?.[0]?.extensions);
    expect(others).toHaveLength(requests - 1);
    for (const extensions of others) {
      const conflictingFields = ['title'];
      const told = { code: 'VERSION_CONFLICT', current: winner, conflictingFields };
      expect(extensions).toMatchObject(told);
    }
  }
  await checkBoard(target);
  expect((await readBoard(target)).items[0]?.version).toBe(versions.length + 1);
});

it('delays neither readers nor other boards while one board is locked', async () => {
  const [stuck, other] = await Promise.all([columnOf(1), columnOf(1)]);
  const release = await hold(stuck.boardId);
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
