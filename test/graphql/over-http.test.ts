import { expect, it } from 'vitest';
import { expectGraphQLError, expectNoWrites } from '../support/expectations.ts';
import { postRaw } from '../support/raw-requests.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const viewer = '{ viewer { key { name } } }';

it.each([
  ['', /^Must provide query string/],
  ['{', /^Syntax Error/],
  ['{ items(first: ) { totalCount } }', /^Syntax Error/],
  ['{'.repeat(100_001), /has 100001 characters; the limit is 100000/],
  ['{'.repeat(99_999), /has 99999 tokens; the limit is 4000/],
  ['['.repeat(99_999), /has 99999 tokens; the limit is 4000/],
  [`{ items(filter: ${'{ and: '.repeat(10_000)}`, /has 30005 tokens/],
  [`{ nodes(ids: ${'['.repeat(600)}"x"${']'.repeat(600)}) { id } }`, /has 602 levels of brackets/],
  [`{ ${'viewer { key { name } } '.repeat(1000)} }`, /7002 tokens; the limit is 4000/],
  ['{ nothing }', /Cannot query field "nothing"/],
  ['{ viewer }', /must have a selection/],
  ['{ board { name } }', /argument "id" of type "ID!" is required/],
  ['{ board(id: 1.5) { name } }', /cannot represent/],
  ['{ boards(limit: 5) { totalCount } }', /Unknown argument "limit"/],
  ['query ($id: ID!) { board(id: $id) { name } }', /Variable "\$id" of required type/],
  ['query a { viewer { key { name } } } query b { viewer { key { name } } }', /operation/],
  ['subscription { items { totalCount } }', /not configured to execute subscription|subscription/i],
  [`{ ...a } fragment a on Query { ...a }`, /itself/],
  ['{ __proto__ }', /Cannot query field/],
])('refuses the document %# with a reason', async (query, words) => {
  const start = performance.now();
  const reply = await expectNoWrites(world, () => world.graphql(query));
  expect(expectGraphQLError(reply, /^(VALIDATION_ERROR|QUERY_TOO_LARGE)$/)).toMatch(words);
  expect(reply.status).toBeLessThan(500);
  expect(performance.now() - start).toBeLessThan(2000);
});

it.each([
  ['no JSON', 'x'],
  ['a broken body', '{"query": '],
  ['an empty body', ''],
  ['null', 'null'],
  ['a number', '5'],
  ['a text', '"{ viewer { key { name } } }"'],
  ['a list', `[{"query": "${viewer}"}]`],
  ['no query', '{}'],
  ['a query that is no text', '{"query": 5}'],
  ['variables that are a text', `{"query": "${viewer}", "variables": "x"}`],
  ['variables that are a list', `{"query": "${viewer}", "variables": []}`],
  ['an operation that is not there', `{"query": "${viewer}", "operationName": "x"}`],
])('refuses a body with %s', async (_, body) => {
  const reply = await postRaw(world, body);
  expectGraphQLError(reply, 'VALIDATION_ERROR');
  expect(reply.status).toBeLessThan(500);
});

it('refuses a body that is nested too deeply or has too many parts, before it is parsed', async () => {
  const withVariable = (value: string) => `{"query":"${viewer}","variables":{"x":${value}}}`;
  const deep = await postRaw(world, withVariable('['.repeat(10_000) + ']'.repeat(10_000)));
  expect(expectGraphQLError(deep, 'VALIDATION_ERROR')).toMatch(/more than 200 levels deep/);
  const wide = await postRaw(world, withVariable(`[${'0,'.repeat(300_000)}0]`));
  expect(expectGraphQLError(wide, 'VALIDATION_ERROR')).toMatch(/the limit is 250000/);
  expect([deep.status, wide.status]).toEqual([400, 400]);
});

it('refuses a body that is too large', async () => {
  const reply = await postRaw(
    world,
    JSON.stringify({ query: `# ${'x'.repeat(1024 * 1024)}\n${viewer}` }),
  );
  expectGraphQLError(reply, 'PAYLOAD_TOO_LARGE');
  expect(reply.status).toBe(413);
});

