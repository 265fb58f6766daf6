import { describe, expect, it, vi } from 'vitest';
import type { EndedRequest } from '../../src/http/request-log.ts';
import { defaultLimits } from '../../src/limits/settings.ts';
import type { StatementStats } from '../../src/postgres/statement-stats.ts';
import { demoKey } from '../../src/seed/demo.ts';
import { createBoard } from '../support/boards.ts';
import { expectNoWrites } from '../support/expectations.ts';
import { serve } from '../support/servers.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const board_id = 'board_abc123';

interface Message {
  result?: Record<string, unknown>;
  error?: { message: string; data?: { code: string } };
}

/** Sends a JSON-RPC message of the protocol of 2026-07-28. */
async function send(method: string, params: object = {}, headers: Record<string, string> = {}) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const { name } = params as { name?: string };
  const response = await world.app.fetch('http://gateway.test/mcp', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${demoKey}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name && { 'mcp-name': name }),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  });
  const message = (await response.json()) as Message;
  return { status: response.status, headers: response.headers, ...message };
}

/** A request that calls a tool, in the protocol of 2025. */
const requestOf = (name: string, args: object) => ({
  method: 'POST',
  headers: {
    authorization: `Bearer ${demoKey}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args },
  }),
});

/** The statements of a call, and the rows that they read. */
async function readsOf(name: string, args: object): Promise<StatementStats> {
  let reads: StatementStats | undefined;
  const observers = [
    ({ record }: EndedRequest) => {
      reads = record.statements;
    },
  ];
  const url = await serve({
    withOptions: (options) => world.withOptions({ ...options, observers }),
  });
  const response = await fetch(`${url}/mcp`, requestOf(name, args));
  expect(await response.text()).toContain('structuredContent');
  return vi.waitUntil(() => reads);
}

interface ToolResult {
  isError: boolean;
  text: string;
  content: Record<string, unknown>;
}

/** Calls a tool. Expects that the text of the answer is its structured content. */
async function call(name: string, args: object, key = demoKey): Promise<ToolResult> {
  const headers = { authorization: `Bearer ${key}` };
  const { status, result } = await send('tools/call', { name, arguments: args }, headers);
  expect(status).toBe(200);
  const {
    content,
    structuredContent,
    isError = false,
  } = result as {
    content: { text: string }[];
    structuredContent?: Record<string, unknown>;
    isError?: boolean;
  };
  const text = content[0]?.text ?? '';
  if (!isError) expect(JSON.parse(text)).toEqual(structuredContent);
  return { isError, text, content: structuredContent ?? {} };
}

async function callOk<Content>(name: string, args: object): Promise<Content> {
  const { isError, text, content } = await call(name, args);
  expect(isError, text).toBe(false);
  return content as Content;
}

interface Item {
  id: string;
  title: string;
  values: Record<string, unknown>;
}

const allTools = [
  'list_boards',
  'describe_board',
  'find_items',
  'get_item',
  'group_items',
  'get_changes',
  'create_items',
  'update_items',
  'move_items',
  'delete_items',
];

describe('tools/list', () => {
  const list = async (key: string) =>
    (await send('tools/list', {}, { authorization: `Bearer ${key}` })).result?.tools as {
      name: string;
      annotations: { readOnlyHint: boolean };
    }[];

  it('has ten tools, in less than 3,000 tokens', async () => {
    const tools = await list(demoKey);
    expect(tools.map(({ name }) => name)).toEqual(allTools);
    // A token of JSON is 3.5 characters or more.
    expect(JSON.stringify(tools).length).toBeLessThan(3000 * 3.5);
  });

  it('leaves out what a read-only key may not call', async () => {
    const { key } = await createKey(world, { isReadOnly: true });
    const tools = await list(key);
    expect(tools.map(({ name }) => name)).toEqual(allTools.slice(0, 6));
    expect(tools.every(({ annotations }) => annotations.readOnlyHint)).toBe(true);
    const write = () => call('create_items', { board_id, items: [{ title: 'x' }] }, key);
    expect((await expectNoWrites(world, write)).text).toMatch(/^FORBIDDEN: /);
  });
});

describe('reads', () => {
  it('lists and describes boards', async () => {
    const { boards, total } = await callOk<{ boards: object[]; total: number }>('list_boards', {
      limit: 2,
    });
    expect(boards).toHaveLength(2);
    expect(total).toBe(8);
    expect(await callOk('describe_board', { board_id })).toMatchObject({
      name: 'Sales Pipeline',
      columns: [{ id: 'col_001', name: 'Lead', items_count: 42 }, {}, {}, {}, {}],
      value_keys: expect.arrayContaining([
        { key: 'deal_value', types: ['NUMBER', 'OTHER', 'TEXT'] },
      ]),
    });
  });

  it('finds items as a search of REST does, 20 at a time, with some of their values', async () => {
    const value_filters = { deal_value: { gte: 10_000 } };
    const { body } = await world.rest<Item[]>('POST', `/boards/${board_id}/items/search`, {
      body: { value_filters, limit: 500 },
    });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await callOk<{ items: Item[]; next_cursor?: string; total: object }>(
        'find_items',
        { board_id, value_filters, fields: ['deal_value'], ...(cursor && { cursor }) },
      );
      expect(page.items.length).toBeLessThanOrEqual(20);
      expect(page.total).toEqual({ count: body.data.length, is_exact: true });
      for (const { id, values } of page.items) {
        expect(Object.keys(values)).toEqual(['deal_value']);
        ids.push(id);
      }
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(ids).toEqual(body.data.map(({ id }) => id));
  });

  it('answers with fewer rows, and with shorter texts, where they would take more than 20 kB', async () => {
    const { id } = await createBoard(world, { One: [] });
    const items = Array.from({ length: 30 }, (_, n) => ({
      title: `Item ${n}`,
      values: { text: 'x'.repeat(n === 7 ? 30_000 : 2000) },
    }));
    await callOk('create_items', { board_id: id, items });
    const found: Item[] = [];
    let cursor: string | undefined;
    do {
      const args = { board_id: id, limit: 30, sort_by: 'position', sort_order: 'asc', cursor };
      const { text, content } = await call('find_items', args);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
      found.push(...(content.items as Item[]));
      cursor = content.next_cursor as string | undefined;
    } while (cursor !== undefined);
    expect(found.map(({ title }) => title)).toEqual(items.map(({ title }) => title));
    expect(found[7]?.values.text).toMatch(/^x+… \(30000 characters\)$/);
  });

  it('reads as many rows as the answer has room for, and not the others', async () => {
    const { id } = await createBoard(world, { One: [] });
    const items = Array.from({ length: 90 }, (_, n) => ({
      title: `Item ${n}`,
      values: { text: n < 60 ? 'small' : 'x'.repeat(20_000) },
    }));
    await callOk('create_items', { board_id: id, items });
    const args = { board_id: id, sort_by: 'position', sort_order: 'asc' };
    const rowsOf = (limit: number, cursor?: string) =>
      callOk<{ items: Item[]; next_cursor?: string; total: object }>('find_items', {
        ...args,
        limit,
        ...(cursor && { cursor }),
      });
    const small = await rowsOf(45);
    expect(small.items.map(({ title }) => title)).toEqual(
      items.slice(0, 45).map(({ title }) => title),
    );
    expect(small.total).toEqual({ count: 90, is_exact: true });
    const rest = await rowsOf(45, small.next_cursor);
    expect(rest.items[0]?.title).toBe('Item 45');
    const { items: all, next_cursor } = await rowsOf(500);
    expect(all.length).toBeGreaterThan(50);
    expect(next_cursor).toBeDefined();
    const last = await rowsOf(500, next_cursor);
    expect(last.items[0]?.title).toBe(`Item ${all.length}`);
    const large = await readsOf('find_items', { ...args, limit: 500, cursor: next_cursor });
    expect(90 - all.length).toBeGreaterThan(20);
    expect(large.rows).toBeLessThan(10);
    expect(await call('find_items', { ...args, limit: 501 })).toMatchObject({ isError: true });
  });

  it('reads no more of a log that has fewer changes than were asked for', async () => {
    const { id } = await createBoard(world, { One: ['a', 'b', 'c'] });
    const readsOfLog = (limit: number) => readsOf('get_changes', { board_id: id, limit });
    expect((await readsOfLog(20)).count).toBe(1);
    expect((await readsOfLog(500)).count, 'a few changes, and all others').toBe(2);
  });

  it('reads lists without a cursor as a whole', async () => {
    for (let n = 0; n < 25; n++) await createBoard(world, { One: [] });
    const { boards, total } = await callOk<{ boards: object[]; total: number }>('list_boards', {});
    expect(boards.length).toBe(total);
    expect(total).toBeGreaterThan(25);
  });

  it('reads an item, its changes and groups', async () => {
    expect(
      await callOk('get_item', { item_id: 'item_001', fields: ['probability'] }),
    ).toMatchObject({
      item: {
        title: 'Acme Corp - Enterprise Deal',
        values: { probability: '75' },
        column: { name: 'Lead' },
      },
    });
    const { groups } = await callOk<{ groups: object[] }>('group_items', {
      board_id,
      by: 'column',
      sum_of: 'deal_value',
    });
    expect(groups).toHaveLength(5);
    expect(groups[0]).toMatchObject({ column: { name: 'Lead' }, count: 42 });
    expect(groups[0]).toHaveProperty('numbers.sum');
    await callOk('update_items', { board_id, items: [{ id: 'item_009', labels: ['seen'] }] });
    const { changes } = await callOk<{ changes: object[] }>('get_changes', {
      board_id,
      item_id: 'item_009',
      limit: 1,
    });
    expect(changes).toMatchObject([
      {
        action: 'UPDATED',
        by: { name: 'Sales Team' },
        fields: [{ field: 'labels', after: ['seen'] }],
      },
    ]);
  });

  it.each([
    ['find_items', { board_id: 'board_never' }, 'BOARD_NOT_FOUND'],
    ['describe_board', { board_id: 'board_never' }, 'BOARD_NOT_FOUND'],
    ['get_item', { item_id: 'item_never' }, 'ITEM_NOT_FOUND'],
    [
      'find_items',
      { board_id, qeury: 'x' },
      'VALIDATION_ERROR: qeury is not known: did you mean query?',
    ],
    ['create_items', { board_id, rows: [] }, 'use board_id, validate_only, items, idempotency_key'],
    [
      'find_items',
      { board_id, column_ids: ['Lead'] },
      "COLUMN_NOT_FOUND: Column 'Lead' not found in board: describe_board has the columns",
    ],
    ['find_items', {}, 'VALIDATION_ERROR: board_id is required'],
    ['group_items', { board_id, by: 'colour' }, 'VALIDATION_ERROR: by must be column, label'],
    [
      'create_items',
      { board_id, items: [{ titel: 'x' }] },
      'items.0.titel is not known: did you mean title?',
    ],
    ['no_tool', {}, "NOT_FOUND: There is no tool 'no_tool'"],
  ])('explains what is wrong: %s %j', async (name, args, message) => {
    const { isError, text } = await call(name, args);
    expect(isError).toBe(true);
    expect(text).toContain(message);
  });
});

describe('writes', () => {
  it('create, update, move and delete items, each by itself', async () => {
    const { id } = await createBoard(world, { One: [], Two: [] });
    const created = await callOk<{ ids: string[] }>('create_items', {
      board_id: id,
      items: [
        { title: 'A', values: { n: 1 } },
        { title: 'B', column_name: 'Three' },
        { title: 'C' },
      ],
    });
    expect(created).toMatchObject({
      created: 2,
      failed: 1,
      errors: [{ index: 1, code: 'COLUMN_NOT_FOUND' }],
    });
    const [a, c] = created.ids;
    const items = [{ id: a, values: { n: null, m: 2 }, expected_version: 1 }, { id: 'item_never' }];
    expect(await callOk('update_items', { board_id: id, items })).toMatchObject({
      updated: 1,
      failed: 1,
      errors: [{ index: 1, code: 'ITEM_NOT_FOUND' }],
    });
    const move = { board_id: id, item_ids: [c, a], column_name: 'two', at: 'top' };
    expect(await callOk('move_items', move)).toMatchObject({ moved: 2, ids: [c, a] });
    const found = await callOk('find_items', {
      board_id: id,
      sort_by: 'position',
      sort_order: 'asc',
    });
    expect(found).toMatchObject({ items: [{ title: 'C' }, { title: 'A', values: { m: 2 } }] });
    expect(await callOk('delete_items', { board_id: id, item_ids: [a, 'item_never'] })).toEqual({
      deleted: 1,
      ids: [a],
    });
  });

  it('unlink a contact by null, as REST does', async () => {
    const { id, items } = await createBoard(world, { One: ['a'] });
    const update = (contact_id: string | null) =>
      callOk('update_items', { board_id: id, items: [{ id: items.a, contact_id }] });
    const contactOf = async () =>
      (await callOk<{ item: { contact: object | null } }>('get_item', { item_id: items.a })).item
        .contact;
    await update('contact_xyz');
    expect(await contactOf()).toMatchObject({ id: 'contact_xyz' });
    expect(await update(null)).toMatchObject({ updated: 1 });
    expect(await contactOf()).toBeNull();
    const contact = { match_on: 'phone', phone: '+62812345678' };
    const both = { id: items.a, contact, contact_id: null };
    expect(await callOk('update_items', { board_id: id, items: [both] })).toMatchObject({
      updated: 1,
    });
    expect(await contactOf()).toMatchObject({ id: 'contact_xyz' });
  });

  it.each([null, ''])('take the idempotency key %j for none', async (idempotency_key) => {
    const { id } = await createBoard(world, { One: [] });
    const create = (title: string) =>
      callOk<{ ids: string[] }>('create_items', {
        board_id: id,
        items: [{ title }],
        idempotency_key,
      });
    const ids = [
      ...(await create('a')).ids,
      ...(await create('a')).ids,
      ...(await create('b')).ids,
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it('save nothing in a dry run, and once with an idempotency key', async () => {
    const { id } = await createBoard(world, { One: [] });
    const args = { board_id: id, items: [{ title: 'Once' }] };
    const dry = () => call('create_items', { ...args, validate_only: true });
    const answer = { dry_run: true, created: 1, ids: [], failed: 0, errors: [] };
    expect((await expectNoWrites(world, dry)).content).toEqual(answer);
    const idempotency_key = 'mcp-1';
    const first = await callOk('create_items', { ...args, idempotency_key });
    expect(await callOk('create_items', { ...args, idempotency_key })).toEqual(first);
    const other = await call('create_items', { ...args, items: [{ title: 'x' }], idempotency_key });
    expect(other.text).toMatch(/^IDEMPOTENCY_KEY_REUSED: /);
  });
});

describe('a dry run', () => {
  it('of every tool that writes says that it is one, first of all', async () => {
    const { id, items } = await createBoard(world, { One: ['a'], Two: [] });
    const calls: [string, object, object][] = [
      ['create_items', { items: [{ title: 'b' }] }, { created: 1, ids: [] }],
      ['update_items', { items: [{ id: items.a, title: 'c' }] }, { updated: 1, ids: [items.a] }],
      ['move_items', { item_ids: [items.a], column_name: 'Two' }, { moved: 1, ids: [items.a] }],
      ['delete_items', { item_ids: [items.a] }, { deleted: 1, ids: [items.a] }],
    ];
    expect(calls.map(([name]) => name)).toEqual(allTools.slice(6));
    for (const [name, args, expected] of calls) {
      const run = (validate_only: boolean) => call(name, { ...args, board_id: id, validate_only });
      const { content, text } = await expectNoWrites(world, () => run(true));
      expect(content).toMatchObject({ ...expected, dry_run: true });
      expect(text).toMatch(/^\{"dry_run":true,/);
      expect((await run(false)).content).not.toHaveProperty('dry_run');
    }
  });
});

describe('a request', () => {
  it('needs a key, counts in its rate, and is limited like all others', async () => {
    const unknown = await send('tools/list', {}, { authorization: 'Bearer x' });
    expect(unknown).toMatchObject({ status: 401, error: { data: { code: 'UNAUTHENTICATED' } } });
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer');
    const none = await send('tools/list', {}, { authorization: '' });
    expect(none.error?.message).toContain('send "Authorization: Bearer <key>"');
    const before = await send('tools/list');
    const after = await send('tools/list');
    const remaining = ({ headers }: { headers: Headers }) =>
      Number(headers.get('x-ratelimit-remaining'));
    expect(remaining(after)).toBe(remaining(before) - 1);
  });

  it('waits for its turn where a tool reads much, and says so where that does not come', async () => {
    const { id } = await createBoard(world, { One: [] });
    const items = Array.from({ length: 3 }, (_, n) => ({
      title: `Item ${n}`,
      values: { text: 'x'.repeat(40_000) },
    }));
    await callOk('create_items', { board_id: id, items });
    const inFlight = { ...defaultLimits.inFlight, waitTimeout: 20 };
    const { app } = world.withOptions({ inFlight });
    const answersOf = (name: string, args: object) =>
      Promise.all(
        Array.from({ length: 40 }, async () =>
          (await app.fetch('http://gateway.test/mcp', requestOf(name, args))).text(),
        ),
      );
    const message =
      'SERVICE_UNAVAILABLE: Too many new documents, large bodies and large answers of tools are waiting: this one waited for 20 ms, which is the limit.';
    const large = await answersOf('find_items', { board_id: id, limit: 75 });
    const refused = large.filter((text) => text.includes(message));
    expect(refused.length).toBeGreaterThan(0);
    expect(large.filter((text) => text.includes('next_cursor')).length).toBe(40 - refused.length);
    const small = await answersOf('describe_board', { board_id: id });
    expect(small.filter((text) => text.includes('"isError":true'))).toEqual([]);
  });

  it('is refused from a page of another site', async () => {
    expect(await send('tools/list', {}, { origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      error: { data: { code: 'FORBIDDEN' } },
    });
    for (const origin of ['http://localhost:6274', 'http://127.0.0.1:4000', 'http://[::1]:1'])
      expect((await send('tools/list', {}, { origin })).status).toBe(200);
  });

  it('must be a POST', async () => {
    const response = await world.app.fetch('http://gateway.test/mcp');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
