import type { Agent } from 'node:http';
import { request } from 'node:http';
import process from 'node:process';
import fc from 'fast-check';
import pg from 'pg';
import { expect } from 'vitest';
import type { Connection } from '../../src/postgres/client.ts';
import { send } from '../model/board/send.ts';
import type { ItemsWrite, Place } from '../model/board/write.ts';
import { checkBoard, itemsIn, readBoard } from './board-state.ts';
import type { BoardTarget, GatewayClient, Send } from './client.ts';
import { query } from './databases.ts';

const seed = Number(process.env.PROPERTY_SEED ?? 20250320);
const requests = 200;

/** Servers of one database that receive requests in turns. */
export interface Crowd {
  clients: readonly GatewayClient[];
  connection: Connection | pg.ClientConfig;
  /** How many writes to one board wait for its lock at once: each process runs two at a time. */
  writers: number;
}

const clientOf = ({ clients }: Crowd, n: number): GatewayClient =>
  clients[n % clients.length] as GatewayClient;

/** Locks a board; returns the function that unlocks it. */
export async function hold(
  { connection }: Pick<Crowd, 'connection'>,
  boardId: string,
): Promise<() => Promise<void>> {
  const holder = new pg.Client(connection);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query(
    "SELECT FROM board WHERE workspace_id = 'workspace_demo' AND id = $1 FOR UPDATE",
    [boardId],
  );
  return async () => {
    await holder.query('COMMIT');
    await holder.end();
  };
}

/** The responses to requests that are sent while a board's lock is held, until the writers of all servers wait for it. */
async function meeting<Reply>(
  crowd: Crowd,
  boardId: string,
  run: () => readonly Promise<Reply>[],
): Promise<Reply[]> {
  const release = await hold(crowd, boardId);
  const replies = Promise.all(run());
  const waiting = () =>
    query(
      crowd.connection,
      `SELECT count(*)::int FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
  try {
    await expect.poll(waiting, { timeout: 8000, interval: 20 }).toEqual([crowd.writers]);
  } finally {
    await release();
  }
  return replies;
}

/** Sends requests over the connections of an agent. */
export const over =
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
export async function columnOf(
  client: GatewayClient,
  size: number,
): Promise<BoardTarget & { ids: string[]; columnId: string }> {
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

/** Applies 200 concurrent moves in the order of the log, at unique positions. */
export async function checkConcurrentMoves(crowd: Crowd): Promise<void> {
  const target = await columnOf(crowd.clients[0] as GatewayClient, 40);
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
  const done = await meeting(crowd, target.boardId, () =>
    moves.map(async ({ ids, place }, n) => {
      const operations = ids.map((id) => ({ op: 'update' as const, id, columnId }));
      const write: ItemsWrite = { field: 'moveItems', operations, place, mode: 'ATOMIC' };
      return { ids, place, outcome: await send({ ...target, client: clientOf(crowd, n) }, write) };
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
}

/** Applies exactly one update per version of 200 concurrent ones. */
export async function checkConcurrentUpdates(crowd: Crowd): Promise<void> {
  const target = await columnOf(crowd.clients[0] as GatewayClient, 1);
  const [id = ''] = target.ids;
  const versions = [1, 2, 3];
  for (const expectedVersion of versions) {
    const titles = Array.from({ length: requests }, (_, n) => `title ${expectedVersion}.${n}`);
    const replies = await meeting(crowd, target.boardId, () =>
      titles.map((title, n) =>
        clientOf(crowd, n).graphql<{
          updateItem: { item: { version: number; title: string } };
        } | null>(
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
}
