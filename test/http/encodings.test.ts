import { expect, it } from 'vitest';
import { expectNoWrites } from '../support/expectations.ts';
import { type RawRequest, useRawRequests } from '../support/listening.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const send = useRawRequests(world);

const items = '/api/crm/boards/board_abc123/items';
const json = { 'Content-Type': 'application/json' };
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const graphql = (body: Buffer): RawRequest => ({
  method: 'POST',
  target: '/graphql',
  headers: json,
  body,
});
const create = 'mutation { createContact(input: { name: \\"Müller\\" }) { contact { id } } }';
const withTitle = (text: string) => latin1(`{"title": "${text}"}`);

it.each<[string, RawRequest]>([
  ['Latin-1 in a document', graphql(latin1(`{"query": "${create}"}`))],
  [
    'Latin-1 in variables',
    graphql(latin1('{"query": "{ __typename }", "variables": {"a": "Zoë"}}')),
  ],
  ['Latin-1 in a key', graphql(latin1('{"query": "{ __typename }", "ü": 1}'))],
  ['UTF-16', graphql(Buffer.from('\ufeff{"query": "{ __typename }"}', 'utf16le'))],
  [
    'half a character at the end',
    graphql(Buffer.from('{"query": "{ __typename } # é').subarray(0, -1)),
  ],
  ['Latin-1 in a REST body', { ...graphql(withTitle('Müller')), target: items }],
  ['Windows-1252 in a REST body', { ...graphql(withTitle('5 \x80')), target: items }],
  ['an overlong form', { ...graphql(withTitle('\xc0\xaf')), target: items }],
  ['an encoded surrogate', { ...graphql(withTitle('\xed\xa0\x80')), target: items }],
  [
    'a REST body of PUT',
    { ...graphql(withTitle('\xff')), method: 'PUT', target: `${items}/item_001` },
  ],
  [
    'a REST body of DELETE',
    { ...graphql(latin1('{"item_ids": ["é"]}')), method: 'DELETE', target: items },
  ],
  ['a search of the list', { target: `${items}?search=%E9` }],
  ['a search of the list in Shift-JIS', { target: `${items}?search=%83%41%83N` }],
  ['a cursor', { target: `${items}?cursor=%ff` }],
  ['the name of a parameter', { target: `${items}?s%E9arch=x` }],
  ['an id in the path', { target: '/api/crm/boards/board_%E9' }],
  ['an id of a write', { ...graphql(withTitle('x')), method: 'PUT', target: `${items}/item_%C3` }],
  ['a path that nobody knows', { target: '/api/crm/%80' }],
  ['a document in the URL', { target: '/graphql?query=%7B__typename%7D%23%FC' }],
  [
    'variables in the URL',
    { target: '/graphql?query=%7B__typename%7D&variables=%7B%22a%22:%22%E9%22%7D' },
  ],
  ['the name of an operation', { target: '/graphql?query=%7B__typename%7D&operationName=%e9' }],
  ['a raw byte in the URL', { target: `${items}?search=\xe9` }],
  ['raw UTF-8 in the URL, which HTTP does not have', { target: `${items}?search=\xc3\xa9` }],
])('refuses %s', async (_, request) => {
  const { status, body } = await expectNoWrites(world, () => send(request));
  expect(status).toBe(400);
  const { error, errors } = JSON.parse(body);
  expect(error?.code ?? errors[0].extensions.code).toBe('VALIDATION_ERROR');
  expect(error?.message ?? errors[0].message).toContain('UTF-8');
});

it.each([
  ['Authorization', 'Bearer kéy', 401],
  ['api_key', 'kéy', 401],
  ['Idempotency-Key', 'é', 400],
  ['X-Request-Id', 'é', 200],
  ['If-None-Match', '"é"', 200],
])('takes no text from bytes beyond ASCII in %s', async (name, value, expected) => {
  const { status, head } = await send({ target: items, headers: { [name]: value } });
  expect(status).toBe(expected);
  expect(head).not.toContain('é');
});

it.each([
  'é',
  '日本',
  '😀',
  '\u0301',
  'a+b',
  '100%',
])('reads %s in a URL and in a body', async (text) => {
  const body = JSON.stringify({ title: `_${text}_` });
  const created = await send({ method: 'POST', target: items, headers: json, body });
  expect(created.status).toBe(201);
  const url = await send({ target: `${items}?search=${encodeURIComponent(`_${text}_`)}` });
  expect(JSON.parse(url.body).pagination.total).toBe(1);
  const query = `{ items(filter: { title: { eq: "_${text}_" } }) { totalCount } }`;
  const found = await send(graphql(Buffer.from(JSON.stringify({ query }))));
  expect(JSON.parse(found.body)).toEqual({ data: { items: { totalCount: 1 } } });
});

it('reads a percent sign that begins no escape as itself', async () => {
  await world.rest('POST', '/boards/board_def456/items', { body: { title: '50% off' } });
  const { status, body } = await send({
    target: '/api/crm/boards/board_def456/items?search=50%%20off',
  });
  expect([status, JSON.parse(body).pagination.total]).toEqual([200, 1]);
});

it.each(['/graphql', items])('reads a body with a byte order mark at %s', async (target) => {
  const text = JSON.stringify(
    target === items ? { title: 'x' } : { query: '\ufeff{ __typename }' },
  );
  const { status } = await send({ method: 'POST', target, headers: json, body: `\ufeff${text}` });
  expect(status).toBe(target === items ? 201 : 200);
});
