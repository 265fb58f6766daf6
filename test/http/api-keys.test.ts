import { createHash } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { newKey } from '../../src/auth/api-keys.ts';
import { schema } from '../../src/graphql/schema/index.ts';
import { routes } from '../../src/rest/routes.ts';
import { callOf, demoIds, isWrite } from '../support/endpoint-calls.ts';
import { expectGraphQLError, expectNoWrites, expectRestError } from '../support/expectations.ts';
import { minimalInput } from '../support/input-paths.ts';
import { postRaw } from '../support/raw-requests.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const doors = ['REST', 'GraphQL'] as const;
type Door = (typeof doors)[number];

/** One request through a door with just these headers. */
async function knock(door: Door, headers: Record<string, string>, query = '') {
  const response = await (door === 'REST'
    ? world.app.fetch(`http://gateway.test/api/crm/boards?${query}`, { headers })
    : world.app.fetch(`http://gateway.test/graphql?${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{ "query": "{ viewer { key { name } } }" }',
      }));
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function expectShut(door: Door, headers: Record<string, string>, query?: string) {
  const reply = await knock(door, headers, query);
  expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  expect(reply.status).toBe(401);
  if (door === 'REST') expect(expectRestError(reply, 401, 'UNAUTHENTICATED').message).toBe(words);
  else expect(expectGraphQLError({ ...reply.body, status: 401 }, 'UNAUTHENTICATED')).toBe(words);
}

const words = 'Not authenticated';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const demo = 'YOUR_API_KEY';
/** A key with one character of its secret replaced by another. */
const mistyped = (key: string) =>
  key.replace(/^itk_./, (start) => `itk_${start.endsWith('a') ? 'b' : 'a'}`);

const strangers: [string, () => Record<string, string>][] = [
  ['no key', () => ({})],
  ['an empty key', () => ({ authorization: 'Bearer ', api_key: '' })],
  ['a key that never was', () => bearer(newKey())],
  ['a key that never was in the api_key header', () => ({ api_key: newKey() })],
  ['a mistyped key', () => bearer(mistyped(newKey()))],
  ['a key in other letters', () => bearer(demo.toLowerCase())],
  ['a key without its scheme', () => ({ authorization: demo })],
  ['another scheme', () => ({ authorization: `Basic ${demo}` })],
  ['two words after Bearer', () => bearer(`${demo} ${demo}`)],
  ['two headers that differ', () => ({ ...bearer(demo), api_key: newKey() })],
  ['two headers that differ, the other way', () => ({ ...bearer(newKey()), api_key: demo })],
  ['a good api_key beside another scheme', () => ({ authorization: 'Basic eA==', api_key: demo })],
  ['a key of 10,000 characters', () => bearer('x'.repeat(10_000))],
];

it.each(
  doors.flatMap((door) => strangers.map(([name, headers]) => ({ door, name, headers }))),
)('shuts the $door door to $name', ({ door, headers }) => expectShut(door, headers()));

it.each(
  doors.flatMap((door) =>
    ['api_key', 'key', 'token', 'access_token', 'authorization'].map((name) => ({ door, name })),
  ),
)('does not take a key from the query string: $name at the $door door', ({ door, name }) =>
  expectShut(door, {}, `${name}=${demo}`));

it.each(
  doors.flatMap((door) => [
    { door, name: 'a bearer token', headers: bearer(demo) },
    { door, name: 'the api_key header', headers: { api_key: demo } },
    { door, name: 'both alike', headers: { ...bearer(demo), api_key: demo } },
    { door, name: 'a scheme in small letters', headers: { authorization: `bearer ${demo}` } },
  ]),
)('opens the $door door to $name', async ({ door, headers }) => {
  expect((await knock(door, headers)).status).toBe(200);
});

it('says what a refused caller reads, and no more', async () => {
  const { body } = await knock('REST', {});
  expect(body).toMatchInlineSnapshot(`
    {
      "error": {
        "code": "UNAUTHENTICATED",
        "message": "Not authenticated",
      },
      "status_code": 401,
      "success": false,
    }
  `);
});

it('tells a mistyped key from a wrong one without a look at the database', async () => {
  const key = newKey();
  const ask = (shown: string) => world.statementsOf(() => knock('REST', bearer(shown)));
  expect(await ask(mistyped(key))).toEqual([]);
  expect(await ask(`${key}x`)).toEqual([]);
  expect(await ask(key)).toHaveLength(1);
});

it.each(doors)('shuts the %s door to a key that has expired', async (door) => {
  const { key } = await createKey(world, { expiresAt: new Date(Date.now() - 1000) });
  await expectShut(door, bearer(key));
  const { key: lasting } = await createKey(world, { expiresAt: new Date(Date.now() + 3_600_000) });
  expect((await knock(door, bearer(lasting))).status).toBe(200);
});

it('stops a revoked key within 5 seconds, at both doors', async () => {
  const { key, id } = await createKey(world);
  expect((await knock('REST', bearer(key))).status).toBe(200);
  await world.db.apiKey.updateMany({ where: { id }, data: { revokedAt: new Date() } });
  await vi.waitFor(() => expectShut('REST', bearer(key)), { timeout: 5000, interval: 100 });
  await expectShut('GraphQL', bearer(key));
});

it('stores nothing of a key but its SHA-256', async () => {
  const { key, id } = await createKey(world);
  await knock('REST', bearer(key));
  const [row] = await world.db.$queryRaw<{ hash: Uint8Array; text: string }[]>`
    SELECT hash, k::text AS text FROM api_key k WHERE id = ${id}`;
  expect(Buffer.from(row?.hash ?? [])).toEqual(createHash('sha256').update(key).digest());
  expect(row?.text).not.toContain(key.slice(4, 20));
});

it.each(
  routes.filter((route) => !isWrite(route)),
)('lets a read-only key read: $method $path', async (route) => {
  const { key } = await createKey(world, { isReadOnly: true });
  const { method, url, body } = callOf(route, demoIds);
  expect((await world.rest(method, url, { body, headers: bearer(key) })).status).toBe(200);
});

it.each(
  routes.filter(isWrite),
)('refuses a write with a read-only key: $method $path', async (route) => {
  const { key } = await createKey(world, { isReadOnly: true });
  const { method, url, body } = callOf(route, demoIds);
  const write = () => world.rest(method, url, { body, headers: bearer(key) });
  expectRestError(await expectNoWrites(world, write), 403, 'FORBIDDEN');
});

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

it.each(mutations)('refuses a read-only key that runs the mutation $name', async (field) => {
  const { key } = await createKey(world, { isReadOnly: true });
  const variables = Object.fromEntries(
    field.args.map(({ name, type }) => [name, minimalInput(type)]),
  );
  const types = field.args.map(({ name, type }) => `$${name}: ${type}`);
  const values = field.args.map(({ name }) => `${name}: $${name}`);
  const document = `mutation (${types}) { ${field.name}(${values}) { __typename } }`;
  const reply = await expectNoWrites(world, () => world.graphql(document, variables, key));
  expectGraphQLError(reply, 'FORBIDDEN');
  expect(reply.data).toBeNull();
});

it('refuses a read-only key that names the mutation among several operations', async () => {
  const { key } = await createKey(world, { isReadOnly: true });
  const query = `query read { viewer { key { name scopes } } }
    mutation write { createContact(input: { name: "x" }) { contact { id } } }`;
  const run = (operationName: string) =>
    expectNoWrites(world, () =>
      postRaw(world, JSON.stringify({ query, operationName }), bearer(key)),
    );
  expectGraphQLError(await run('write'), 'FORBIDDEN');
  expect(await run('read')).toMatchObject({ data: { viewer: { key: { scopes: ['READ'] } } } });
});
