import { generateKeyPair } from 'jose';
import { afterEach, expect, it, vi } from 'vitest';
import type { TokenSettings } from '../../src/auth/settings.ts';
import { createBoard, mutateOk } from '../support/boards.ts';
import { expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { audience, type SignOptions, useIssuer } from '../support/issuer.ts';
import { serve } from '../support/servers.ts';
import { openStream, subscribe } from '../support/streams.ts';
import { type AppClient, useWorld } from '../support/world.ts';

const world = useWorld();
const issuer = useIssuer();

afterEach(() => void vi.useRealTimers());

const seconds = (): number => Math.floor(Date.now() / 1000);

/** A gateway that accepts the issuer's tokens. */
const gateway = (changed: Partial<TokenSettings> = {}, options: object = {}): AppClient =>
  world.withOptions({ tokens: { ...issuer.settings, ...changed }, ...options });

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

interface Viewer {
  viewer: {
    agent: { id: string; name: string };
    workspace: { id: string };
    scopes: string[];
    tokenExpiresAt: string;
    key: unknown;
  };
}

const viewerQuery =
  '{ viewer { agent { id name } workspace { id } scopes tokenExpiresAt key { id } } }';

const viewerOf = async (client: AppClient, token: string) =>
  (await client.graphql<Viewer>(viewerQuery, {}, token)).data.viewer;

it('accepts a token, and makes an agent of its subject', async () => {
  const exp = seconds() + 300;
  const token = await issuer.sign({ claims: { sub: 'ann', name: 'Ann', exp } });
  const client = gateway();
  const viewer = await viewerOf(client, token);
  expect(viewer).toMatchObject({
    agent: { name: 'Ann' },
    workspace: { id: 'workspace_demo' },
    scopes: ['READ', 'WRITE'],
    tokenExpiresAt: new Date((exp + 30) * 1000).toISOString().replace('.000', ''),
    key: null,
  });
  expect((await client.rest('GET', '/boards', bearer(token))).status).toBe(200);
  expect((await viewerOf(gateway(), token)).agent.id).toBe(viewer.agent.id);
});

it('accepts a token that never expires, but not in a URL', async () => {
  const token = await issuer.sign({ claims: { exp: Number.MAX_SAFE_INTEGER } });
  const client = gateway();
  expect((await viewerOf(client, token)).tokenExpiresAt).toBe('9999-12-31T23:59:59Z');
  const url = `http://gateway.test/api/crm/changes/stream?access_token=${token}`;
  expect((await client.app.fetch(url)).status).toBe(403);
});

it('names the people who moved cards', async () => {
  const client = gateway();
  const [ann, ben] = [
    await issuer.sign({ claims: { sub: 'ann', name: 'Ann' } }),
    await issuer.sign({ claims: { sub: 'ben', name: 'Ben' } }),
  ];
  const board = await createBoard(world, { A: ['a'], B: [] });
  const move = 'mutation ($input: UpdateItemInput!) { updateItem(input: $input) { item { id } } }';
  for (const [token, column] of [
    [ann, board.columns.B],
    [ben, board.columns.A],
  ] as const) {
    const input = { id: board.items.a, columnId: column };
    expect((await client.graphql(move, { input }, token)).errors).toBeUndefined();
  }
  const { body } = await client.rest<{ by: { name: string } | null }[]>(
    'GET',
    `/boards/${board.id}/changes`,
    bearer(ann),
  );
  const actors = body.data.map(({ by }) => by?.name);
  expect(actors.slice(-2)).toEqual(['Ann', 'Ben']);
});

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

const forged: [string, () => Promise<string>, RegExp][] = [
  ['an expired token', () => sign({ claims: { exp: seconds() - 31 } }), /has expired/],
  ['a token without an end', () => sign({ claims: { exp: undefined } }), /claim exp/],
  ['a token that is not valid yet', () => sign({ claims: { nbf: seconds() + 60 } }), /claim nbf/],
  [
    'another audience',
    () => sign({ claims: { aud: 'mail' } }),
    /claim aud of the token must have items/,
  ],
  ['no audience', () => sign({ claims: { aud: undefined } }), /claim aud/],
  ['another issuer', () => sign({ claims: { iss: 'https://evil.example' } }), /claim iss/],
  [
    'a token of another key with the same id',
    async () => sign({ key: (await generateKeyPair('ES256')).privateKey }),
    /signature of the token is wrong/,
  ],
  ['an unknown key id', () => sign({ header: { kid: 'other' } }), /key id \(kid\)/],
  [
    'a token that is signed by a secret',
    () => sign({ header: { alg: 'HS256' }, key: new Uint8Array(32) }),
    /must be signed by ES256 or RS256/,
  ],
  [
    'the algorithm none',
    async () => {
      const [, payload] = (await sign()).split('.');
      return `${base64url({ alg: 'none' })}.${payload}.`;
    },
    /must be signed by ES256 or RS256/,
  ],
  [
    'a changed payload',
    async () => {
      const [header, , signature] = (await sign()).split('.');
      const claims = { iss: issuer.settings.issuer, aud: audience, exp: seconds() + 60 };
      return `${header}.${base64url({ ...claims, sub: 'admin', scope: 'admin' })}.${signature}`;
    },
    /signature of the token is wrong/,
  ],
  ['no signature', async () => (await sign()).replace(/[^.]+$/, ''), /signature|not a valid/],
  ['no JSON', async () => `eyJ.eyJ.${'x'.repeat(86)}`, /not a valid JSON Web Token/],
  ['a very long token', () => sign({ claims: { x: 'x'.repeat(9000) } }), /more than 8192/],
];
const sign = (options?: SignOptions) => issuer.sign(options);

it.each(forged)('refuses %s with its reason, in both APIs', async (_, create, reason) => {
  const client = gateway();
  const token = await create();
  const rest = await client.rest('GET', '/boards', bearer(token));
  const { details } = expectRestError(rest, 401, 'UNAUTHENTICATED');
  expect(details).toEqual([{ field: 'authorization', message: expect.stringMatching(reason) }]);
  expect(rest.headers.get('www-authenticate')).toMatch(
    /^Bearer error="invalid_token", error_description="[^"\\]+"$/,
  );
  expectGraphQLError(await client.graphql(viewerQuery, {}, token), 'UNAUTHENTICATED');
});

