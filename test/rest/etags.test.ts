import { describe, expect, it } from 'vitest';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const items = '/boards/board_abc123/items';

describe('the ETag of an item', () => {
  const path = `${items}/item_010`;
  const etagOf = async (itemPath = path) =>
    (await world.rest('GET', itemPath)).headers.get('etag') ?? '';

  it('begins with the version, and If-None-Match with it gets a 304', async () => {
    const etag = await etagOf();
    expect(etag).toMatch(/^"\d+-[\w-]{6}-[\w-]{27}"$/);
    const { app } = world;
    const get = (header: string) =>
      app.fetch(`http://gateway.test/api/crm${path}`, {
        headers: { authorization: 'Bearer YOUR_API_KEY', 'if-none-match': header },
      });
    for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const response = await get(header);
      expect([response.status, await response.text()]).toEqual([304, '']);
      expect(response.headers.get('etag')).toBe(etag);
    }
    expect((await get('"x"')).status).toBe(200);
  });

  it('changes with the contact, which is part of the item', async () => {
    const before = await etagOf(`${items}/item_001`);
    await world.graphql(
      'mutation { updateContact(input: { id: "contact_xyz", phone: "+4930123456" }) { contact { id } } }',
    );
    const after = await etagOf(`${items}/item_001`);
    expect(after).not.toBe(before);
    expect(after.split('-')[0]).toBe(before.split('-')[0]);
  });

  it('is the same in the responses to a write and to a read', async () => {
    const put = await world.rest('PUT', path, { body: { values: { '2': [1.5, ': ,'], a: 1 } } });
    expect(put.headers.get('etag')).toBe(await etagOf());
  });

  it('belongs to one item, and may be weak', async () => {
    const put = (etag: string) =>
      world.rest('PUT', path, { body: { labels: ['x'] }, headers: { 'if-match': etag } });
    const other = await etagOf(`${items}/item_011`);
    const [, ...rest] = other.split('-');
    const otherItemsEtag = [(await etagOf()).split('-')[0], ...rest].join('-');
    expect((await put(otherItemsEtag)).status).toBe(412);
    for (const invalid of ['"1"', '"5-short-x"', 'x'])
      expect((await put(invalid)).body.error?.code).toBe('VALIDATION_ERROR');
    expect((await put(`W/${await etagOf()}`)).status).toBe(200);
  });

  it('accepts the first of two conflicting writes, and reports the changed fields to the second', async () => {
    const put = (etag: string, body: object) =>
      world.rest<{ version: number }>('PUT', path, { body, headers: { 'if-match': etag } });
    const etag = await etagOf();
    const first = await put(etag, { title: 'First', values: { deal_value: '1' } });
    expect(first.status).toBe(200);
    const second = await put(etag, { title: 'Second', labels: ['x'] });
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
    for (const invalid of ['"of something else"', 'garbage', `"x", ${etag}`]) {
      expect((await put(invalid, { title: 'Fifth' })).status).toBe(400);
    }
    const both = { title: 'Fifth', expected_version: 1 };
    expect((await put(first.headers.get('etag') ?? '', both)).status).toBe(400);
    const ifMatchDelete = { body: { item_ids: ['item_010'] }, headers: { 'if-match': etag } };
    expect((await world.rest('DELETE', items, ifMatchDelete)).status).toBe(400);
  });
});

describe('the ETag of a list', () => {
  const lists = [
    ['GET', `${items}?limit=3`, undefined],
    ['POST', `${items}/search`, { query: 'acme', limit: 3 }],
  ] as const;

  it.each(
    lists,
  )('gets a 304 to a %s, with one statement, until the board changes', async (...call) => {
    const [method, path, body] = call;
    const { headers } = await world.rest(method, path, { body });
    const etag = headers.get('etag') ?? '';
    const get = () =>
      world.app.fetch(`http://gateway.test/api/crm${path}`, {
        method,
        headers: {
          authorization: 'Bearer YOUR_API_KEY',
          'if-none-match': etag,
          'content-type': 'application/json',
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    const statements = await world.statementsOf(async () => {
      const response = await get();
      expect([response.status, await response.text()]).toEqual([304, '']);
    });
    expect(statements).toHaveLength(1);
    await world.rest('PUT', `${items}/item_020`, { body: { values: { seen: String(method) } } });
    expect((await get()).status).toBe(200);
  });

  it('changes with any contact of the workspace', async () => {
    const etagOf = async () => (await world.rest('GET', items)).headers.get('etag');
    const before = await etagOf();
    expect(await etagOf()).toBe(before);
    await world.graphql(
      'mutation { updateContact(input: { id: "contact_003", name: "New" }) { contact { id } } }',
    );
    expect(await etagOf()).not.toBe(before);
  });

  it('reports errors of a request with If-None-Match: *', async () => {
    const headers = { 'if-none-match': '*' };
    const response = await world.rest('POST', `${items}/search`, {
      body: { cursor: 'garbage' },
      headers,
    });
    expect([response.status, response.body.error?.code]).toEqual([400, 'INVALID_CURSOR']);
  });

  it('differs between callers and between requests', async () => {
    const { key } = await createKey(world);
    const etags = [
      await world.rest('GET', items),
      await world.rest('GET', `${items}?limit=3`),
      await world.rest('GET', items, { headers: { authorization: `Bearer ${key}` } }),
    ].map(({ headers }) => headers.get('etag'));
    expect(new Set(etags).size).toBe(3);
  });
});
