import { createHash } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { listen } from '../../src/http/server.ts';
import { demoKey } from '../../src/seed/demo.ts';
import { expectRestError } from '../support/expectations.ts';
import { createKey, useWorld } from '../support/world.ts';

// Limits on the memory, time and connections that one client takes from the others.

const world = useWorld();

const codesOf = ({ errors = [] }: { errors?: { extensions: { code: string } }[] }) => [
  ...new Set(errors.map(({ extensions }) => extensions.code)),
];

/** The longest time, in ms, that the event loop is blocked while `run` runs. */
async function blockedTimeOf(run: () => Promise<unknown>): Promise<number> {
  let [last, longest] = [performance.now(), 0];
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  await run();
  longest = Math.max(longest, performance.now() - last);
  clearInterval(timer);
  return longest;
}

describe('a board of large items', () => {
  const text = 'x'.repeat(60_000);
  let boardId: string;
  const items = (first: number, offset = 0) =>
    `items(first: ${first}, offset: ${offset}) { nodes { id values } }`;

  beforeAll(async () => {
    const { data } = await world.graphql<{ createBoard: { board: { id: string } } }>(
      'mutation { createBoard(input: { name: "Large", columns: [{ name: "A" }] }) { board { id } } }',
    );
    boardId = data.createBoard.board.id;
    for (let n = 0; n < 12; n += 1) {
      const list = Array.from({ length: 16 }, () => ({ title: 'x', values: { v: text } }));
      const response = await world.rest('POST', `/boards/${boardId}/items/batch`, {
        body: { operations: list.map((item) => ({ op: 'create', ...item })) },
      });
      expect(response.status).toBe(200);
    }
  });

  it('is refused in large pages and read in smaller ones', async () => {
    const large = await world.graphql(`{ board(id: "${boardId}") { ${items(500)} } }`);
    expect(codesOf(large)).toEqual(['QUERY_TOO_LARGE']);
    const several = Array.from({ length: 20 }, (_, n) => `a${n}: ${items(40 - n)}`).join(' ');
    const aliases = await world.graphql(`{ board(id: "${boardId}") { ${several} } }`);
    expect(codesOf(aliases)).toEqual(['QUERY_TOO_LARGE']);
    expectRestError(
      await world.rest('GET', `/boards/${boardId}/items?limit=500`),
      400,
      'QUERY_TOO_LARGE',
    );
    expectRestError(
      await world.rest('GET', `/boards/${boardId}/changes?limit=500`),
      400,
      'QUERY_TOO_LARGE',
    );
    const page = await world.graphql(`{ board(id: "${boardId}") { ${items(50)} } }`);
    expect(codesOf(page)).toEqual([]);
    expect((await world.rest('GET', `/boards/${boardId}/items?limit=50`)).status).toBe(200);
  });

  it('is not read where only cursors are selected', async () => {
    const { data, errors } = await world.graphql<{
      board: Record<'pages' | 'rows', { edges?: object[]; pageInfo?: object }>;
    }>(
      `{ board(id: "${boardId}") { rows: items(first: 190) { edges { cursor } } pages: items(first: 190) { pageInfo { hasNextPage } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.board.rows.edges).toHaveLength(190);
    expect(data.board.pages.pageInfo).toEqual({ hasNextPage: true });
  });

  it('is refused while unread responses fill the memory of its app, and served once their clients are gone', async () => {
    const log = pino({ level: 'silent' });
    const otherApp = createApp({ db: world.db, log, rateLimit: 1_000_000 });
    const [server, otherServer] = await Promise.all(
      [world.app, otherApp].map(({ listener }) => listen(listener, { host: '127.0.0.1', port: 0 })),
    );
    // 5.5 MB: more than the buffers of a connection hold.
    const pages = [0, 45].map((offset) => `p${offset}: ${items(45, offset)}`).join(' ');
    const read = (url = '') =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${demoKey}`,
          'content-type': 'application/json',
          // Compressed, the buffers of a connection would hold it.
          'accept-encoding': 'identity',
        },
        body: JSON.stringify({ query: `{ board(id: "${boardId}") { ${pages} } }` }),
      });
    const statusAt = async (url?: string) => {
      const response = await read(url);
      await response.text();
      return response.status;
    };
    const unread = await Promise.all(many(8, server?.url).map((url) => read(url)));
    expect(unread.map(({ status }) => status)).toContain(503);
    expect(await statusAt(server?.url)).toBe(503);
    expect(await statusAt(otherServer?.url), 'each app has a memory of its own').toBe(200);
    await Promise.all(unread.map(({ body }) => body?.cancel()));
    // The server notices the closed connections a moment later.
    const isServed = async () => expect(await statusAt(server?.url)).toBe(200);
    await vi.waitFor(isServed, { timeout: 5000 });
    for (let n = 0; n < 10; n += 1) {
      const response = await read(server?.url);
      const { data } = await response.json();
      expect([response.status, data.board.p45.nodes.length]).toEqual([200, 45]);
    }
    await Promise.all([server?.close(), otherServer?.close()]);
  });

  it('is not written where the response would be too large, and is where it selects little', async () => {
    const { data } = await world.graphql<{ items: { nodes: { id: string }[] } }>(
      `{ items(boardId: "${boardId}", first: 192) { nodes { id } } }`,
    );
    const updates = data.items.nodes.map(({ id }) => ({ id, labels: ['new'] }));
    const update = (fields: string) =>
      world.graphql(
        `mutation ($input: UpdateItemsInput!) { updateItems(input: $input) { updatedCount ${fields} } }`,
        { input: { boardId, items: updates } },
      );
    expect(codesOf(await update('results { item { values } }'))).toEqual(['QUERY_TOO_LARGE']);
    const countQuery = `{ items(boardId: "${boardId}", filter: { labels: { hasAny: ["new"] } }) { totalCount } }`;
    expect((await world.graphql(countQuery)).data).toEqual({ items: { totalCount: 0 } });
    expect((await update('')).data).toEqual({ updateItems: { updatedCount: 192 } });
  });
});

