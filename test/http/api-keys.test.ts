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
const apis = ['REST', 'GraphQL'] as const;
type Api = (typeof apis)[number];

/** A request to an API with only these headers. */
async function send(api: Api, headers: Record<string, string>, query = '') {
  const response = await (api === 'REST'
    ? world.app.fetch(`http://gateway.test/api/crm/boards?${query}`, { headers })
    : world.app.fetch(`http://gateway.test/graphql?${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{ "query": "{ viewer { key { name } } }" }',
      }));
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function expectUnauthenticated(api: Api, headers: Record<string, string>, query?: string) {
  const reply = await send(api, headers, query);
  expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  expect(reply.status).toBe(401);
  if (api === 'REST') expect(expectRestError(reply, 401, 'UNAUTHENTICATED').message).toBe(message);
  else expect(expectGraphQLError({ ...reply.body, status: 401 }, 'UNAUTHENTICATED')).toBe(message);
}

const message = 'Not authenticated';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const demo = 'YOUR_API_KEY';
/** A key with another first character of its secret. */
const mistyped = (key: string) =>
  key.replace(/^itk_./, (start) => `itk_${start.endsWith('a') ? 'b' : 'a'}`);

const rejected: [string, () => Record<string, string>][] = [
  ['no key', () => ({})],
  ['an empty key', () => ({ authorization: 'Bearer ', api_key: '' })],
  ['an unknown key', () => bearer(newKey())],
  ['an unknown key in the api_key header', () => ({ api_key: newKey() })],
  ['a mistyped key', () => bearer(mistyped(newKey()))],
  ['a key in lower case', () => bearer(demo.toLowerCase())],
  ['a key without its scheme', () => ({ authorization: demo })],
  ['another scheme', () => ({ authorization: `Basic ${demo}` })],
  ['two keys after Bearer', () => bearer(`${demo} ${demo}`)],
  ['two headers that differ', () => ({ ...bearer(demo), api_key: newKey() })],
  ['two headers that differ, the other valid', () => ({ ...bearer(newKey()), api_key: demo })],
  ['an unknown key in the X-API-Key header', () => ({ 'x-api-key': newKey() })],
  ['an api_key and an X-API-Key that differ', () => ({ api_key: demo, 'x-api-key': 'x' })],
  ['a bearer token and an X-API-Key that differ', () => ({ ...bearer('x'), 'x-api-key': demo })],
  ['a valid api_key beside another scheme', () => ({ authorization: 'Basic eA==', api_key: demo })],
  ['a key of 10,000 characters', () => bearer('x'.repeat(10_000))],
];

it.each(
  apis.flatMap((api) => rejected.map(([name, headers]) => ({ api, name, headers }))),
)('$api refuses $name', ({ api, headers }) => expectUnauthenticated(api, headers()));

it.each(
  apis.flatMap((api) =>
    ['api_key', 'key', 'token', 'access_token', 'authorization'].map((name) => ({ api, name })),
  ),
)('$api accepts no key from the query parameter $name', ({ api, name }) =>
  expectUnauthenticated(api, {}, `${name}=${demo}`));

it.each(
  apis.flatMap((api) => [
    { api, name: 'a bearer token', headers: bearer(demo) },
    { api, name: 'the api_key header', headers: { api_key: demo } },
    { api, name: 'the X-API-Key header', headers: { 'X-API-Key': demo } },
    {
      api,
      name: 'the same key in all three',
      headers: { ...bearer(demo), api_key: demo, 'x-api-key': demo },
    },
    { api, name: 'a key beside an empty header', headers: { 'x-api-key': demo, api_key: '' } },
    { api, name: 'the same key in both', headers: { ...bearer(demo), api_key: demo } },
    { api, name: 'a scheme in lower case', headers: { authorization: `bearer ${demo}` } },
  ]),
)('$api accepts $name', async ({ api, headers }) => {
  expect((await send(api, headers)).status).toBe(200);
});

it.each<[string, Record<string, string>, string]>([
  ['none', {}, ''],
  ['one in the URL', {}, `api_key=${demo}`],
  ['one in an unknown header', { 'api-key': demo }, ''],
])('says what to send instead of no key, and of %s', async (_, headers, query) => {
  const { body } = await send('REST', headers, query);
  expect(body).toMatchInlineSnapshot(`
    {
      "error": {
        "code": "UNAUTHENTICATED",
        "details": [
          {
            "field": "authorization",
            "message": "is missing: send "Authorization: Bearer <key>". Only streams accept a key in the URL",
          },
        ],
        "message": "Not authenticated",
      },
      "status_code": 401,
      "success": false,
    }
  `);
});

it.each(
  apis.flatMap((api) =>
    [demo, `Basic ${demo}`, `Token ${demo}`, `Bearer:${demo}`, `${demo} Bearer`, 'Bearer'].map(
      (authorization) => ({ api, authorization }),
    ),
  ),
)('$api hints at the form of the header: $authorization', async ({ api, authorization }) => {
  const { body } = await send(api, { authorization });
  const { details } = api === 'REST' ? body.error : body.errors[0].extensions;
  expect(details).toEqual([
    { field: 'authorization', message: 'must be Bearer, a space and the API key' },
  ]);
  expect(JSON.stringify(body)).not.toContain(demo);
});

it.each<[string, Record<string, string>, string]>([
  ['an unknown key', bearer(newKey()), 'has a key that is unknown, expired or revoked'],
  ['a mistyped key', bearer(mistyped(newKey())), 'has a key that is unknown, expired or revoked'],
  [
    'another api_key',
    { ...bearer(demo), api_key: 'x' },
    'has another key than the other headers, or the URL',
  ],
  [
    'a token',
    bearer('eyJhbGciOiJub25lIn0.e30.'),
    'has a JSON Web Token, and this server accepts API keys only',
  ],
])('says why %s is refused, in both APIs', async (_, headers, message) => {
  const details = [{ field: 'authorization', message }];
  expect((await send('REST', headers)).body.error).toMatchObject({ details });
  expect((await send('GraphQL', headers)).body.errors[0].extensions).toMatchObject({ details });
});

it('says the same of expired, revoked and unknown keys', async () => {
  const past = new Date(Date.now() - 1000);
  const [expired, revoked] = [await createKey(world, { expiresAt: past }), await createKey(world)];
  await world.db.apiKey.updateMany({ where: { id: revoked.id }, data: { revokedAt: past } });
  const bodies = [newKey(), expired.key, revoked.key].map((key) => send('REST', bearer(key)));
  const [unknown, ...others] = await Promise.all(bodies);
  for (const { body } of others) expect(body).toEqual(unknown?.body);
});

it('refuses a mistyped key without a query', async () => {
  const key = newKey();
  const statementsFor = (sent: string) => world.statementsOf(() => send('REST', bearer(sent)));
  expect(await statementsFor(mistyped(key))).toEqual([]);
  expect(await statementsFor(`${key}x`)).toEqual([]);
  expect(await statementsFor(key)).toHaveLength(1);
});

it.each(apis)('%s refuses an expired key', async (api) => {
  const { key } = await createKey(world, { expiresAt: new Date(Date.now() - 1000) });
  await expectUnauthenticated(api, bearer(key));
  const { key: validKey } = await createKey(world, { expiresAt: new Date(Date.now() + 3_600_000) });
  expect((await send(api, bearer(validKey))).status).toBe(200);
});

it('refuses a revoked key within 5 seconds, in both APIs', async () => {
  const { key, id } = await createKey(world);
  expect((await send('REST', bearer(key))).status).toBe(200);
  await world.db.apiKey.updateMany({ where: { id }, data: { revokedAt: new Date() } });
  await vi.waitFor(() => expectUnauthenticated('REST', bearer(key)), {
    timeout: 5000,
    interval: 100,
  });
  await expectUnauthenticated('GraphQL', bearer(key));
});

it('stores only the SHA-256 of a key', async () => {
  const { key, id } = await createKey(world);
  await send('REST', bearer(key));
  const [row] = await world.db.$queryRaw<{ hash: Uint8Array; text: string }[]>`
    SELECT hash, k::text AS text FROM api_key k WHERE id = ${id}`;
  expect(Buffer.from(row?.hash ?? [])).toEqual(createHash('sha256').update(key).digest());
  expect(row?.text).not.toContain(key.slice(4, 20));
});

/** URLs of webhooks may contain secrets, and keys are for administrators. */
const isPrivate = ({ path }: (typeof routes)[number]) => /^\/(webhooks|keys)/.test(path);

it.each(
  routes.filter(
    (route) => !isWrite(route) && !route.operation.startsWith('subscription') && !isPrivate(route),
  ),
)('accepts a read-only key: $method $path', async (route) => {
  const { key } = await createKey(world, { isReadOnly: true });
  const { method, url, body } = callOf(route, demoIds);
  expect((await world.rest(method, url, { body, headers: bearer(key) })).status).toBe(200);
});

it.each(
  routes.filter((route) => isWrite(route) || isPrivate(route)),
)('refuses a write with a read-only key: $method $path', async (route) => {
  const { key } = await createKey(world, { isReadOnly: true });
  const { method, url, body, headers } = callOf(route, demoIds);
  const write = () => world.rest(method, url, { body, headers: { ...bearer(key), ...headers } });
  expectRestError(await expectNoWrites(world, write), 403, 'FORBIDDEN');
});

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

it.each(mutations)('refuses a read-only key for the mutation $name', async (field) => {
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

it('refuses a read-only key that selects a mutation among several operations', async () => {
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
