import { expect, it } from 'vitest';
import { expectRestError } from '../support/expectations.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const items = '/boards/board_abc123/items';

type Rows = { id: string; title: string }[];
const idsOf = (rows: Rows) => rows.map(({ id }) => id);

it.each([
  ['created_at', undefined],
  ['created_at', 'asc'],
  ['updated_at', 'desc'],
  ['title', 'asc'],
  ['title', undefined],
  ['position', 'asc'],
  ['position', 'desc'],
  ['values.deal_value', 'asc'],
  ['values.deal_value', undefined],
  ['values.none', 'desc'],
])('sorts the list by %s %s as the search does', async (sort_by, sort_order) => {
  const sort = { sort_by, ...(sort_order && { sort_order }) };
  const list = await world.rest<Rows>('GET', `${items}?${new URLSearchParams(sort)}`);
  // In either order of the parameters.
  const reversed = new URLSearchParams(Object.entries(sort).reverse());
  const again = await world.rest<Rows>('GET', `${items}?${reversed}`);
  const search = await world.rest<Rows>('POST', `${items}/search`, { body: sort });
  expect(idsOf(list.body.data)).toEqual(idsOf(search.body.data));
  expect(idsOf(again.body.data)).toEqual(idsOf(search.body.data));
});

it('keeps the order of the board without sort_by, and reverses it by sort_order', async () => {
  const all = async (query: string) =>
    idsOf((await world.rest<Rows>('GET', `${items}?limit=500${query}`)).body.data);
  const plain = await all('');
  expect(await all('&sort_order=asc')).toEqual(plain);
  expect(await all('&sort_order=desc')).toEqual([...plain].reverse());
});

it.each([
  'title',
  'values.deal_value',
])('follows the cursor of a list sorted by %s', async (key) => {
  const page = async (query: string) => {
    const { body } = await world.rest<Rows>('GET', `${items}?sort_by=${key}&limit=50${query}`);
    return body as typeof body & { next_cursor: string | null };
  };
  const ids: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { data, next_cursor } = await page(`&cursor=${cursor}`);
    ids.push(...idsOf(data));
    cursor = next_cursor;
  }
  expect([ids.length, new Set(ids).size]).toEqual([127, 127]);
});

it.each([
  ['sort_by=name', 'sort_by'],
  ['sort_by=TITLE', 'sort_by'],
  ['sort_by=values.', 'sort_by'],
  ['sort_order=up', 'sort_order'],
  ['sort_order=ASC', 'sort_order'],
  ['sort_by=title&sort_by=title', 'sort_by'],
  ['limit=0', 'limit'],
  ['limit=501', 'limit'],
  ['limit=-1', 'limit'],
  ['search=%CC%81', 'search'],
])('refuses a list with %s', async (query, field) => {
  const reply = await world.rest('GET', `${items}?${query}`);
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').fields).toEqual([field]);
});

it('deletes one item and returns it as it was', async () => {
  const before = await world.rest('GET', `${items}/item_100`);
  const { status, body } = await world.rest('DELETE', `${items}/item_100`);
  expect([status, body]).toEqual([200, { success: true, data: expect.any(Object) }]);
  expect(before.body.data).toMatchObject(body.data);
  expect(body.data.id).toBe('item_100');
  expectRestError(await world.rest('DELETE', `${items}/item_100`), 404, 'ITEM_NOT_FOUND');
  expectRestError(await world.rest('GET', `${items}/item_100`), 404, 'ITEM_NOT_FOUND');
});

it('deletes one item only if it is the expected one', async () => {
  const path = `${items}/item_101`;
  const etag = (await world.rest('GET', path)).headers.get('etag') ?? '';
  const refused = (reply: { status: number }) => expect(reply.status).toBe(412);
  refused(await world.rest('DELETE', path, { body: { expected_version: 7 } }));
  await world.rest('PUT', path, { body: { title: 'changed' } });
  refused(await world.rest('DELETE', path, { headers: { 'if-match': etag } }));
  const dry = await world.rest('DELETE', path, { body: { validate_only: true } });
  expect(dry.status).toBe(200);
  const current = (await world.rest('GET', path)).headers.get('etag') ?? '';
  const deleted = await world.rest('DELETE', path, { headers: { 'if-match': current }, body: {} });
  expect(deleted.status).toBe(200);
});

it('does not delete an item of another board, or with a key that only reads', async () => {
  const other = await world.rest('DELETE', '/boards/board_def456/items/item_102');
  expectRestError(other, 404, 'ITEM_NOT_FOUND');
  const { key } = await createKey(world, { isReadOnly: true });
  const headers = { authorization: `Bearer ${key}` };
  const refused = await world.rest('DELETE', `${items}/item_102`, { headers });
  expectRestError(refused, 403, 'FORBIDDEN');
  expect((await world.rest('GET', `${items}/item_102`)).status).toBe(200);
});
