import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const url = 'https://10.0.0.1/';

interface Webhook {
  id: string;
  description: string;
  filter: unknown;
}

const create = async (fields: object) =>
  (await world.rest<Webhook>('POST', '/webhooks', { body: { url, ...fields } })).body.data;

const rowsOf = () => world.db.webhook.findMany({ orderBy: { id: 'asc' } });
const positionsOf = () => world.db.webhookPosition.findMany({ orderBy: { boardId: 'asc' } });

it.each([
  ['PUT', '', { description: 'changed', board_ids: ['board_abc123'] }],
  ['POST', '/enable', {}],
  ['POST', '/rotate-secret', {}],
  ['POST', '/resend', { board_id: 'board_abc123', from_revision: 0 }],
  ['DELETE', '', {}],
])('a dry run of %s %s saves nothing', async (method, action, body) => {
  const { id } = await create({});
  const before = [await rowsOf(), await positionsOf()];
  const { status } = await world.rest(method, `/webhooks/${id}${action}`, {
    body: { ...body, validate_only: true },
  });
  expect(status).toBe(200);
  expect([await rowsOf(), await positionsOf()]).toEqual(before);
});

it('keeps any text of a description', async () => {
  const description = `'"--/*\\;$1 {a,b} %_ 𝔘😀`;
  const { id } = await create({ description });
  const { body } = await world.rest<Webhook>('GET', `/webhooks/${id}`);
  expect(body.data.description).toBe(description);
});

it('removes a filter by null, and keeps it otherwise', async () => {
  const filter = { title: { contains: 'hot' } };
  const { id } = await create({ filter });
  const update = async (body: object) =>
    (await world.rest<Webhook>('PUT', `/webhooks/${id}`, { body })).body.data.filter;
  expect(await update({ description: 'x' })).toEqual(filter);
  expect(await update({ filter: null })).toBeNull();
});

it.each([
  ['ftp://example.com/', /https URL/],
  ['not a URL', /https URL/],
  ['http://example.com/', /https URL/],
  ['https://user:password@example.com/', /user name or password/],
])('refuses the URL %s', async (invalid, message) => {
  const { status, body } = await world.rest('POST', '/webhooks', { body: { url: invalid } });
  expect(status).toBe(400);
  expect(body.error?.message).toMatch(message);
});

it('refuses webhooks without a key for their secrets', async () => {
  const { rest } = world.withOptions({ webhooks: {} });
  const { status, body } = await rest('POST', '/webhooks', { body: { url } });
  expect(status).toBe(503);
  expect(body.error?.message).toMatch(/set ENCRYPTION_KEY/);
});
