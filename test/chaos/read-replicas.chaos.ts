import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { pairs, timeoutFor } from '../support/chaos-settings.ts';
import { clientAt, type GatewayClient } from '../support/client.ts';
import { query, urlOf } from '../support/databases.ts';
import { stopAll } from '../support/folder-holders.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts, restartTimeout } from '../support/platform.ts';
import { build, type Server, start } from '../support/program.ts';
import { type ReplicatedDatabase, startReplica, startReplicated } from '../support/replica.ts';

vi.setConfig(longTimeouts);
afterAll(cleanUp);
afterAll(stopAll);

let database: ReplicatedDatabase;
let servers: Server[];
let clients: GatewayClient[];
beforeAll(async () => {
  build();
  database = await startReplicated();
  const { primary, replica } = database;
  const env = {
    DATABASE_URL: urlOf({ database: 'postgres' }, primary.connection),
    READ_DATABASE_URL: urlOf({ database: 'postgres' }, replica.connection),
    DEMO: 'on',
    RATE_LIMIT: '1000000',
  };
  servers = await Promise.all([1, 2].map(() => start({ folder: newFolder(), env })));
  clients = servers.map(({ url }) => clientAt(url));
});

const items = '/boards/board_abc123/items';

/** Creates an item through one gateway and reads it through the other. Returns what is wrong; undefined if nothing is. */
async function writeAndRead(n: number): Promise<string | undefined> {
  const [writer, reader] = n % 2 === 0 ? clients : clients.toReversed();
  if (!writer || !reader) throw new Error('two servers were started');
  const title = randomUUID();
  const { status, body } = await writer.rest<{ id: string }>('POST', items, { body: { title } });
  if (status !== 201) return `write: ${status} ${JSON.stringify(body)}`;
  const { id } = body.data;
  if (n % 4 < 2) {
    const page = await reader.rest<{ id: string }[]>('GET', `${items}?search=${title}`);
    if (page.status !== 200) return `read: ${page.status} ${JSON.stringify(page.body)}`;
    return page.body.data[0]?.id === id ? undefined : 'stale page';
  }
  const reply = await reader.graphql<{ items: { totalCount: number } }>(
    'query ($search: String) { items(search: $search) { totalCount } }',
    { search: title },
  );
  if (reply.errors) return `read: ${JSON.stringify(reply.errors)}`;
  return reply.data.items.totalCount === 1 ? undefined : 'stale count';
}

/** Runs pairs of a write and a read, four at a time, until it is over. Returns what was wrong, and how many ran. */
async function run(isOver: (count: number) => boolean) {
  const wrong: string[] = [];
  let count = 0;
  const client = async (): Promise<void> => {
    while (!isOver(count)) {
      count += 1;
      const failure = await writeAndRead(count).catch((error: Error) => error.message);
      if (failure !== undefined) wrong.push(failure);
    }
  };
  await Promise.all([1, 2, 3, 4].map(client));
  return { wrong, count };
}

const onReplica = (statement: string) => query(database.replica.connection, statement);

/** The transactions of the replica: two for each statement that it was sent. */
const transactions = async (): Promise<number> =>
  Number(
    (
      await onReplica('SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()')
    ).join(),
  );

it(
  'no read through one gateway is behind a write through the other, and the replica serves most',
  async () => {
    const before = await transactions();
    const { wrong, count } = await run((count) => count >= pairs);
    expect(wrong).toEqual([]);
    const areCounted = async () => expect((await transactions()) - before).toBeGreaterThan(count);
    await vi.waitFor(areCounted, { timeout: restartTimeout, interval: 500 });
  },
  60_000 + pairs * 100,
);

it(
  'no read fails or is stale while the replica is paused, stopped and promoted',
  async () => {
    let isOver = false;
    let ran = 0;
    const load = run((count) => {
      ran = count;
      return isOver;
    });
    const untilRan = (count: number) => {
      const enough = ran + count;
      return vi.waitFor(() => expect(ran).toBeGreaterThan(enough), {
        timeout: restartTimeout,
        interval: 20,
      });
    };
    await untilRan(20);
    await onReplica('SELECT pg_wal_replay_pause()');
    await untilRan(50);
    await onReplica('SELECT pg_wal_replay_resume()');
    await untilRan(50);
    await database.replica.stop();
    await untilRan(50);
    database.replica = await startReplica(database.replicaFolder, database.primary.connection);
    await sleep(500);
    await untilRan(50);
    await onReplica('SELECT pg_promote()');
    await untilRan(50);
    isOver = true;
    expect((await load).wrong).toEqual([]);
    for (const { how } of await Promise.all(servers.map((server) => server.end())))
      expect(how).toBe('exit code 0');
  },
  timeoutFor(60_000),
);