it.each([
  [
    'nested lists',
    'items(first: 500) { nodes { h: history(first: 500) { nodes { changedAt } } } }',
  ],
  [
    'pages of which only pageInfo is selected',
    'items(first: 500) { nodes { h: history(first: 500) { pageInfo { hasNextPage } } } }',
  ],
  [
    'many counts for each row',
    `items(first: 500) { nodes { ${Array.from({ length: 9 }, (_, n) => `h${n}: history { totalCount }`).join(' ')} } }`,
  ],
  [
    'groups with their items',
    `boards { nodes { ${Array.from({ length: 30 }, (_, n) => `g${n}: itemGroups(by: { value: "email" }, filter: { title: { ne: "${n}" } }) { items { pageInfo { endCursor } } }`).join(' ')} } }`,
  ],
])('refuses %s before reading them', async (_, fields) => {
  const start = performance.now();
  const statements = await world.statementsOf(async () => {
    expect(codesOf(await world.graphql(`{ ${fields} }`))).toEqual(['QUERY_TOO_LARGE']);
  });
  expect(statements.length).toBeLessThan(80);
  expect(performance.now() - start).toBeLessThan(5000);
});

it('counts the rows of a query once, although it is executed twice after an error', async () => {
  const pages = Array.from(
    { length: 50 },
    (_, n) => `a${n}: items(boardId: "board_abc123", first: 500) { nodes { id } }`,
  );
  const { data, errors } = await world.graphql<Record<string, unknown>>(
    `{ ${pages.join(' ')} board(id: "board_abc123") { column(id: "nowhere") { id } } }`,
  );
  expect(codesOf({ errors: errors ?? [] })).toEqual(['COLUMN_NOT_FOUND']);
  expect(data.board).toEqual({ column: null });
  expect(data.a49).not.toBeNull();
});

it.each<[string, object]>([
  ['4,000 empty filters in `or`', { or: many(4000, {}) }],
  ['4,000 empty filters in `and`', { and: many(4000, {}) }],
  ['4,000 values without a condition', { values: many(4000, { key: 'a' }) }],
  ['100,000 empty filters', { or: many(100_000, {}) }],
  ['60,000 unknown fields', { or: many(60_000, { zz: 1 }) }],
])('refuses a filter of %s within 1.5 s', async (_, filter) => {
  const send = async () => {
    const document = 'query ($f: ItemFilter) { items(filter: $f) { totalCount } }';
    const { errors = [] } = await world.graphql(document, { f: filter });
    expect(codesOf({ errors })).toEqual(['VALIDATION_ERROR']);
    expect(errors.length).toBeLessThan(60);
  };
  expect(await blockedTimeOf(send)).toBeLessThan(1500);
});

function many<Part>(count: number, part: Part): Part[] {
  return Array.from({ length: count }, () => part);
}

