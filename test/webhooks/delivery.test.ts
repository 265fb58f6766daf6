import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { contactLogAfter, createContact } from '../support/contacts.ts';
import { expectRestError } from '../support/expectations.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { type AppClient, encryptionKey, useWorld } from '../support/world.ts';

const world = useWorld();
const webhooks = {
  encryptionKey,
  allowsPrivate: true,
  pollInterval: 20,
};

interface Webhook {
  id: string;
  secret: string;
}

/** An app that delivers, until the end of the test. */
function deliver(): AppClient {
  const client = world.withOptions({ webhooks });
  client.app.deliverWebhooks();
  onTestFinished(() => client.app.close());
  return client;
}

/** Creates a webhook for a receiver, which is deleted with the test. */
async function createWebhook(
  { rest }: AppClient,
  receiver: Receiver,
  fields: object = {},
): Promise<Webhook> {
  const { status, body } = await rest<Webhook>('POST', '/webhooks', {
    body: { url: receiver.url, ...fields },
  });
  expect(status).toBe(201);
  receiver.secret = body.data.secret;
  onTestFinished(async () => void (await rest('DELETE', `/webhooks/${body.data.id}`)));
  return body.data;
}

const rename = ({ items }: TestBoard, name: string, title: string) =>
  mutateOk(world, 'updateItem', { id: items[name], title }, 'item { id }');

const restRows = async ({ id }: TestBoard): Promise<unknown[]> =>
  (await world.rest<unknown[]>('GET', `/boards/${id}/changes?limit=500`)).body.data;

const idsOf = ({ received }: Receiver) =>
  received.filter(({ type }) => type === 'board.changed').map(({ id }) => id);

it('pings a new webhook', async () => {
  const client = world.withOptions({ webhooks });
  const receiver = await startReceiver();
  const { id } = await createWebhook(client, receiver);
  await vi.waitUntil(() => receiver.received.length > 0);
  expect(receiver.received[0]).toMatchObject({ type: 'webhook.ping', data: { webhook_id: id } });
  await vi.waitUntil(async () => {
    const { body } = await client.rest<unknown[]>('GET', `/webhooks/${id}/attempts`);
    return body.data.length > 0;
  });
});

it('delivers the rows of the change log, signed and in order', async () => {
  const client = deliver();
  const board = await createBoard(world, { A: ['a', 'b'] });
  const seen = (await restRows(board)).length;
  const receiver = await startReceiver();
  await createWebhook(client, receiver, { board_ids: [board.id] });
  await rename(board, 'a', 'a1');
  await rename(board, 'b', 'b1');
  await rename(board, 'a', 'a2');
  const changes = await receiver.accepted(({ length }) => length >= 3);
  expect(changes).toEqual((await restRows(board)).slice(seen));
});

it('delivers the changes of boards that are created later, from the first one on', async () => {
  const client = deliver();
  const receiver = await startReceiver();
  await createWebhook(client, receiver);
  const board = await createBoard(world, { A: ['a'] });
  await rename(board, 'a', 'a1');
  const expected = await restRows(board);
  const ofBoard = () =>
    receiver.received
      .filter(({ data }) => data.board_id === board.id)
      .flatMap(({ data }) => data.changes);
  await receiver.accepted(() => ofBoard().length >= expected.length);
  expect(ofBoard()).toEqual(expected);
});

it('delivers only the events that are asked for, and changes of items that a filter matches', async () => {
  const client = deliver();
  const board = await createBoard(world, { A: ['a', 'b'] });
  const [updates, matches] = [await startReceiver(), await startReceiver()];
  await createWebhook(client, updates, { board_ids: [board.id], events: ['item_updated'] });
  const filter = { title: { startsWith: 'hot' } };
  await createWebhook(client, matches, { board_ids: [board.id], events: ['item_updated'], filter });
  await mutateOk(world, 'createItem', { boardId: board.id, title: 'hot c' }, 'item { id }');
  await rename(board, 'a', 'hot a');
  await rename(board, 'b', 'cold b');
  await rename(board, 'a', 'cold a');
  const all = await updates.accepted(({ length }) => length >= 3);
  expect(all.map(({ action }) => action)).toEqual(['updated', 'updated', 'updated']);
  const matching = await matches.accepted(({ length }) => length >= 2);
  expect(matching.map(({ transition }) => transition)).toEqual(['entered', 'left']);
});