it('accepts a clock that differs by 20 seconds', async () => {
  const late = await issuer.sign({ claims: { exp: seconds() - 20 } });
  const early = await issuer.sign({ claims: { nbf: seconds() + 20 } });
  for (const token of [late, early])
    expect((await gateway().rest('GET', '/boards', bearer(token))).status).toBe(200);
});

it('refuses tokens where none are configured', async () => {
  const token = await issuer.sign();
  expectRestError(await world.rest('GET', '/boards', bearer(token)), 401, 'UNAUTHENTICATED');
});

it('accepts API keys beside tokens', async () => {
  expect((await gateway().rest('GET', '/boards')).status).toBe(200);
});

it('accepts a token that is signed by the secret', async () => {
  const secret = 'a secret of 32 characters or more';
  const client = gateway({ keys: { secret }, algorithms: ['HS256'] });
  const signed = (text: string) =>
    issuer.sign({ header: { alg: 'HS256' }, key: new TextEncoder().encode(text) });
  expect((await client.rest('GET', '/boards', bearer(await signed(secret)))).status).toBe(200);
  const other = await signed(`${secret}!`);
  expectRestError(await client.rest('GET', '/boards', bearer(other)), 401, 'UNAUTHENTICATED');
});

const times = { refreshInterval: 0, unknownKeyCooldown: 0 };

