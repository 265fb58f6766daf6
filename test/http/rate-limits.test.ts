import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runKeys } from '../../src/cli/keys.ts';
import { newId } from '../../src/ids.ts';
import { shareRates } from '../../src/limits/shared-rates.ts';
import { serve } from '../support/servers.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();

// Rate limits count by the minute of the clock: it stands still, so that no test spans two.
beforeEach(
  () =>
    void vi
      .useFakeTimers({ toFake: ['Date'] })
      .setSystemTime(Math.floor(Date.now() / 60_000) * 60_000 + 20_000),
);
afterEach(() => void vi.useRealTimers());

async function send(url: string, key: string, path = '/api/crm/boards') {
  const response = await fetch(url + path, { headers: { api_key: key } });
  await response.arrayBuffer();
  return response;
}

/** Sends requests until one is refused; in a new minute the count begins again. Returns how many were accepted. */
async function countAccepted(url: string, key: string): Promise<number> {
  for (let accepted = 0; ; accepted += 1)
    if ((await send(url, key)).status === 429) return accepted;
}

it('sends the state of the rate limit in both forms of headers', async () => {
  const url = await serve(world, { rateLimit: 50 });
  const { key } = await createKey(world);
  const { headers } = await send(url, key);
  expect(headers.get('ratelimit-policy')).toBe('"default";q=50;w=60');
  expect(headers.get('ratelimit')).toMatch(/^"default";r=49;t=([1-9]|[1-5]\d|60)$/);
  expect(headers.get('x-ratelimit-limit')).toBe('50');
  expect(headers.get('x-ratelimit-remaining')).toBe('49');
});

it('shows the headers to browsers of other origins', async () => {
  const url = await serve(world);
  const headers = { api_key: 'YOUR_API_KEY', origin: 'https://crm.example' };
  const response = await fetch(`${url}/api/crm/boards`, { headers });
  const exposed = response.headers.get('access-control-expose-headers')?.split(/, ?/);
  expect(exposed).toEqual(expect.arrayContaining(['RateLimit', 'RateLimit-Policy']));
});

it('sends no state of a rate limit to a client without a valid key', async () => {
  const response = await fetch(`${await serve(world)}/api/crm/boards`);
  expect(response.headers.has('ratelimit')).toBe(false);
});

it('refuses a key above its rate, and states both numbers', async () => {
  const url = await serve(world, { rateLimit: 3 });
  const { key } = await createKey(world);
  await countAccepted(url, key);
  const start = performance.now();
  const response = await fetch(`${url}/api/crm/boards`, { headers: { api_key: key } });
  // So that a client which sends on and on sends two a second.
  expect(performance.now() - start).toBeGreaterThan(490);
  expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  expect((await response.json()).error.message).toMatch(
    /^This key has sent 3 requests in this minute; the limit is 3\. Try again in \d+ s\.$/,
  );
});

it('limits a key by a rate of its own', async () => {
  const lines: string[] = [];
  await runKeys(
    world.db,
    ['create', '--workspace', 'w', '--agent', 'a', '--name', 'n', '--rate-limit', '2'],
    { print: (text) => lines.push(text), note: () => {} },
  );
  const [key = ''] = lines.join('\n').split('\n');
  const url = await serve(world, { rateLimit: 1000 });
  expect((await send(url, key)).headers.get('ratelimit-policy')).toBe('"default";q=2;w=60');
  await countAccepted(url, key);
  expect((await send(url, key)).status).toBe(429);
  const wrong = ['create', '--workspace', 'w', '--agent', 'a', '--name', 'n', '--rate-limit', '0'];
  await expect(runKeys(world.db, wrong, { print: () => {}, note: () => {} })).rejects.toThrow(
    '--rate-limit must be 1 to',
  );
});

it('counts the requests of a key in all processes together', async () => {
  const options = { rateLimit: 20, sharesRates: true };
  const [one, other] = [await serve(world, options), await serve(world, options)];
  const { key } = await createKey(world);
  await vi.waitFor(
    async () => {
      await countAccepted(one, key);
      await send(other, key);
      await vi.waitFor(async () => expect((await send(other, key)).status).toBe(429), {
        timeout: 3000,
        interval: 300,
      });
    },
    { timeout: 10_000 },
  );
  const response = await send(other, key);
  expect(response.headers.get('ratelimit')).toMatch(/^"default";r=0;/);
});

it('exchanges counts by one statement a second', async () => {
  const url = await serve(world, { sharesRates: true });
  const keys = await Promise.all(Array.from({ length: 5 }, () => createKey(world)));
  const since = performance.now();
  const statements = await world.statementsOf(async () => {
    for (const { key } of keys) await send(url, key);
    await vi.waitFor(
      async () => {
        const rows = await world.db.rateWindow.findMany({
          where: { subject: { in: keys.map(({ id }) => id) } },
        });
        expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(5);
      },
      { timeout: 5000, interval: 50 },
    );
  });
  const exchanges = statements.filter((text) => text.includes('INTO rate_window')).length;
  expect(exchanges).toBeGreaterThan(0);
  expect(exchanges).toBeLessThanOrEqual(Math.ceil((performance.now() - since) / 1000));
});

it('limits by its own counts while the database is unavailable, and shares them afterwards', async () => {
  const minute = Math.floor(Date.now() / 60_000);
  const window = { workspaceId: 'w', subject: newId('key'), minute, shared: 0, local: 3 };
  const countOf = async () =>
    (await world.db.rateWindow.findFirst({ where: { subject: window.subject } }))?.count;
  await world.db.$executeRaw`ALTER TABLE rate_window RENAME TO rate_window_away`;
  const share = shareRates(world.db);
  share(window);
  const failed = await world.statementsOf(() =>
    vi.waitFor(() => expect(window.shared).toBe(3), { timeout: 1500 }).catch(() => {}),
  );
  expect(failed.some((text) => text.includes('INTO rate_window'))).toBe(true);
  expect(window).toMatchObject({ shared: 0, local: 3 });
  await world.db.$executeRaw`ALTER TABLE rate_window_away RENAME TO rate_window`;
  await vi.waitFor(async () => expect(await countOf()).toBe(3), { timeout: 5000 });
  await vi.waitFor(() => expect(window).toMatchObject({ shared: 3, local: 0 }));
});

it('deletes old windows', async () => {
  await world.db.rateWindow.createMany({
    data: [1, 2, 3].map((minute) => ({ workspaceId: 'w', subject: 'old', minute, count: 1 })),
  });
  const minute = Math.floor(Date.now() / 60_000);
  shareRates(world.db)({ workspaceId: 'w', subject: 'new', minute, shared: 0, local: 1 });
  const countOf = (subject: string) => world.db.rateWindow.count({ where: { subject } });
  await vi.waitFor(async () => expect(await countOf('old')).toBe(0), { timeout: 5000 });
  expect(await countOf('new')).toBe(1);
});
