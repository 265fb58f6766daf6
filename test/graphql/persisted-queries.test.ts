import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createKey, useWorld, type World } from '../support/world.ts';

const world = useWorld();

const query = '{ viewer { key { name } } }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const extensionsOf = (sha256Hash: unknown, version: unknown = 1) => ({
  persistedQuery: { version, sha256Hash },
});

async function post(
  members: object,
  { app }: Pick<World, 'app'> = world,
  headers: Record<string, string> = {},
) {
  const response = await app.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: {
      authorization: 'Bearer YOUR_API_KEY',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(members),
  });
  return { status: response.status, ...(await response.json()) };
}

const unknown = {
  status: 200,
  errors: [
    {
      message: 'PersistedQueryNotFound',
      extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
    },
  ],
};
const data = { viewer: { key: { name: 'Demo key' } } };

it('asks for an unknown document once, and runs it by its hash from then on', async () => {
  const extensions = extensionsOf(sha256(query));
  expect(await post({ extensions })).toEqual(unknown);
  expect(await post({ query, extensions })).toEqual({ status: 200, data });
  expect(await post({ extensions })).toEqual({ status: 200, data });
  const inCapitals = extensionsOf(sha256(query).toUpperCase());
  expect(await post({ query: '', extensions: inCapitals })).toEqual({ status: 200, data });
});

it('asks with status 200 in each media type', async () => {
  const extensions = extensionsOf(sha256('{ unknown }'));
  for (const accept of ['application/graphql-response+json', 'application/json', '*/*'])
    expect(await post({ extensions }, world, { accept })).toEqual(unknown);
});

it('runs a persisted query by GET, with variables', async () => {
  const document = 'query Name($id: ID!) { board(id: $id) { name } }';
  const extensions = extensionsOf(sha256(document));
  const variables = { id: 'board_abc123' };
  expect((await post({ query: document, variables, extensions })).data).toBeDefined();
  const parameters = new URLSearchParams({
    variables: JSON.stringify(variables),
    extensions: JSON.stringify(extensions),
    operationName: 'Name',
  });
  const response = await world.app.fetch(`http://gateway.test/graphql?${parameters}`, {
    headers: { authorization: 'Bearer YOUR_API_KEY' },
  });
  expect(await response.json()).toEqual({ data: { board: { name: 'Sales Pipeline' } } });
});

it.each<[string, object, string]>([
  ['another hash', { query, extensions: extensionsOf('0'.repeat(64)) }, 'is not the SHA-256'],
  [
    'the hash of another spacing',
    { query: `${query} `, extensions: extensionsOf(sha256(query)) },
    'is not',
  ],
  ['no hash', { query, extensions: extensionsOf(undefined) }, 'must be 64 hexadecimal digits'],
  ['a short hash', { extensions: extensionsOf('abc') }, 'must be 64 hexadecimal digits'],
  ['a hash that is a number', { extensions: extensionsOf(5) }, 'must be 64 hexadecimal digits'],
  ['another version', { extensions: extensionsOf(sha256(query), 2) }, 'version must be 1'],
  [
    'no version',
    { extensions: { persistedQuery: { sha256Hash: sha256(query) } } },
    'version must be 1',
  ],
  ['a text', { extensions: { persistedQuery: sha256(query) } }, 'version must be 1'],
])('refuses a persisted query with %s', async (_, members, message) => {
  const { status, errors } = await post(members);
  expect([status, errors[0].extensions.code]).toEqual([400, 'VALIDATION_ERROR']);
  expect(errors[0].message).toContain(message);
});

it('does not keep a document under the hash of another', async () => {
  const other = '{ __typename }';
  await post({ query, extensions: extensionsOf(sha256(other)) });
  expect(await post({ extensions: extensionsOf(sha256(other)) })).toEqual(unknown);
});

it('keeps the documents that were used last', async () => {
  const documentOf = (n: number) => `{ __typename } # ${n} ${'x'.repeat(90_000)}`;
  const texts = Array.from({ length: 30 }, (_, n) => documentOf(n));
  for (const text of texts) await post({ query: text, extensions: extensionsOf(sha256(text)) });
  const isKept = async (text: string | undefined) =>
    (await post({ extensions: extensionsOf(sha256(text ?? '')) })).data !== undefined;
  expect(await isKept(texts.at(-1))).toBe(true);
  expect(await isKept(texts[0])).toBe(false);
});

it('reserves the memory of a document that is sent by its hash', async () => {
  const text = `{ __typename } # ${'x'.repeat(90_000)}`;
  const extensions = extensionsOf(sha256(text));
  const shares = { process: 500_000, workspace: 500_000, key: 500_000 };
  const { inFlight } = (await import('../../src/limits/settings.ts')).defaultLimits;
  const small = world.withOptions({ inFlight: { ...inFlight, bytes: shares } });
  const first = await post({ query: text, extensions }, small);
  expect(first.data).toBeDefined();
  const many = await Promise.all(Array.from({ length: 5 }, () => post({ extensions }, small)));
  expect(many.map(({ status }) => status)).toContain(503);
});

it('checks the key and its scopes as with other documents', async () => {
  const document = 'mutation { createContact(input: { name: "x" }) { contact { name } } }';
  const extensions = extensionsOf(sha256(document));
  expect((await post({ query: document, extensions })).data).toBeDefined();
  const { key } = await createKey(world, { isReadOnly: true });
  const refused = await post({ extensions }, world, { authorization: `Bearer ${key}` });
  expect(refused.errors[0].extensions.code).toBe('FORBIDDEN');
  const anonymous = await post({ extensions }, world, { authorization: 'Bearer x' });
  expect(anonymous.status).toBe(401);
});