it('learns of a new key at once, and forgets the old one', async () => {
  const client = gateway({}, { issuerKeyTimes: times });
  const statusOf = async (token: string) =>
    (await client.rest('GET', '/boards', bearer(token))).status;
  const old = await issuer.sign({ claims: { jti: '1' } });
  const unused = await issuer.sign({ claims: { jti: '2' } });
  expect(await statusOf(old)).toBe(200);
  await issuer.rotate();
  expect(await statusOf(await issuer.sign())).toBe(200);
  expect(await statusOf(unused)).toBe(401);
});

it('uses the last keys while the issuer is down, and says so without any', async () => {
  const cached = gateway({}, { issuerKeyTimes: times });
  expect((await cached.rest('GET', '/boards', bearer(await issuer.sign()))).status).toBe(200);
  issuer.isDown = true;
  try {
    for (const jti of ['a', 'b', 'c']) {
      const token = await issuer.sign({ claims: { jti } });
      expect((await cached.rest('GET', '/boards', bearer(token))).status).toBe(200);
    }
    const token = await issuer.sign();
    const empty = gateway();
    const { fetches } = issuer;
    for (let n = 0; n < 3; n += 1) {
      const reply = await empty.rest('GET', '/boards', bearer(token));
      expect(expectRestError(reply, 503, 'SERVICE_UNAVAILABLE').message).toMatch(
        /keys of its issuer/,
      );
    }
    expect(issuer.fetches, 'fetches after a failure').toBe(fetches + 1);
  } finally {
    issuer.isDown = false;
  }
});

it('fetches the keys of the issuer once for many tokens', async () => {
  const client = gateway();
  const { fetches } = issuer;
  for (let n = 0; n < 5; n += 1) {
    const token = await issuer.sign({
      claims: { jti: String(n) },
      header: { kid: `unknown-${n}` },
    });
    expect((await client.rest('GET', '/boards', bearer(token))).status).toBe(401);
  }
  expect(issuer.fetches).toBe(fetches + 1);
});

it.each([
  ['read only', { scope: 'openid read' }, {}, ['READ']],
  ['a list of scopes', { scope: ['email', 'admin'] }, {}, ['READ', 'WRITE', 'ADMIN']],
  ['a prefix', { scope: 'admin items:write' }, { scopePrefix: 'items:' }, ['READ', 'WRITE']],
  [
    'claims inside of others',
    { realm: { roles: ['write'] } },
    { claims: { workspace: 'workspace', agent: 'sub', name: 'name', scope: 'realm.roles' } },
    ['READ', 'WRITE'],
  ],
  [
    'a claim whose name has dots',
    { 'https://x.io/roles': ['read'] },
    { claims: { workspace: 'workspace', agent: 'sub', name: 'name', scope: 'https://x.io/roles' } },
    ['READ'],
  ],
])('reads scopes: %s', async (...[, claims, settings, scopes]) => {
  const token = await issuer.sign({ claims });
  const client = gateway(settings);
  expect((await viewerOf(client, token)).scopes).toEqual(scopes);
  const name = { name: 'x' };
  const write = await client.rest('POST', '/contacts', {
    body: { ...name, validate_only: true },
    ...bearer(token),
  });
  expect(write.status).toBe(scopes.includes('WRITE') ? 201 : 403);
});

it.each([
  ['no scope', { scope: 'openid' }, /none of the scopes read, write, admin/],
  ['no workspace', { workspace: undefined }, /claim workspace of the token/],
  ['an unknown workspace', { workspace: 'workspace_none' }, /does not exist/],
  ['a number as its subject', { sub: 7 }, /claim sub of the token/],
  ['a subject that cannot be stored', { sub: 'a\0b' }, /claim sub of the token/],
])('refuses a token with %s as forbidden', async (_, claims, message) => {
  const token = await issuer.sign({ claims });
  const reply = await gateway().rest('GET', '/boards', bearer(token));
  expect(expectRestError(reply, 403, 'FORBIDDEN').message).toMatch(message);
});