it.each([
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/graphql',
  'text/plain',
  '',
])('refuses a body of the type %j', async (type) => {
  const query = 'mutation { createContact(input: { name: "x" }) { contact { id } } }';
  for (const body of [
    JSON.stringify({ query }),
    query,
    new URLSearchParams({ query }).toString(),
  ]) {
    const reply = await expectNoWrites(world, () => postRaw(world, body, { 'content-type': type }));
    expectGraphQLError(reply, 'UNSUPPORTED_MEDIA_TYPE');
    expect(reply.status).toBe(415);
  }
});

/** A request without a body. */
async function call(method: string, query: string) {
  const url = `http://gateway.test/graphql?${new URLSearchParams({ query })}`;
  const headers = { authorization: 'Bearer YOUR_API_KEY' };
  const response = await world.app.fetch(url, { method, headers });
  return { status: response.status, headers: response.headers, ...(await response.json()) };
}

it('runs a query by GET and refuses a mutation', async () => {
  expect(await call('GET', viewer)).toMatchObject({
    data: { viewer: { key: { name: 'Demo key' } } },
  });
  const mutation = 'mutation { createContact(input: { name: "x" }) { contact { id } } }';
  const reply = await expectNoWrites(world, () => call('GET', mutation));
  expectGraphQLError(reply, 'METHOD_NOT_ALLOWED');
  expect(reply.status).toBe(405);
});

it.each(['PUT', 'DELETE', 'PATCH'])('refuses %s', async (method) => {
  const reply = await call(method, viewer);
  expectGraphQLError(reply, 'METHOD_NOT_ALLOWED');
  expect(reply.status).toBe(405);
  expect(reply.headers.get('allow')).toBe('GET, POST');
});