it('keeps bare dates of a filter, each of which is a whole day', async () => {
  const client = deliver();
  const board = await createBoard(world, { A: [] });
  const receiver = await startReceiver();
  const today = new Date().toISOString().slice(0, 10);
  const filter = { createdAt: { gte: '2025-04-15T10:00:00.500Z', lte: today } };
  const webhook = await createWebhook(client, receiver, { board_ids: [board.id], filter });
  expect(webhook).toMatchObject({ filter });
  await mutateOk(world, 'createItem', { boardId: board.id, title: 'new' }, 'item { id }');
  // Delivered in any case, after what the filter matches.
  await mutateOk(world, 'createColumn', { boardId: board.id, name: 'B' }, 'column { id }');
  const changes = await receiver.accepted(({ length }) => length > 0);
  expect(changes[0]).toMatchObject({ subject: 'item', transition: 'entered' });
});

it('delivers a new board whose server has a clock that is late', async () => {
  const client = deliver();
  const receiver = await startReceiver();
  const { id } = await createWebhook(client, receiver);
  await world.db.webhook.updateMany({
    where: { id },
    data: { createdAt: new Date(Date.now() + 60_000) },
  });
  const board = await createBoard(world, { A: ['a'] });
  await receiver.accepted((changes) => changes.some((change) => change.id === board.id));
});

it('names the key where another one encrypted the secret, and sends again once that is rotated', async () => {
  const receiver = await startReceiver();
  const { id } = await createWebhook(world.withOptions({ webhooks }), receiver);
  await vi.waitUntil(() => receiver.received.length > 0);
  const other = world.withOptions({ webhooks: { ...webhooks, encryptionKey: 'x'.repeat(32) } });
  const ping = () => other.rest<{ status: number }>('POST', `/webhooks/${id}/ping`);
  const message = `The secret of webhook '${id}' was encrypted with another ENCRYPTION_KEY`;
  const refused = await ping();
  expectRestError(refused, 503, 'SERVICE_UNAVAILABLE');
  expect(refused.body.error?.message).toContain(message);
  const { errors } = await other.graphql('mutation ($id: ID!) { pingWebhook(id: $id) { id } }', {
    id,
  });
  expect(errors?.[0]?.message).toContain(message);
  const { body } = await other.rest<Webhook>('POST', `/webhooks/${id}/rotate-secret`);
  receiver.secret = body.data.secret;
  expect((await ping()).body.data.status).toBe(204);
});

describe('an endpoint that fails', () => {
  it('gets the same message again, while other boards go on', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const client = deliver();
    const [board, other] = [
      await createBoard(world, { A: ['a'] }),
      await createBoard(world, { A: ['b'] }),
    ];
    const receiver = await startReceiver();
    let failures = 2;
    receiver.respond = ({ data }) => {
      if (data.board_id !== board.id || failures === 0) return 204;
      failures -= 1;
      return 500;
    };
    await createWebhook(client, receiver, { board_ids: [board.id, other.id] });
    await rename(board, 'a', 'a1');
    const position = () => world.db.webhookPosition.findFirst({ where: { boardId: board.id } });
    await vi.waitUntil(async () => (await position())?.attempts === 1);
    await rename(board, 'a', 'a2');
    await rename(other, 'b', 'b1');
    await receiver.accepted(({ length }) => length === 1);
    vi.setSystemTime(Date.now() + 10_000);
    await vi.waitUntil(async () => (await position())?.attempts === 2);
    vi.setSystemTime(Date.now() + 10 * 60_000);
    await receiver.accepted(({ length }) => length === 3);
    const messages = receiver.received.filter(({ data }) => data.board_id === board.id);
    expect(messages.map(({ status }) => status)).toEqual([500, 500, 204, 204]);
    const [first, second, third, last] = messages;
    expect([second?.id, third?.id]).toEqual([first?.id, first?.id]);
    expect(third?.data).toEqual(first?.data);
    expect(last?.id).not.toBe(first?.id);
  });

  it('is disabled when it is gone, and gets what it has missed when it is enabled', async () => {
    const client = deliver();
    const board = await createBoard(world, { A: ['a'] });
    const receiver = await startReceiver();
    receiver.respond = ({ type }) => (type === 'webhook.ping' ? 204 : 410);
    const { id } = await createWebhook(client, receiver, { board_ids: [board.id] });
    await rename(board, 'a', 'a1');
    const state = async () =>
      (await client.rest<{ is_enabled: boolean }>('GET', `/webhooks/${id}`)).body.data;
    await vi.waitUntil(async () => !(await state()).is_enabled);
    expect(await state()).toMatchObject({
      disabled_reason: 'The endpoint responded that it is gone (status 410).',
    });
    await rename(board, 'a', 'a2');
    receiver.respond = () => 204;
    await client.rest('POST', `/webhooks/${id}/enable`, { body: {} });
    const changes = await receiver.accepted(({ length }) => length === 2);
    expect(changes.map(({ action }) => action)).toEqual(['updated', 'updated']);
    expect(await state()).toMatchObject({ is_enabled: true, failing_since: null });
  });

  it('misses nothing in a week in which it fails at random, and ids are stable over retries', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const client = deliver();
    const board = await createBoard(world, { A: ['a'] });
    const seen = (await restRows(board)).length;
    const receiver = await startReceiver();
    const failures = [500, 503, 429, 404, 301];
    receiver.respond = () =>
      random() < 0.5 ? (failures[Math.floor(random() * failures.length)] ?? 500) : 204;
    await createWebhook(client, receiver, { board_ids: [board.id] });
    for (let hours = 0; hours < 7 * 24; hours += 4) {
      if (hours < 5 * 24) await rename(board, 'a', `a${hours}`);
      const before = receiver.received.length;
      vi.setSystemTime(Date.now() + 4 * 3_600_000);
      await vi.waitUntil(() => receiver.received.length > before, { timeout: 200 }).catch(() => {});
    }
    const expected = (await restRows(board)).slice(seen);
    receiver.respond = () => 204;
    vi.setSystemTime(Date.now() + 12 * 3_600_000);
    const revisions = new Set<number>();
    await receiver.accepted((changes) => {
      for (const { revision } of changes) revisions.add(revision);
      return revisions.size >= expected.length;
    });
    const accepted = receiver.received.filter(({ status }) => status === 204);
    // The clock may pass the end of a lease while a message is under way: then it comes twice, with its id.
    const messages = new Map(accepted.map((message) => [message.id, message]));
    const changes = [...messages.values()].flatMap(({ data }) => data.changes ?? []);
    expect(changes).toEqual(expected);
    const bodies = new Map<string, unknown>();
    for (const { id, type, data } of receiver.received) {
      if (type === 'board.changed') expect(bodies.get(id) ?? data).toEqual(data);
      bodies.set(id, data);
    }
    expect(idsOf(receiver).length).toBeGreaterThan(bodies.size);
  });
});