it('uses the workspace of the settings for tokens without one, and none that is locked', async () => {
  const token = await issuer.sign({ claims: { workspace: undefined } });
  const settings = { workspaceId: 'workspace_demo' };
  expect((await gateway(settings).rest('GET', '/boards', bearer(token))).status).toBe(200);
  const locked = gateway(settings, { lockedWorkspaceId: 'workspace_demo' });
  expectRestError(await locked.rest('GET', '/boards', bearer(token)), 403, 'FORBIDDEN');
});

it('makes one agent where several processes see a subject first, and renames it', async () => {
  const tokenOf = (name?: string) => issuer.sign({ claims: { sub: 'new', name } });
  const token = await tokenOf('Eva');
  const viewers = await Promise.all([1, 2, 3, 4].map(() => viewerOf(gateway(), token)));
  expect(new Set(viewers.map(({ agent }) => agent.id)).size).toBe(1);
  const renamed = await viewerOf(gateway(), await tokenOf('Eva M.'));
  expect(renamed.agent).toEqual({ id: viewers[0]?.agent.id, name: 'Eva M.' });
  expect((await viewerOf(gateway(), await tokenOf())).agent.name).toBe('new');
});

it('does not take the agent of another workspace, or one whose id is the subject', async () => {
  await world.db.workspace.create({ data: { id: 'workspace_two', name: 'Two' } });
  const claims = { sub: 'agent_123', name: 'Mallory' };
  const here = await viewerOf(gateway(), await issuer.sign({ claims }));
  expect(here.agent.id).not.toBe('agent_123');
  const there = { ...claims, workspace: 'workspace_two' };
  const other = await viewerOf(gateway(), await issuer.sign({ claims: there }));
  expect(other.agent.id).not.toBe(here.agent.id);
  expect(other.workspace.id).toBe('workspace_two');
});

it('ends streams when the token expires', async () => {
  const url = await serve({ withOptions: () => ({ ...world, app: gateway().app }) });
  const board = await createBoard(world, { A: ['a'] });
  // The issuer's clock may differ by 30 s.
  const token = await issuer.sign({ claims: { exp: seconds() - 28 } });
  const subscription = await subscribe(url, { boardIds: [board.id] }, token);
  const stream = await openStream(
    `${url}/api/crm/boards/${board.id}/changes/stream`,
    bearer(token),
  );
  await mutateOk(world, 'updateItem', { id: board.items.a, title: 'b' }, 'item { id }');
  const start = performance.now();
  const readToTheEnd = async () => {
    while ((await subscription.next()) !== undefined);
  };
  await expect(readToTheEnd()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  let event = await stream.next();
  while (event?.event === 'message') event = await stream.next();
  expect(event).toMatchObject({ event: 'end', data: { code: 'UNAUTHENTICATED' } });
  expect(performance.now() - start).toBeLessThan(9000);
});

it('counts forged tokens of an address, but none that has expired', async () => {
  // Failures count by the minute of the clock: it stands still.
  const now = Math.floor(Date.now() / 60_000) * 60_000 + 20_000;
  vi.useFakeTimers({ toFake: ['Date'], now });
  const { app } = gateway({}, { authFailures: 3 });
  const url = await serve({ withOptions: () => ({ ...world, app }) });
  const statusOf = async (token: string) =>
    (await fetch(`${url}/api/crm/boards`, bearer(token))).status;
  const statuses = async (create: (n: number) => Promise<string>) => {
    const found: number[] = [];
    for (let n = 0; n < 5; n += 1) found.push(await statusOf(await create(n)));
    return found;
  };
  expect(
    await statuses((n) => issuer.sign({ claims: { exp: seconds() - 60, jti: String(n) } })),
  ).toEqual([401, 401, 401, 401, 401]);
  expect(
    await statuses((n) => issuer.sign({ claims: { jti: String(n) }, header: { kid: 'x' } })),
  ).toEqual([401, 401, 401, 429, 429]);
  expect(await statusOf(await issuer.sign({ claims: { jti: 'good' } }))).toBe(200);
});
