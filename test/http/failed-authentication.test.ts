import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newKey } from '../../src/auth/api-keys.ts';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { RateLimit } from '../../src/limits/rate-limit.ts';
import { forwardedAddress, networkOf } from '../../src/request/client-address.ts';
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
const demo = 'YOUR_API_KEY';

async function send(url: string, key: string, forwardedFor = '') {
  const headers = { api_key: key, 'x-forwarded-for': forwardedFor };
  const response = await fetch(`${url}/api/crm/boards`, { headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const statusesOf = async (url: string, keys: readonly string[], forwardedFor?: string) => {
  const statuses: number[] = [];
  for (const key of keys) statuses.push((await send(url, key, forwardedFor)).status);
  return statuses;
};

const newKeys = (count: number): string[] => Array.from({ length: count }, newKey);

it('refuses an address after too many failures, without a look-up', async () => {
  const url = await serve(world, { authFailures: 3 });
  expect(await statusesOf(url, newKeys(3))).toEqual([401, 401, 401]);
  const statements = await world.statementsOf(async () => {
    const { status, headers, body } = await send(url, newKey());
    expect({ status, code: body.error.code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect(body.error.message).toMatch(
      /^3 requests from your address had an invalid key in this minute; the limit is 3\. Try again in \d+ s\.$/,
    );
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect(headers.get('ratelimit-policy')).toBe('"failed-authentications";q=3;w=60');
  });
  expect(statements).toEqual([]);
});

it('responds 429 to GraphQL clients in the media type that they prefer', async () => {
  const url = await serve(world, { authFailures: 1 });
  await send(url, newKey());
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      api_key: newKey(),
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    },
    body: '{"query": "{ __typename }"}',
  });
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(response.headers.get('content-type')).toMatch(/^application\/graphql-response\+json/);
  expect((await response.json()).errors[0].extensions).toEqual({ code: 'RATE_LIMITED' });
});

it('still accepts a key that was valid before', async () => {
  const url = await serve(world, { authFailures: 2 });
  const { key: unused } = await createKey(world);
  expect((await send(url, demo)).status).toBe(200);
  expect(await statusesOf(url, newKeys(3))).toEqual([401, 401, 429]);
  expect(await statusesOf(url, [demo, unused])).toEqual([200, 429]);
});

it('counts neither valid keys nor requests without a key as failures', async () => {
  const url = await serve(world, { authFailures: 1 });
  const { key } = await createKey(world);
  expect(await statusesOf(url, [demo, demo, key])).toEqual([200, 200, 200]);
  for (const _ of [1, 2]) expect((await fetch(`${url}/api/crm/boards`)).status).toBe(401);
  expect(await statusesOf(url, newKeys(2))).toEqual([401, 429]);
});

it('looks up an unknown key once', async () => {
  const url = await serve(world);
  const key = newKey();
  const statements = await world.statementsOf(() => statusesOf(url, [key, key, key]));
  expect(statements).toHaveLength(1);
});

it('looks up few of the keys that an address sends at once', async () => {
  const failures = new RateLimit({ policy: 'test', limit: 10 });
  const authenticate = createAuthenticator(world.db, failures);
  const statements = await world.statementsOf(async () => {
    const attempts = newKeys(200).map((key) => authenticate(key, () => '192.0.2.7'));
    const codes = (await Promise.allSettled(attempts)).map(
      (result) => result.status === 'rejected' && result.reason.code,
    );
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED', 'RATE_LIMITED']));
  });
  // Two look-ups of an address run at once.
  expect(statements.length).toBeLessThanOrEqual(12);
});

it('takes the address of X-Forwarded-For where a proxy is trusted, and ignores it elsewhere', async () => {
  const trusting = await serve(world, { authFailures: 1, trustProxy: true });
  const failures = newKeys(2);
  expect(await statusesOf(trusting, failures, '6.6.6.6, 198.51.100.1')).toEqual([401, 429]);
  expect(await statusesOf(trusting, newKeys(1), '198.51.100.1, 198.51.100.2')).toEqual([401]);
  expect(await statusesOf(trusting, newKeys(2), '2001:db8:1:2::1')).toEqual([401, 429]);
  expect(await statusesOf(trusting, newKeys(1), '2001:db8:1:2:ffff::9')).toEqual([429]);
  const distrusting = await serve(world, { authFailures: 1 });
  expect(await statusesOf(distrusting, newKeys(1), '198.51.100.1')).toEqual([401]);
  expect(await statusesOf(distrusting, newKeys(1), '198.51.100.2')).toEqual([429]);
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:a:b:1:2:3:4', '2001:db8:a:b::/64'],
  ['2001:0DB8:000a:b::1', '2001:db8:a:b::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['unknown', undefined],
  ['', undefined],
])('counts the address %s as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each([
  ['1.1.1.1, 192.0.2.7:4711', '192.0.2.7'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
])('reads X-Forwarded-For: %s', (header, address) => {
  expect(forwardedAddress(header)).toBe(address);
});
