import { describe, expect, it } from 'vitest';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const items = '/boards/board_abc123/items';

describe('the ETag of an item', () => {
  const path = `${items}/item_010`;
  const tagOf = async (at = path) => (await world.rest('GET', at)).headers.get('etag') ?? '';

  it('begins with its version and says 304 to who has it', async () => {
    const tag = await tagOf();
    expect(tag).toMatch(/^"\d+-[\w-]{6}-[\w-]{27}"$/);
    const { app } = world;
    const ask = (header: string) =>
      app.fetch(`http://gateway.test/api/crm${path}`, {
        headers: { authorization: 'Bearer YOUR_API_KEY', 'if-none-match': header },
      });
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const reply = await ask(header);
      expect([reply.status, await reply.text()]).toEqual([304, '']);
      expect(reply.headers.get('etag')).toBe(tag);
    }
    expect((await ask('"x"')).status).toBe(200);
  });

  it('changes with the contact, whose name the item shows', async () => {
    const before = await tagOf(`${items}/item_001`);
    await world.graphql(
      'mutation { updateContact(input: { id: "contact_xyz", phone: "+1" }) { contact { id } } }',
    );
    const after = await tagOf(`${items}/item_001`);
    expect(after).not.toBe(before);
    expect(after.split('-')[0]).toBe(before.split('-')[0]);
  });

  it('is the same after a write as when it is read', async () => {
    const put = await world.rest('PUT', path, { body: { values: { '2': [1.5, ': ,'], a: 1 } } });
    expect(put.headers.get('etag')).toBe(await tagOf());
  });

  it('is of one item, however a proxy has weakened it', async () => {
    const put = (tag: string) =>
      world.rest('PUT', path, { body: { labels: ['x'] }, headers: { 'if-match': tag } });
    const other = await tagOf(`${items}/item_011`);
    const [, ...rest] = other.split('-');
    const foreign = [(await tagOf()).split('-')[0], ...rest].join('-');
    expect((await put(foreign)).status).toBe(412);
    for (const wrong of ['"1"', '"5-short-x"', 'x'])
      expect((await put(wrong)).body.error?.code).toBe('VALIDATION_ERROR');
    expect((await put(`W/${await tagOf()}`)).status).toBe(200);
  });

  it('lets one of two writers through, and tells the other what changed', async () => {
    const put = (tag: string, body: object) =>
      world.rest<{ version: number }>('PUT', path, { body, headers: { 'if-match': tag } });
    const tag = await tagOf();
    const first = await put(tag, { title: 'First', values: { deal_value: '1' } });
    expect(first.status).toBe(200);
    const second = await put(tag, { title: 'Second', labels: ['x'] });
    expect(second.status).toBe(412);
    expect(second.body.error).toMatchObject({
      code: 'VERSION_CONFLICT',
      details: [{ field: 'expected_version' }],
      current: { id: 'item_010', title: 'First', column_id: expect.any(String) },
      changed_fields: ['title', 'values.deal_value'],
      conflicting_fields: ['title'],
    });
    expect((await put(first.headers.get('etag') ?? '', { title: 'Third' })).status).toBe(200);
    expect((await put('*', { title: 'Fourth' })).status).toBe(200);
    for (const odd of ['"of something else"', 'garbage', `"x", ${tag}`]) {
      expect((await put(odd, { title: 'Fifth' })).status).toBe(400);
    }
    const both = { title: 'Fifth', expected_version: 1 };
    expect((await put(first.headers.get('etag') ?? '', both)).status).toBe(400);
    const unkept = { body: { item_ids: ['item_010'] }, headers: { 'if-match': tag } };
    expect((await world.rest('DELETE', items, unkept)).status).toBe(400);
  });
});

describe('the ETag of a list', () => {
  const lists = [
    ['GET', `${items}?limit=3`, undefined],
    ['POST', `${items}/search`, { query: 'acme', limit: 3 }],
  ] as const;

  it.each(
    lists,
  )('says 304 to a %s, with one statement, until the board changes', async (...call) => {
    const [method, path, body] = call;
    const { headers } = await world.rest(method, path, { body });
    const tag = headers.get('etag') ?? '';
    const ask = () =>
      world.app.fetch(`http://gateway.test/api/crm${path}`, {
        method,
        headers: {
          authorization: 'Bearer YOUR_API_KEY',
          'if-none-match': tag,
          'content-type': 'application/json',
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    const statements = await world.statementsOf(async () => {
      const reply = await ask();
      expect([reply.status, await reply.text()]).toEqual([304, '']);
    });
    expect(statements).toHaveLength(1);
    await world.rest('PUT', `${items}/item_020`, { body: { values: { seen: String(method) } } });
    expect((await ask()).status).toBe(200);
  });

  it('changes with any contact of the workspace', async () => {
    const tagOf = async () => (await world.rest('GET', items)).headers.get('etag');
    const before = await tagOf();
    expect(await tagOf()).toBe(before);
    await world.graphql(
      'mutation { updateContact(input: { id: "contact_003", name: "New" }) { contact { id } } }',
    );
    expect(await tagOf()).not.toBe(before);
  });

  it('hides no mistake behind `*`', async () => {
    const headers = { 'if-none-match': '*' };
    const reply = await world.rest('POST', `${items}/search`, {
      body: { cursor: 'garbage' },
      headers,
    });
    expect([reply.status, reply.body.error?.code]).toEqual([400, 'INVALID_CURSOR']);
  });

  it('is of the caller and of the question', async () => {
    const { key } = await createKey(world);
    const tags = [
      await world.rest('GET', items),
      await world.rest('GET', `${items}?limit=3`),
      await world.rest('GET', items, { headers: { authorization: `Bearer ${key}` } }),
    ].map(({ headers }) => headers.get('etag'));
    expect(new Set(tags).size).toBe(3);
  });
});
