import { expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';
import { expectGraphQLError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const front = 'https://crm.example.com';
const defaults = { corsOrigins: ['*'], explorer: true, introspection: true };

const gateway = (access: Partial<typeof defaults>) =>
  world.withOptions({ access: { ...defaults, ...access } });

const paths = ['/api/crm/boards', '/graphql?query=%7B__typename%7D'];

/** The origin that a page of `origin` sees as allowed, and the `Vary` of the response. */
async function corsOf(path: string, origin: string, corsOrigins: string[]) {
  const { app } = gateway({ corsOrigins });
  const response = await app.fetch(`http://gateway.test${path}`, {
    headers: { authorization: 'Bearer YOUR_API_KEY', origin },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  return {
    allowed: response.headers.get('access-control-allow-origin'),
    vary: response.headers.get('vary') ?? '',
  };
}

it.each(paths)('allows pages of the origins of the setting at %s, and no others', async (path) => {
  const origins = [front, 'https://app.example.com'];
  for (const origin of origins)
    expect(await corsOf(path, origin, origins)).toMatchObject({ allowed: origin });
  for (const origin of [
    'https://evil.example',
    'null',
    `${front}.evil.example`,
    'http://crm.example.com',
  ])
    expect(await corsOf(path, origin, origins)).toMatchObject({ allowed: null });
  expect(await corsOf(path, front, [])).toMatchObject({ allowed: null });
  expect(await corsOf(path, front, ['*'])).toMatchObject({ allowed: front });
});

it.each(paths)('varies by origin and credential at %s', async (path) => {
  for (const origins of [['*'], [front], []]) {
    const { vary } = await corsOf(path, front, origins);
    expect(vary.split(/, */)).toEqual(expect.arrayContaining(['Origin', 'Authorization']));
  }
});

it('answers preflights of allowed origins only', async () => {
  const preflight = async (origin: string) => {
    const { app } = gateway({ corsOrigins: [front] });
    const { headers } = await app.fetch('http://gateway.test/graphql', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    return ['origin', 'methods', 'headers'].map((name) =>
      headers.get(`access-control-allow-${name}`),
    );
  };
  expect(await preflight(front)).toEqual([front, 'POST', 'authorization,content-type']);
  expect(await preflight('https://evil.example')).toEqual([null, null, null]);
});

const introspection = '{ __schema { queryType { name } } }';

it('shows the schema to callers only, and to none where it is switched off', async () => {
  expect((await world.graphql(introspection)).errors).toBeUndefined();
  expectGraphQLError(await world.graphql(introspection, {}, 'nobody'), 'UNAUTHENTICATED');
  const closed = gateway({ introspection: false });
  expectGraphQLError(await closed.graphql(introspection), 'VALIDATION_ERROR');
  expectGraphQLError(await closed.graphql('{ __type(name: "Item") { name } }'), 'VALIDATION_ERROR');
  const query = '{ __typename viewer { __typename } }';
  expect((await closed.graphql(query)).errors).toBeUndefined();
});

it('shows browsers the explorer, unless it is switched off', async () => {
  const open = (access: Partial<typeof defaults>) =>
    gateway(access).app.fetch('http://gateway.test/graphql', { headers: { accept: 'text/html' } });
  const page = await open({});
  expect(page.headers.get('content-type')).toMatch('text/html');
  await page.body?.cancel();
  const closed = await open({ explorer: false });
  expect(closed.status).toBe(401);
  expect(await closed.text()).not.toContain('<html');
});

it.each([
  '/api/crm',
  '/api/crm/',
])('leads a browser from %s to the reference, and tells others where it is', async (path) => {
  const get = (accept: string) =>
    world.app.fetch(`http://gateway.test${path}`, { headers: { accept } });
  const page = await get('text/html');
  expect([page.status, page.headers.get('location')]).toEqual([302, '/api/crm/docs']);
  const other = await get('*/*');
  expect(other.status).toBe(404);
  expect((await other.json()).error).toEqual({
    code: 'NOT_FOUND',
    message: `There is nothing at ${path}. /api/crm/docs and /api/crm/openapi.json have all endpoints.`,
  });
});

it.each([
  [{}, { corsOrigins: ['*'], explorer: true, introspection: true }],
  [{ HOST: '0.0.0.0' }, { explorer: false }],
  [{ TRUST_PROXY: 'on' }, { explorer: false }],
  [{ HOST: '0.0.0.0', EXPLORER: 'on' }, { explorer: true }],
  [
    { INTROSPECTION: 'off', CORS_ORIGINS: 'off' },
    { introspection: false, corsOrigins: [] },
  ],
  [
    { CORS_ORIGINS: `${front}, http://localhost:5173` },
    { corsOrigins: [front, 'http://localhost:5173'] },
  ],
])('reads the settings %j', (env, access) => {
  expect(readConfig(env).access).toMatchObject(access);
});

it.each([
  [{}, true],
  [{ HOST: '0.0.0.0' }, false],
  [{ TRUST_PROXY: 'on' }, false],
  [{ TRUST_PROXY: 'on', DEMO: 'on' }, true],
])('decides by the settings %j whether the demo key works', (env, demo) => {
  expect(readConfig(env).demo).toBe(demo);
});

const secret = 'a secret of 32 characters or more';
const issuer = { JWT_ISSUER: 'https://login.example.com/', JWT_AUDIENCE: 'items' };

it.each([
  [{ CORS_ORIGINS: 'crm.example.com' }, /CORS_ORIGINS must be origins/],
  [{ CORS_ORIGINS: `${front}/` }, /CORS_ORIGINS must be origins/],
  [{ JWT_SECRET: 'short' }, /JWT_SECRET must have at least 32/],
  [{ JWT_SECRET: secret }, /JWT_ISSUER and JWT_AUDIENCE must be set/],
  [{ JWT_ISSUER: 'x' }, /JWT_JWKS_URL or JWT_SECRET must be set for JWT_ISSUER/],
  [{ ...issuer, JWT_SECRET: secret, JWT_JWKS_URL: 'https://x.io' }, /exclude each other/],
  [{ ...issuer, JWT_JWKS_URL: 'file:///etc/passwd' }, /JWT_JWKS_URL must be/],
  [{ ...issuer, JWT_SECRET: secret, JWT_ALGORITHMS: 'RS256' }, /JWT_ALGORITHMS must be of HS256/],
  [{ ...issuer, JWT_JWKS_URL: 'https://x.io', JWT_ALGORITHMS: 'HS256' }, /must be of RS256/],
  [{ ...issuer, JWT_JWKS_URL: 'https://x.io', JWT_ALGORITHMS: 'none' }, /JWT_ALGORITHMS/],
])('refuses the settings %j', (env, message) => {
  expect(() => readConfig(env)).toThrow(ConfigError);
  expect(() => readConfig(env)).toThrow(message);
});

it('reports all problems of the settings at once, also those of several together', () => {
  const settings = {
    PORT: 'x',
    READ_DATABASE_URL: 'postgresql://replica/items',
    JWT_SECRET: secret,
    JWT_JWKS_URL: 'https://x.io',
    JWT_ALGORITHMS: 'HS256 none',
  };
  expect(() => readConfig(settings)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        /PORT .*\n.*JWT_ALGORITHMS must be of RS256.*EdDSA, HS256.*\n.*READ_DATABASE_URL.*\n.*exclude.*\n.*must be set.*\n.*JWT_ALGORITHMS must be of RS256.*with JWT_JWKS_URL/,
      ),
    }),
  );
});

it('accepts tokens by a secret or a URL, with pinned algorithms', () => {
  expect(readConfig({}).tokens).toBeUndefined();
  expect(readConfig({ ...issuer, JWT_SECRET: secret }).tokens?.algorithms).toEqual(['HS256']);
  const url = { ...issuer, JWT_JWKS_URL: 'https://x.io/jwks', JWT_ALGORITHMS: 'ES256 RS256' };
  expect(readConfig(url).tokens).toMatchObject({
    keys: { url: 'https://x.io/jwks' },
    algorithms: ['ES256', 'RS256'],
    claims: { workspace: 'workspace', agent: 'sub', name: 'name', scope: 'scope' },
  });
});
