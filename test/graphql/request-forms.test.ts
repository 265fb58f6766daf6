import { expect, it } from 'vitest';
import { type RawRequest, useRawRequests } from '../support/listening.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const send = useRawRequests(world);

const query = '{ viewer { key { name } } }';
const data = { data: { viewer: { key: { name: 'Demo key' } } } };
const inUrl = (parameters: Record<string, string> = {}, path = '/graphql') =>
  `${path}?${new URLSearchParams({ query, ...parameters })}`;
const post = (members: object, headers: Record<string, string> = {}): RawRequest => ({
  method: 'POST',
  target: '/graphql',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify({ query, ...members }),
});

it.each<[string, RawRequest]>([
  ['a type in capitals', post({}, { 'Content-Type': 'Application/JSON' })],
  ['a space before the charset', post({}, { 'Content-Type': 'application/json ; charset=utf-8' })],
  ['a quoted charset', post({}, { 'Content-Type': 'application/json; charset="UTF-8"' })],
  ['other parameters of the type', post({}, { 'Content-Type': 'application/json; odata=verbose' })],
  ['a type of GraphQL', post({}, { 'Content-Type': 'application/graphql+json' })],
  ['unknown members', post({ id: '1', documentId: null, doc_id: 5, debug: { a: 1 } })],
  ['extensions that nobody knows', post({ extensions: { trace: true, persistedQuery: null } })],
  ['no operation name', post({ operationName: '' })],
  ['null members', post({ operationName: null, variables: null, extensions: null })],
  ['no variables', post({ variables: {} })],
  ['empty parameters', { target: inUrl({ variables: '', operationName: '', extensions: '' }) }],
  ['unknown parameters', { target: inUrl({ hash: 'x', _: '1' }) }],
  ['null variables in the URL', { target: inUrl({ variables: 'null' }) }],
  ['a slash at the end', { target: inUrl({}, '/graphql/') }],
  ['a body after a slash at the end', { ...post({}), target: '/graphql/' }],
  [
    'a browser that prefers JSON',
    { target: inUrl(), headers: { Accept: 'application/json, text/html' } },
  ],
  ['no media type of GraphQL', post({}, { Accept: 'text/plain' })],
  ['a media type that nobody knows', { target: inUrl(), headers: { Accept: 'image/*;q=0.8' } }],
  ['HTTP/1.0', { target: inUrl(), version: '1.0' }],
  ...['text/event-stream', 'multipart/mixed', 'Text/Event-Stream, image/png'].map(
    (Accept): [string, RawRequest] => [
      `HTTP/1.0 and ${Accept}`,
      { target: inUrl(), version: '1.0', headers: { Accept } },
    ],
  ),
])('runs a request with %s', async (_, request) => {
  const { status, head, body } = await send(request);
  expect([status, JSON.parse(body)]).toEqual([200, data]);
  expect(head).toMatch(/content-type: application\/json; charset=utf-8/i);
});

it.each<[string, RawRequest, RegExp]>([
  ['variables cut short', { target: inUrl({ variables: '{"id":' }) }, /^variables must be JSON/],
  [
    'variables that are no JSON',
    { target: inUrl({ variables: 'id=1' }) },
    /^variables must be JSON/,
  ],
  ['extensions cut short', { target: inUrl({ extensions: '{"a"' }) }, /^extensions must be JSON/],
  ...['query', 'variables', 'operationName', 'extensions'].map(
    (name): [string, RawRequest, RegExp] => [
      `two of ${name}`,
      { target: `${inUrl({ variables: '', operationName: '', extensions: '' })}&${name}=` },
      RegExp(`^${name} must not be given twice`),
    ],
  ),
  ['variables that are a list', { target: inUrl({ variables: '[1]' }) }, /^variables must be an/],
  ['variables that are a text', post({ variables: '{"id": 1}' }), /^variables must be an object/],
  ['variables that are a number', post({ variables: 0 }), /^variables must be an object/],
  ['extensions that are a text', post({ extensions: 'x' }), /^extensions must be an object/],
  ['a query that is a list', post({ query: [query] }), /^query must be a string/],
  ['a name that is a number', post({ operationName: 5 }), /^operationName must be a string/],
  ['an empty query', post({ query: '' }), /query/i],
  ['a list of requests', { ...post({}), body: `[{"query": "${query}"}]` }, /batches are not/],
])('refuses %s with a 400 that has a request id', async (_, request, message) => {
  const { status, head, body } = await send(request);
  const { errors } = JSON.parse(body);
  expect([status, errors[0].extensions.code]).toEqual([400, 'VALIDATION_ERROR']);
  expect(errors[0].message).toMatch(message);
  expect(head).toMatch(/x-request-id: \S/i);
});

it.each([
  'text/plain',
  'application/jsonp',
  'application/json, text/html',
  'application/json; charset=iso-8859-1',
  'x',
])('refuses a body of the type %s, and says so', async (type) => {
  const { status, body } = await send(post({}, { 'Content-Type': type }));
  expect([status, JSON.parse(body).errors[0].extensions.code]).toEqual([
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ]);
});

const subscription = 'subscription { boardChanges(boardIds: ["board_abc123"]) { cursor } }';

it.each<[string, RawRequest]>([
  ['JSON', post({ query: subscription }, { Accept: 'application/json' })],
  ['no stream', post({ query: subscription }, { Accept: 'text/plain' })],
  ['multipart', post({ query: subscription }, { Accept: 'multipart/mixed' })],
  [
    'JSON, in the URL',
    { target: inUrl({ query: subscription }), headers: { Accept: 'application/json' } },
  ],
])('refuses a subscription for a client that accepts %s, and says what to accept', async (_, request) => {
  const { status, head, body } = await send(request);
  const { errors } = JSON.parse(body);
  expect([status, errors[0].extensions]).toEqual([406, { code: 'NOT_ACCEPTABLE' }]);
  expect(errors[0].message).toContain('Accept: text/event-stream');
  expect(head).toMatch(/content-type: application\/json/i);
  expect(world.app.load().streams).toBe(0);
});

it.each([
  inUrl(),
  inUrl({}, '/graphql/'),
  inUrl({ variables: '{' }),
  inUrl({ query: '{' }),
  '/graphql',
  '/health',
])('responds to HEAD %s like to GET, without the body', async (target) => {
  const request = { target, headers: { 'X-Request-Id': 'same', Date: 'x' } };
  const [get, head] = [await send(request), await send({ ...request, method: 'HEAD' })];
  const withoutTime = (text: string) =>
    text
      .replace(/^(date|x?-?ratelimit[^:]*|connection|transfer-encoding):.*(\r\n|$)/gim, '')
      .trim();
  expect(withoutTime(head.head)).toBe(withoutTime(get.head));
  expect(head.body).toBe('');
});

it('does not run a mutation by HEAD', async () => {
  const mutation = 'mutation { createContact(input: { name: "x" }) { contact { id } } }';
  const { status } = await send({ method: 'HEAD', target: inUrl({ query: mutation }) });
  expect(status).toBe(405);
});
