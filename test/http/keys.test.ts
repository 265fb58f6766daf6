import { beforeAll, expect, it, vi } from 'vitest';
import { expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const keys = { admin: '' };
beforeAll(async () => {
  keys.admin = (await createKey(world, { scope: 'admin' })).key;
});

interface Key {
  id: string;
  name: string;
  key?: string | null;
  agent: { id: string; name: string };
  scopes: string[];
  rate_limit: number | null;
  expires_at: string | null;
  revoked_at: string | null;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const call = (...[method, path, body, headers]: [string, string, object?, object?]) =>
  world.rest<Key>(method, path, {
    ...(body && { body }),
    headers: { ...bearer(keys.admin), ...headers },
  });

const create = async (body: object, headers = {}) =>
  (await call('POST', '/keys', { name: 'Importer', scope: 'write', ...body }, headers)).body.data;

const statusOf = async (key: string) =>
  (await world.rest('GET', '/boards', { headers: bearer(key) })).status;

it('creates a key that works, and shows its text once', async () => {
  const expires_at = '2099-01-01T00:00:00Z';
  const created = await create({ agent_name: 'Robot', expires_at, rate_limit: 600 });
  expect(created).toMatchObject({
    name: 'Importer',
    agent: { name: 'Robot' },
    scopes: ['read', 'write'],
    rate_limit: 600,
    expires_at,
    revoked_at: null,
    key: expect.stringMatching(/^itk_\w{49}$/),
  });
  const text = String(created.key);
  expect(await statusOf(text)).toBe(200);
  const { body } = await world.rest<Key[]>('GET', '/keys?limit=500', {
    headers: bearer(keys.admin),
  });
  const { key: _, ...row } = created;
  expect(body.data.find(({ id }) => id === created.id)).toMatchObject({
    ...row,
    last_used_at: expect.anything(),
  });
  expect(JSON.stringify(body)).not.toContain(text.slice(4, 20));
});

it('acts as the agent that the input names: by default its creator, one of its name, or a new one', async () => {
  const { data } = await world.graphql<{ viewer: { agent: { id: string } } }>(
    '{ viewer { agent { id } } }',
    {},
    keys.admin,
  );
  expect((await create({})).agent.id).toBe(data.viewer.agent.id);
  expect((await create({ agent_id: 'agent_123' })).agent.id).toBe('agent_123');
  const first = await create({ agent_name: 'Night shift' });
  expect((await create({ agent_name: 'Night shift' })).agent).toEqual(first.agent);
});

it('creates a new agent once, for keys that are created at the same time', async () => {
  const creating = await world.db.$transaction(async (tx) => {
    // Nobody creates an agent until both keys have looked for theirs, or wait.
    await tx.$executeRaw`LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE`;
    const keys = [0, 1].map(() => create({ agent_name: 'Day shift' }));
    await vi.waitFor(async () =>
      expect(
        await world.db.$queryRaw`SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ).toHaveLength(2),
    );
    return keys;
  });
  const [one, two] = await Promise.all(creating);
  expect(one?.agent).toEqual(two?.agent);
});

it('does not act as a person who signs in and has that name', async () => {
  const person = { workspaceId: 'workspace_demo', id: 'agent_eve', name: 'Eve', subject: 'eve' };
  await world.db.agent.create({ data: person });
  expect((await create({ agent_name: 'Eve' })).agent.id).not.toBe('agent_eve');
});

it('revokes a key, which stops within 5 seconds, and keeps the time of the first revocation', async () => {
  const { id, key } = await create({ scope: 'read' });
  expect(await statusOf(String(key))).toBe(200);
  const revoked = (await call('DELETE', `/keys/${id}`)).body.data;
  expect(revoked).toMatchObject({ id, revoked_at: expect.any(String) });
  expect((await call('DELETE', `/keys/${id}`)).body.data).toEqual(revoked);
  await expect.poll(() => statusOf(String(key)), { timeout: 5000 }).toBe(401);
});

it('creates one key for an idempotency key, and does not show its text again', async () => {
  const headers = { 'Idempotency-Key': 'create-once' };
  const first = await create({}, headers);
  const again = await create({}, headers);
  expect(again).toEqual({ ...first, key: null });
  const rows = await world.db.$queryRaw`SELECT 1 FROM idempotency_record
    WHERE position(${String(first.key)} IN response::text) > 0`;
  expect(rows).toEqual([]);
});

it('creates and revokes nothing in a dry run', async () => {
  const count = () => world.db.apiKey.count();
  const before = await count();
  expect((await create({ validate_only: true })).key).toBeNull();
  expect(await count()).toBe(before);

  const { id, key } = await create({});
  const reply = await call('DELETE', `/keys/${id}`, { validate_only: true });
  expect(reply.status).toBe(200);
  expect(await statusOf(String(key))).toBe(200);
  expect(await world.db.apiKey.findFirst({ where: { id } })).toMatchObject({ revokedAt: null });
});

it.each([
  ['a blank name', { name: ' ' }, 'name must not be empty'],
  ['an end in the past', { expires_at: '2020-01-01' }, 'expires_at must be in the future'],
  [
    'an end after the year 9999',
    { expires_at: '9999-12-31T23:59:59-01:00' },
    /expires_at must be an ISO 8601 date/,
  ],
  ['a rate of 0', { rate_limit: 0 }, /rate_limit must be 1 to/],
  ['an unknown agent', { agent_id: 'agent_none' }, /agent_id must be an agent of your workspace/],
  ['two agents', { agent_id: 'agent_123', agent_name: 'x' }, /agent_name must be left out/],
  ['an unknown scope', { scope: 'root' }, 'scope must be one of admin, read, write'],
])('refuses %s', async (_, body, message) => {
  const reply = await call('POST', '/keys', { name: 'x', scope: 'read', ...body });
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').message).toMatch(message);
});

it.each(['read', 'write'] as const)('is refused to a key with the scope %s', async (scope) => {
  const { key } = await createKey(world, { scope });
  const headers = bearer(key);
  const list = await world.rest('GET', '/keys', { headers });
  expect(expectRestError(list, 403, 'FORBIDDEN').message).toMatch(/does not have the scope admin/);
  const body = { name: 'x', scope: 'admin' };
  expectRestError(await world.rest('POST', '/keys', { body, headers }), 403, 'FORBIDDEN');
  expectRestError(await world.rest('DELETE', '/keys/key_demo', { headers }), 403, 'FORBIDDEN');
  const node = await world.graphql<{ node: unknown }>('{ node(id: "key_demo") { id } }', {}, key);
  expect(node.data.node).toBeNull();
});

it('knows no keys of other workspaces', async () => {
  const { id } = await createKey(world, { inOtherWorkspace: true });
  expectRestError(await call('DELETE', `/keys/${id}`), 404, 'KEY_NOT_FOUND');
  expect((await world.db.apiKey.findFirstOrThrow({ where: { id } })).revokedAt).toBeNull();
});

it('says who the caller is', async () => {
  const { data } = await world.graphql(
    '{ viewer { scopes tokenExpiresAt key { name scopes revokedAt } } }',
    {},
    keys.admin,
  );
  const scopes = ['READ', 'WRITE', 'ADMIN'];
  expect(data).toEqual({
    viewer: { scopes, tokenExpiresAt: null, key: { name: 'Test', scopes, revokedAt: null } },
  });
});

it('gives a mutation of keys no other scope than its own', async () => {
  const query = 'mutation { revokeApiKey(id: "key_demo") { id } }';
  expectGraphQLError(await world.graphql(query), 'FORBIDDEN');
});
