import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InFlight, type Reservation } from '../../src/limits/in-flight.ts';
import type { InFlightLimits } from '../../src/limits/in-flight-limits.ts';
import { Lifetime } from '../../src/request/lifetime.ts';

const limits: InFlightLimits = {
  requests: { process: 6, workspace: 4, key: 2 },
  bytes: { process: 100, workspace: 70, key: 50 },
  waiting: { process: 40, workspace: 30, key: 20 },
  guaranteed: { requests: 0, bytes: 0 },
  waitTimeout: 60_000,
};
const a = { workspaceId: 'w1', keyId: 'a' };
const b = { workspaceId: 'w1', keyId: 'b' };
const other = { workspaceId: 'w2', keyId: 'c' };

const isWaiting = (result: Reservation | Promise<Reservation>) => result instanceof Promise;

it('lets a request in at once where there is room', () => {
  const inFlight = new InFlight(limits);
  expect(isWaiting(inFlight.acquire(a, 10))).toBe(false);
  expect({ requests: inFlight.requests, bytes: inFlight.bytes }).toEqual({
    requests: 1,
    bytes: 10,
  });
});

it('lets the only request of a key in, however large', () => {
  expect(isWaiting(new InFlight(limits).acquire(a, 1000))).toBe(false);
});

it('keeps room for a workspace that holds little, however much others hold', async () => {
  const inFlight = new InFlight({ ...limits, guaranteed: { requests: 2, bytes: 20 } });
  const held: Reservation[] = [];
  for (let n = 1; n <= 3; n += 1)
    held.push(await inFlight.acquire({ workspaceId: `full ${n % 2}`, keyId: `key ${n}` }, 33));
  const small = inFlight.acquire(other, 10);
  if (small instanceof Promise) throw new Error('The request waits.');
  small.grow(10);
  expect(() => small.grow(1)).toThrow('The requests in this process hold');
  const large = inFlight.acquire(a, 21);
  expect(isWaiting(large)).toBe(true);
  for (const reservation of [small, ...held]) reservation.release();
  await large;
});

it('keeps the requests of one key in their order, and lets other keys pass', async () => {
  const inFlight = new InFlight(limits);
  const [one, two] = [await inFlight.acquire(a, 10), await inFlight.acquire(a, 10)];
  const order: string[] = [];
  const note = (name: string) => (reservation: Reservation) => {
    order.push(name);
    return reservation;
  };
  const third = Promise.resolve(inFlight.acquire(a, 10)).then(note('third'));
  const fourth = Promise.resolve(inFlight.acquire(a, 10)).then(note('fourth'));
  await Promise.resolve(inFlight.acquire(other, 10)).then(note('other'));
  one.release();
  (await third).release();
  two.release();
  await fourth;
  expect(order).toEqual(['other', 'third', 'fourth']);
});

it('says which limit is exceeded, and by how much', async () => {
  const inFlight = new InFlight({
    ...limits,
    waitTimeout: 5,
    waiting: { ...limits.waiting, key: 1 },
  });
  const first = await inFlight.acquire(a, 30);
  await inFlight.acquire(a, 10);
  const waiting = inFlight.acquire(a, 10);
  await expect(inFlight.acquire(a, 10)).rejects.toThrow(
    '1 requests of your key are waiting; the limit is 1.',
  );
  await expect(waiting).rejects.toThrow(
    /^2 requests of your key are in flight, which is the limit, and none ended within [45] ms./,
  );
  expect(() => first.grow(11)).toThrow('The requests of your key hold');
});

it('forgets a request that is aborted while it waits', async () => {
  const inFlight = new InFlight(limits);
  const [one, two] = [await inFlight.acquire(a, 10), await inFlight.acquire(a, 10)];
  const lifetime = new Lifetime(60_000);
  const aborted = inFlight.acquire(a, 10, lifetime);
  lifetime.end();
  await expect(aborted).rejects.toThrow('The client closed the connection.');
  one.release();
  two.release();
  expect({ requests: inFlight.requests, bytes: inFlight.bytes }).toEqual({ requests: 0, bytes: 0 });
});

it('exceeds no limit, leaves no room unused and forgets everything in the end', async () => {
  const caller = fc.constantFrom(a, b, other);
  const step = fc.oneof(
    fc.record({
      type: fc.constant('acquire' as const),
      caller,
      bytes: fc.integer({ min: 1, max: 60 }),
    }),
    fc.record({ type: fc.constant('release' as const), n: fc.nat() }),
    fc.record({ type: fc.constant('abort' as const), n: fc.nat() }),
    fc.record({
      type: fc.constant('grow' as const),
      n: fc.nat(),
      bytes: fc.integer({ min: 1, max: 40 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const inFlight = new InFlight(limits);
      const held: {
        keyId: string;
        workspaceId: string;
        bytes: number;
        reservation: Reservation;
      }[] = [];
      const waiting: Lifetime[] = [];
      for (const one of steps) {
        if (one.type === 'acquire') {
          const lifetime = new Lifetime(60_000);
          const result = inFlight.acquire(one.caller, one.bytes, lifetime);
          const enter = (reservation: Reservation) => {
            waiting.splice(waiting.indexOf(lifetime) >>> 0, 1);
            held.push({ ...one.caller, bytes: one.bytes, reservation });
          };
          if (result instanceof Promise) {
            waiting.push(lifetime);
            result.then(enter, () => waiting.splice(waiting.indexOf(lifetime) >>> 0, 1));
          } else enter(result);
        } else if (one.type === 'abort') waiting[one.n % Math.max(1, waiting.length)]?.end();
        else if (held.length > 0) {
          const n = one.n % held.length;
          const entry = held[n];
          if (entry === undefined) continue;
          if (one.type === 'release') {
            held.splice(n, 1);
            entry.reservation.release();
          } else {
            try {
              entry.reservation.grow(one.bytes);
              entry.bytes += one.bytes;
            } catch (error) {
              expect(String(error)).toContain('MiB');
            }
          }
        }
        await new Promise(setImmediate);
        for (const [scope, name] of [
          ['key', 'keyId'],
          ['workspace', 'workspaceId'],
        ] as const) {
          for (const id of new Set(held.map((entry) => entry[name]))) {
            const own = held.filter((entry) => entry[name] === id);
            expect(own.length).toBeLessThanOrEqual(limits.requests[scope]);
            const bytes = own.reduce((sum, entry) => sum + entry.bytes, 0);
            if (own.length > 1) expect(bytes).toBeLessThanOrEqual(limits.bytes[scope] + 60);
          }
        }
        expect(inFlight.requests).toBe(held.length);
        expect(inFlight.bytes).toBe(held.reduce((sum, { bytes }) => sum + bytes, 0));
      }
      while (held.length > 0) {
        for (const { reservation } of held.splice(0)) reservation.release();
        await new Promise(setImmediate);
      }
      expect(waiting).toEqual([]);
      expect({ requests: inFlight.requests, bytes: inFlight.bytes }).toEqual({
        requests: 0,
        bytes: 0,
      });
    }),
    { numRuns: 200 },
  );
});
