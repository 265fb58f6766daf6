import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, it, vi } from 'vitest';
import { migrate } from '../../src/postgres/migrate.ts';
import {
  checkErrorCodes,
  checkLogged,
  newBoard,
  writeConcurrently,
} from '../model/board/concurrent-writes.ts';
import { checkBoard } from '../support/board-state.ts';
import { createClient, type GatewayClient } from '../support/client.ts';
import { cleanUp } from '../support/folders.ts';
import { project, restartTimeout } from '../support/platform.ts';
import { prismaWith } from '../support/prisma-folder.ts';
import { seed } from '../support/property-settings.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
afterAll(cleanUp);

const upgrades = 4;
const names = readdirSync(join(project, 'prisma/functions'));

/** Another version, of which every function file differs. */
const otherVersion = (): URL =>
  prismaWith(
    Object.fromEntries(names.map((name) => [`functions/${name}`, (sql) => `${sql}\n--\n`])),
  );

/** Links items to contacts and merges these: writes that lock contacts before boards. Returns the error codes. */
async function mergeContacts({ graphql }: GatewayClient, isOver: () => boolean) {
  const codes: (string | undefined)[] = [];
  const run = async (document: string, variables: object) => {
    const { data, errors } = await graphql<Record<string, { contact: { id: string } }>>(
      document,
      variables,
    );
    codes.push(errors?.[0]?.extensions.code);
    return data;
  };
  while (!isOver()) {
    const created = await run(
      'mutation { one: createContact(input: { name: "One" }) { contact { id } } two: createContact(input: { name: "Two" }) { contact { id } } }',
      {},
    );
    const [one, two] = [created.one?.contact.id, created.two?.contact.id];
    await run(
      'mutation ($two: ID!) { createItem(input: { boardId: "board_abc123", title: "x", contactId: $two }) { item { id } } }',
      { two },
    );
    await run(
      'mutation ($one: ID!, $two: ID!) { mergeContacts(input: { into: $one, ids: [$two] }) { contact { id } } }',
      { one, two },
    );
  }
  return codes;
}

it('applies new functions and triggers while another version writes: no deadlock, and no request fails', async () => {
  const other = otherVersion();
  const client = createClient(async (path, init) =>
    world.app.fetch(`http://gateway.test${path}`, init),
  );
  const target = await newBoard(client);
  let isOver = false;
  const load = writeConcurrently([target], {
    seed,
    clients: 8,
    each: 1e6,
    isOver: () => isOver,
  });
  const merges = mergeContacts(client, () => isOver);
  try {
    for (let n = 0; n < upgrades; n += 1) {
      const applied = await migrate(world.connection, n % 2 === 0 ? other : undefined);
      expect(applied).toHaveLength(names.length);
    }
  } finally {
    isOver = true;
  }
  const writes = await load;
  expect((await merges).filter((code) => code !== undefined)).toEqual([]);
  checkErrorCodes(writes.flatMap(({ outcome }) => outcome ?? []));
  checkLogged(await checkBoard(target), writes);
  const deadlocks = world.db.$queryRaw`
    SELECT deadlocks::integer FROM pg_stat_database WHERE datname = current_database()`;
  expect(await deadlocks).toEqual([{ deadlocks: 0 }]);
});

it('lets a transaction that holds a lock have the other ones, and goes on after it', async () => {
  const writer = new pg.Client(world.connection);
  await writer.connect();
  await writer.query('BEGIN');
  // The last table with triggers, while the first ones are free: a deadlock, if applying kept those.
  await writer.query('LOCK TABLE item IN ROW EXCLUSIVE MODE');
  const applied = migrate(world.connection, otherVersion());
  const isWaiting = async () =>
    expect(
      await world.db.$queryRaw`SELECT 1 FROM pg_locks
        WHERE NOT granted AND mode = 'ShareRowExclusiveLock' AND relation = 'item'::regclass`,
    ).not.toEqual([]);
  await vi.waitFor(isWaiting, { timeout: restartTimeout, interval: 5 });
  await writer.query("SET lock_timeout = '900ms'");
  for (const table of ['board', 'board_column', 'contact'])
    await writer.query(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
  await writer.query('COMMIT');
  await writer.end();
  expect(await applied).toHaveLength(names.length);
});