it('suggests no other name for an unknown key of 900,000 characters', async () => {
  const name = 'k'.repeat(900_000);
  const send = async () => {
    const create = await world.rest('POST', '/boards/board_abc123/items', { body: { [name]: 1 } });
    expect(expectRestError(create, 400, 'VALIDATION_ERROR').message.length).toBeLessThan(500);
    const batch = { operations: [{ op: 'update', [name]: 1 }] };
    const response = await world.rest('POST', '/boards/board_abc123/items/batch', { body: batch });
    expect(expectRestError(response, 400, 'VALIDATION_ERROR').message.length).toBeLessThan(500);
  };
  expect(await blockedTimeOf(send)).toBeLessThan(1000);
});

/** A cursor with a valid checksum, of a list without a parent. */
function forged(identity: string, content: string): string {
  const sum = createHash('sha256')
    .update(identity + content)
    .digest('base64url')
    .slice(0, 11);
  return `${sum}.${Buffer.from(content).toString('base64url')}`;
}

it.each([
  '["abc","x"]',
  '["2025-13-45","x"]',
  '[[1],{}]',
  'null',
  '{"length":2}',
  '["a"]',
  '["a","b","c"]',
])('refuses a forged cursor: %s', async (content) => {
  const identity = JSON.stringify(['', JSON.stringify(['contacts', null, null, null, null, null])]);
  const read = (after: string) =>
    world.graphql('query ($after: String) { contacts(after: $after) { nodes { id } } }', { after });
  expect(codesOf(await read(forged(identity, content)))).toEqual(['INVALID_CURSOR']);
  const valid = forged(identity, '["1970-01-01 00:00:00+00","x"]');
  expect(codesOf(await read(valid)), 'the checksum is right').toEqual([]);
});

it('replays a write whose field has the longest alias', async () => {
  const name = 'x'.repeat(200);
  const send = () =>
    world.app.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: {
        authorization: 'Bearer YOUR_API_KEY',
        'content-type': 'application/json',
        'idempotency-key': 'long-name',
      },
      body: JSON.stringify({
        query: `mutation { ${name}: createContact(input: { name: "x" }) { contact { id } } }`,
      }),
    });
  const [first, second] = [await send(), await send()];
  expect(await second.json()).toEqual(await first.json());
  expect(second.headers.get('idempotency-replayed')).toBe('true');
});

it('runs other writes of a workspace within 4 s while two of its boards are locked', async () => {
  const { key } = await createKey(world);
  const locker = new pg.Client(world.connection);
  await locker.connect();
  await locker.query('BEGIN');
  await locker.query(
    "SELECT FROM board WHERE workspace_id = 'workspace_demo' AND id IN ('board_abc123', 'board_def456') FOR UPDATE",
  );
  const write = (field: string) => world.graphql(`mutation { ${field} { __typename } }`, {}, key);
  const blocked = [
    ...many(3, 'updateItem(input: { id: "item_001", title: "blocked" })'),
    ...many(3, 'updateBoard(input: { id: "board_abc123", name: "blocked" })'),
    ...many(3, 'updateColumn(input: { id: "col_001", name: "blocked" })'),
    ...many(3, 'createItem(input: { boardId: "board_def456", title: "blocked" })'),
    ...many(2, 'deleteBoard(input: { id: "board_def456" })'),
  ].map(write);
  const otherBoard = await world.graphql<{ items: { nodes: { id: string }[] } }>(
    '{ items(boardId: "board_stu901", first: 1) { nodes { id } } }',
  );
  const { id } = otherBoard.data.items.nodes[0] ?? { id: '' };
  for (const field of [
    `updateItem(input: { id: "${id}", title: "free" })`,
    'createContact(input: { name: "free" })',
    'createBoard(input: { name: "free" })',
  ]) {
    const start = performance.now();
    expect(codesOf(await write(field))).toEqual([]);
    expect([field, performance.now() - start < 4000]).toEqual([field, true]);
  }
  await locker.query('ROLLBACK');
  await locker.end();
  const codes = (await Promise.all(blocked)).flatMap(codesOf);
  expect(codes.filter((code) => code !== 'BOARD_IN_USE')).toEqual([]);
});

it('serves a workspace before a flood of queries of another one has ended', async () => {
  const { key } = await createKey(world, { inOtherWorkspace: true });
  const aliases = Array.from(
    { length: 100 },
    (_, n) => `g${n}: items(filter: { title: { ne: "${n}" } }) { totalCount }`,
  );
  const flood = Promise.all(
    many(6, `{ ${aliases.join(' ')} }`).map((query) => world.graphql(query)),
  );
  const start = performance.now();
  expect(codesOf(await world.graphql('{ boards { totalCount } }', {}, key))).toEqual([]);
  const served = performance.now() - start;
  const floodEnded = await flood.then(() => performance.now() - start);
  expect(served).toBeLessThan(floodEnded);
});