it('is delivered once by two servers that run beside each other', async () => {
  const client = deliver();
  deliver();
  const board = await createBoard(world, { A: ['a'] });
  const seen = (await restRows(board)).length;
  const receiver = await startReceiver();
  await createWebhook(client, receiver, { board_ids: [board.id] });
  for (let n = 0; n < 20; n += 1) await rename(board, 'a', `a${n}`);
  await receiver.accepted(({ length }) => length >= 20);
  const changes = receiver.received.flatMap(({ data }) => data.changes ?? []);
  expect(changes).toEqual((await restRows(board)).slice(seen));
});

it('signs with the old secret too after a rotation', async () => {
  const client = deliver();
  const board = await createBoard(world, { A: ['a'] });
  const receiver = await startReceiver();
  const { id, secret } = await createWebhook(client, receiver, { board_ids: [board.id] });
  const { body } = await client.rest<Webhook>('POST', `/webhooks/${id}/rotate-secret`, {
    body: {},
  });
  expect(body.data.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(body.data.secret).not.toBe(secret);
  await rename(board, 'a', 'a1');
  await receiver.accepted(({ length }) => length === 1);
  receiver.secret = body.data.secret;
  await rename(board, 'a', 'a2');
  await receiver.accepted(({ length }) => length === 2);
});

it('sends changes again from a revision on', async () => {
  const client = deliver();
  const board = await createBoard(world, { A: ['a'] });
  const receiver = await startReceiver();
  const { id } = await createWebhook(client, receiver, { board_ids: [board.id] });
  await client.rest('POST', `/webhooks/${id}/resend`, {
    body: { board_id: board.id, from_revision: 0 },
  });
  const expected = await restRows(board);
  const changes = await receiver.accepted(({ length }) => length >= expected.length);
  expect(changes).toEqual(expected);
});

it('leaves the fields of large changes out', async () => {
  const client = deliver();
  const board = await createBoard(world, { A: ['a'] });
  const receiver = await startReceiver();
  await createWebhook(client, receiver, { board_ids: [board.id] });
  const values = { text: 'x'.repeat(30_000) };
  await mutateOk(world, 'updateItem', { id: board.items.a, values }, 'item { id }');
  const [change] = await receiver.accepted(({ length }) => length === 1);
  expect(change).toMatchObject({ id: board.items.a, truncated: true });
  expect(change).not.toHaveProperty('fields');
});

it('delivers changes of contacts, where they are asked for or everything is', async () => {
  const client = deliver();
  const board = await createBoard(world, { A: ['a'] });
  const [all, asked, others] = [
    await startReceiver(),
    await startReceiver(),
    await startReceiver(),
  ];
  await createWebhook(client, all);
  const events = ['contact_updated', 'item_updated'];
  const { id } = await createWebhook(client, asked, { board_ids: [board.id], events });
  await createWebhook(client, others, { board_ids: [board.id] });
  const start = (await contactLogAfter(world, null)).cursor;
  const contact = await createContact(world);
  await mutateOk(world, 'updateContact', { id: contact, name: 'Ann' }, 'contact { id }');
  const { rows, cursor } = await contactLogAfter(world, start);
  expect(await all.accepted(({ length }) => length >= 2)).toEqual(rows);
  const [change] = await asked.accepted(({ length }) => length >= 1);
  expect(change).toEqual(rows[1]);
  const [{ type, data } = { type: '', data: undefined }] = asked.received.slice(-1);
  expect(type).toBe('contacts.changed');
  expect(data).toEqual({ changes: [rows[1]], next_cursor: cursor });
  await rename(board, 'a', 'a1');
  expect(await others.accepted(({ length }) => length >= 1)).toMatchObject([{ subject: 'item' }]);
  await asked.accepted(({ length }) => length >= 2);
  const body = { from_revision: rows[1]?.revision };
  await client.rest('POST', `/webhooks/${id}/resend`, { body });
  expect((await asked.accepted(({ length }) => length >= 3))[2]).toEqual(rows[1]);
});

it('follows contacts from when their events are asked for', async () => {
  const client = deliver();
  const receiver = await startReceiver();
  const board = await createBoard(world, { A: ['a'] });
  const { id } = await createWebhook(client, receiver, { board_ids: [board.id] });
  const refused = await client.rest('POST', `/webhooks/${id}/resend`, {
    body: { from_revision: 1 },
  });
  expect(refused.body.error?.message).toContain('does not follow the contacts');
  await createContact(world, { name: 'before' });
  await client.rest('PUT', `/webhooks/${id}`, { body: { events: ['contact_created'] } });
  const contact = await createContact(world, { name: 'after' });
  const changes = await receiver.accepted(({ length }) => length >= 1);
  expect(changes.map((change) => change.id)).toEqual([contact]);
  await client.rest('PUT', `/webhooks/${id}`, { body: { events: ['item_created'] } });
  expect(await world.db.webhookPosition.count({ where: { webhookId: id, boardId: '' } })).toBe(0);
});

it('delivers the deletion of a board as its last change, and forgets the board', async () => {
  const client = deliver();
  const [all, asked] = [await startReceiver(), await startReceiver()];
  const board = await createBoard(world, { A: ['a'] });
  await createWebhook(client, all, { board_ids: [board.id] });
  await createWebhook(client, asked, { board_ids: [board.id], events: ['item_deleted'] });
  await rename(board, 'a', 'a1');
  await all.accepted(({ length }) => length >= 1);
  await mutateOk(world, 'deleteBoard', { id: board.id, deleteItems: true }, 'deletedIds');
  const changes = await all.accepted(({ length }) => length >= 2);
  expect(changes[1]).toMatchObject({ subject: 'board', action: 'deleted', id: board.id });
  expect(all.received.at(-1)).toMatchObject({
    type: 'board.changed',
    data: { board_id: board.id },
  });
  await vi.waitUntil(
    async () => (await world.db.webhookPosition.count({ where: { boardId: board.id } })) === 0,
  );
  expect(asked.received.filter(({ type }) => type !== 'webhook.ping')).toEqual([]);
});

it('sends at most 100 changes in a message', async () => {
  const board = await createBoard(world, { A: [] });
  const receiver = await startReceiver();
  await createWebhook(world.withOptions({ webhooks }), receiver, { board_ids: [board.id] });
  const items = Array.from({ length: 150 }, (_, n) => ({ title: `item ${n}` }));
  await mutateOk(world, 'createItems', { boardId: board.id, items }, 'createdCount');
  deliver();
  await receiver.accepted(({ length }) => length >= 150);
  const sizes = receiver.received.flatMap(({ type, data }) =>
    type === 'board.changed' ? [data.changes.length] : [],
  );
  expect(sizes).toEqual([100, 50]);
});

it('says that changes were pruned before they were delivered, and goes on after them', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const receiver = await startReceiver();
  await createWebhook(world.withOptions({ webhooks }), receiver, { board_ids: [board.id] });
  for (const title of ['a1', 'a2', 'a3']) await rename(board, 'a', title);
  await world.db.$executeRaw`DELETE FROM board_change l USING board b
    WHERE b.workspace_id = l.workspace_id AND b.id = l.board_id AND b.id = ${board.id}
      AND l.revision < b.revision`;
  deliver();
  await vi.waitUntil(() => receiver.received.some(({ type }) => type === 'board.expired'));
  await rename(board, 'a', 'a4');
  const changes = await receiver.accepted(({ length }) => length > 0);
  expect(changes).toEqual((await restRows(board)).slice(-1));
});