it('adds the request id and the rate limit to errors', async () => {
  for (const { headers } of [await call('GET', '{'), await call('PUT', viewer)]) {
    expect(headers.get('x-request-id')).toMatch(/^[\w.-]+$/);
    expect(headers.get('x-ratelimit-limit')).toMatch(/^\d+$/);
    expect(headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
  }
});

const long = (size: number) => 'x'.repeat(size);
const board = { boardId: 'board_abc123' };
const ids = Array.from({ length: 501 }, (_, n) => `x${n}`);
const own = { id: 'board_abc123' };
const column = { id: 'col_001' };
const contact = { id: 'contact_xyz' };

it.each<[string, object, string]>([
  ['createBoard', { name: '' }, 'name must not be empty'],
  ['createBoard', { name: ' \t' }, 'name must not be empty'],
  ['createBoard', { name: long(201) }, 'name must not be longer than 200'],
  ['createBoard', { name: 'x', description: long(5001) }, 'description must not be longer'],
  ['createBoard', { name: 'x', color: 'red' }, 'color must look like'],
  ['createBoard', { name: 'x', color: '#2F6FD6\n' }, 'color must look like'],
  ['createBoard', { name: 'x', columns: [{ name: '' }] }, 'name must not be empty'],
  [
    'createBoard',
    { name: 'x', columns: ids.slice(0, 101).map((name) => ({ name })) },
    'columns must',
  ],
  ['updateBoard', { ...own, name: null }, 'name must not be null'],
  ['updateBoard', { ...own, name: 'x', description: null }, 'description must not be null'],
  ['updateBoard', { ...own, name: 'x', color: '#12345' }, 'color must look like'],
  ['createColumn', { ...board, name: ' ' }, 'name must not be empty'],
  ['createColumn', { ...board, name: long(201) }, 'name must not be longer'],
  ['createColumn', { ...board, name: 'x', wipLimit: 0 }, 'wipLimit must be 1 or more'],
  ['createColumn', { ...board, name: 'x', autoArchiveDays: -1 }, 'autoArchiveDays must be 1'],
  ['updateColumn', { ...column, position: 0, name: null }, 'name must not be null'],
  ['updateColumn', { ...column, position: 0, wipLimit: 0 }, 'wipLimit must be 1 or more'],
  ['deleteColumn', { ...column, moveItemsTo: 'col_002', deleteItems: true }, 'moveItemsTo cannot'],
  ['createContact', { name: '' }, 'name must not be empty'],
  ['createContact', { name: 'x', phone: long(51) }, 'phone must not be longer'],
  ['createContact', { name: 'x', email: long(321) }, 'email must not be longer'],
  ['updateContact', { ...contact, name: null }, 'name must not be null'],
  ['updateContact', { ...contact, name: 'x', phone: ' ' }, 'phone must not be empty'],
  ['deleteContacts', { ids }, 'ids must not be more than 500'],
  ['deleteContacts', { ids: ['x'], unlinkItems: true, deleteItems: true }, 'deleteItems cannot'],
  ['createItem', { ...board, title: ' ' }, 'title must not be empty'],
  ['createItem', { ...board, title: long(501) }, 'title must not be longer than 500'],
  ['createItem', { ...board, title: 'x', labels: ids }, 'labels must not be more than 50'],
  ['createItem', { ...board, title: 'x', labels: [''] }, 'labels must not have an empty label'],
  ['updateItem', { id: 'item_001', title: null }, 'title must not be null'],
  ['updateItem', { id: 'item_001', values: null }, 'values must not be null'],
  ['deleteItems', { ...board, ids }, 'ids must not be more than 500'],
])('refuses %s with %j', async (name, input, words) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`;
  const reply = await expectNoWrites(world, () => world.graphql(document, { input }));
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toContain(words);
  const [field] = words.split(' ');
  expect(reply.errors?.[0]?.extensions.details).toMatchObject([{ field }]);
});

it.each([
  ['deleteBoard(input: { id: "board_abc123" })', 'BOARD_IN_USE'],
  ['deleteColumn(input: { id: "col_001" })', 'COLUMN_IN_USE'],
  ['deleteContacts(input: { ids: ["contact_xyz"] })', 'CONTACT_IN_USE'],
])('refuses to delete what is in use: %s', async (field, code) => {
  const run = () => world.graphql(`mutation { ${field} { deletedIds } }`);
  expectGraphQLError(await expectNoWrites(world, run), code);
});

it('refuses more than 500 ids at once', async () => {
  const nodes = (count: number) =>
    world.graphql('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ids.slice(0, count) });
  expect((await nodes(500)).data).toEqual({ nodes: Array.from({ length: 500 }, () => null) });
  expect(expectGraphQLError(await nodes(501), 'VALIDATION_ERROR')).toBe(
    'ids must not be more than 500',
  );
});

it('counts each id as ten rows', async () => {
  const list = JSON.stringify(ids.slice(0, 500));
  const fields = Array.from({ length: 7 }, (_, n) => `a${n}: nodes(ids: ${list}) { id }`);
  expectGraphQLError(await world.graphql(`{ ${fields.join(' ')} }`), 'QUERY_TOO_LARGE');
});

it('counts and groups items with a value out of the numeric range', async () => {
  const odd = [
    '1e999',
    '-1e999',
    '1e-999',
    '9999-12-31',
    '0001-01-01',
    '9999-12-31T23:59:59-23:59',
    '0001-01-01T00:00:00+23:59',
  ];
  for (const value of odd) {
    const variables = { values: { deal_value: value, [`only ${value}`]: value } };
    await world.graphql(
      `mutation ($values: ItemValues) { createItem(input: {
      boardId: "board_def456", title: "odd", values: $values }) { item { id } } }`,
      variables,
    );
  }
  for (const key of ['deal_value', ...odd.map((value) => `only ${value}`)]) {
    const { data, errors } = await world.graphql<{
      board: Record<string, { count: number; items: { totalCount: number } }[]>;
    }>(
      `query ($key: String!) { board(id: "board_def456") {
        columns: itemGroups(by: { field: COLUMN }) { ...group numbers(key: $key) { count sum avg min max nonNumericCount } }
        months: itemGroups(by: { month: $key }) { ...group }
        texts: itemGroups(by: { value: $key }) { ...group } } }
      fragment group on ItemGroup { key count items(first: 1) { totalCount nodes { id } } }`,
      { key },
    );
    expect(errors).toBeUndefined();
    for (const group of Object.values(data.board).flat())
      expect(group.items.totalCount).toBe(group.count);
  }
});

it('returns the viewer and the agents', async () => {
  const { data } = await world.graphql(
    '{ viewer { agent { id name } } agents(search: "sales") { totalCount nodes { id } } }',
  );
  expect(data).toEqual({
    viewer: { agent: { id: 'agent_123', name: 'Sales Team' } },
    agents: { totalCount: 1, nodes: [{ id: 'agent_123' }] },
  });
});
