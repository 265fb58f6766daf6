import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { demoKey } from '../../src/seed/demo.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
let server: RunningServer;
beforeAll(async () => {
  server = await listen(world.app.listener, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const viewer = '{ viewer { key { name } } }';
const post = (body: string, headers: Record<string, string> = {}, path = '/graphql') => ({
  method: 'POST',
  path,
  body,
  headers: { 'content-type': 'application/json', ...headers },
});
const ask = (query: string, headers: Record<string, string> = {}) =>
  post(JSON.stringify({ query }), headers);
const graphqlType = 'application/graphql-response+json';
const failing = '{ board(id: "brd_1") { id } nothing: board(id: "x") { name } }';

/** Differs from one request to the next, or from HTTP to fetch. */
const ignoredHeaders =
  /^(access-control-max-age|connection|content-length|date|keep-alive|transfer-encoding|ratelimit|x-ratelimit-remaining|x-request-id)$/i;

async function summaryOf(response: Response): Promise<object> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (!ignoredHeaders.test(name)) headers[name.toLowerCase()] = value;
  });
  return { status: response.status, headers, body: await response.text() };
}

interface Call {
  method: string;
  path: string;
  body: string;
  headers: Record<string, string>;
}

it.each<[string, Call]>([
  ['a query', ask(viewer)],
  ['a query at the other path', { ...ask(viewer), path: '/graphql/' }],
  ['an error', ask(failing)],
  ['an unknown field', ask('{ nothing }')],
  ['a syntax error', ask('{')],
  ['no query', post('{}')],
  ['no JSON', post('x')],
  ['another media type', post(viewer, { 'content-type': 'text/plain' })],
  ['no key', ask(viewer, { authorization: '' })],
  ['a wrong key', ask(viewer, { authorization: 'Bearer x' })],
  ['a body that is too large', post(' '.repeat(2_000_000))],
  [
    'an unknown persisted query',
    post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'a'.repeat(64)}"}}}`),
  ],
  ...[viewer, '{ nothing }', failing].flatMap((query) =>
    [
      graphqlType,
      `${graphqlType}, application/json;q=0.9`,
      `application/json, ${graphqlType}`,
      `text/html, */*;q=0.8, ${graphqlType}`,
      'text/plain',
      `Text/Html , Application/JSON; charset=utf-8`,
      'text/event-stream',
    ].map((accept) => [`${query} as ${accept}`, ask(query, { accept })] satisfies [string, Call]),
  ),
  ['a query of a page', ask(viewer, { origin: 'https://crm.example' })],
  ['a REST search of a page', post('{}', { origin: 'null' }, '/api/crm/items/search')],
  ['a REST search', post('{"query":"beta"}', {}, '/api/crm/items/search')],
  ['a REST search that is invalid', post('{"limit":"x"}', {}, '/api/crm/items/search')],
  ['an unknown REST path', post('{}', {}, '/api/crm/nothing')],
])('responds to %s as through fetch', async (_, { path, ...init }) => {
  const headers = { authorization: `Bearer ${demoKey}`, ...init.headers };
  const [direct, fetched] = await Promise.all([
    fetch(server.url + path, { ...init, headers }),
    world.app.fetch(`http://localhost${path}`, { ...init, headers }),
  ]);
  expect(await summaryOf(direct)).toEqual(await summaryOf(fetched));
});

it.each([
  { name: 'authorization', keys: [demoKey, 'another'], status: 401 },
  { name: 'authorization', keys: ['another', demoKey], status: 401 },
  { name: 'authorization', keys: [demoKey, demoKey], status: 200 },
  { name: 'api_key', keys: ['another', demoKey], status: 401 },
  { name: 'x-api-key', keys: [demoKey, 'another'], status: 401 },
])('answers the keys $keys in two $name headers with $status', async ({ name, keys, status }) => {
  const headers = {
    [name]: keys.map((key) => (name === 'authorization' ? `Bearer ${key}` : key)),
  };
  const sent = get(`${server.url}/api/crm/boards`, { headers });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(status);
});
