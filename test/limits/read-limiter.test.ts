import { availableParallelism } from 'node:os';
import { expect, it, vi } from 'vitest';
import type { Reservation } from '../../src/limits/in-flight.ts';
import { QueryCost } from '../../src/limits/query-cost.ts';
import { type CreateReads, createReadLimiter, type Reads } from '../../src/limits/read-limiter.ts';
import { defaultLimits } from '../../src/limits/settings.ts';
import { StatementStats } from '../../src/postgres/statement-stats.ts';
import { Lifetime } from '../../src/request/lifetime.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const reservation: Reservation = { grow() {}, release() {} };

const lockKey = 7_236_402_199;

/** Waits for the lock, which a test holds. */
const statement = { text: 'SELECT pg_advisory_xact_lock_shared($1)', values: [lockKey] };

/** Statements of this database that wait for the lock. */
async function countWaiting(): Promise<number> {
  const [{ count } = { count: 0 }] = await world.db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::integer AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query = ${statement.text}`;
  return count;
}

const readsIn =
  (createReads: CreateReads) =>
  (workspaceId: string): Reads =>
    createReads({
      workspaceId,
      cost: new QueryCost(reservation, defaultLimits),
      cancellation: new Lifetime(defaultLimits.requestTimeout),
      statements: new StatementStats(),
    });

it('lets requests with large rows go on one after the other, with pauses of twice their time', async () => {
  const readsOf = readsIn(createReadLimiter(world.db, 4));
  const ends: number[] = [];
  const read = async () => {
    await readsOf('a').$rows({ text: "SELECT repeat('x', 600000)", values: [] });
    const start = performance.now();
    while (performance.now() - start < 20);
    ends.push(performance.now());
  };
  await Promise.all([read(), read(), read()]);
  // Between two ends are a pause of twice 20 ms, and the 20 ms of the second read.
  const gaps = ends.slice(1).map((end, n) => end - (ends[n] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(55);
});

it('reads the first ten lists of a request at once, and the others by tens, in turns with those of other requests', async () => {
  const readsOf = readsIn(createReadLimiter(world.db, 4));
  const begun: string[] = [];
  const readLists = (workspaceId: string, count: number) => {
    const reads = readsOf(workspaceId);
    return Array.from({ length: count }, () => reads.list(async () => begun.push(workspaceId)));
  };
  const lists = [...readLists('a', 44), ...readLists('b', 24)];
  // Nobody has a turn when the first one asks for its second ten.
  expect(begun.join('')).toBe(`${'a'.repeat(20)}${'b'.repeat(10)}`);
  await Promise.all(lists);
  const turns = begun.slice(30).join('').match(/a+|b+/g);
  expect(turns?.map((turn) => `${turn[0]}${turn.length}`)).toEqual([
    'a10',
    'b10',
    'a10',
    'b4',
    'a4',
  ]);
});

it('runs fewer reads of large boards than the computer has cores, half of them of one workspace, and others beside them', async () => {
  const readsOf = readsIn(createReadLimiter(world.db, 4));
  const cores = availableParallelism();
  const permits = {
    process: Math.max(1, cores - 1),
    workspace: Math.max(1, Math.ceil((cores - 1) / 2)),
  };
  const sent: Promise<unknown>[] = [];
  await world.db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(${lockKey})::text`;
      const send = (workspaceId: string) => {
        for (let n = 0; n < cores; n += 1) sent.push(readsOf(workspaceId).large.$rows(statement));
      };
      send('a');
      await vi.waitFor(async () => expect(await countWaiting()).toBe(permits.workspace));
      send('b');
      send('c');
      await vi.waitFor(async () => expect(await countWaiting()).toBe(permits.process));
      expect(await readsOf('a').$rows({ text: "SELECT 'read'", values: [] })).toEqual([['read']]);
      expect(await countWaiting()).toBe(permits.process);
    },
    { timeout: 20_000 },
  );
  expect(await Promise.all(sent)).toHaveLength(3 * cores);
});

it('runs as many reads of a workspace at once as are allowed, three of a request, and others beside them', async () => {
  const readsOf = readsIn(createReadLimiter(world.db, 4));
  const sent: Promise<unknown>[] = [];
  await world.db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(${lockKey})::text`;
      const send = (workspaceId: string) => {
        const reads = readsOf(workspaceId);
        for (let n = 0; n < 5; n += 1) sent.push(reads.$rows(statement));
      };
      send('a');
      await vi.waitFor(async () => expect(await countWaiting()).toBe(3));
      send('a');
      await vi.waitFor(async () => expect(await countWaiting()).toBe(4));
      send('b');
      await vi.waitFor(async () => expect(await countWaiting()).toBe(7));
    },
    { timeout: 20_000 },
  );
  expect(await Promise.all(sent)).toHaveLength(15);
});
