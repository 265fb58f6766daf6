import { expect, it } from 'vitest';
import { createBoard, mutateOk } from '../support/boards.ts';
import { contactLogAfter, createContact } from '../support/contacts.ts';
import { useServer } from '../support/servers.ts';
import { openStream, subscribeTo } from '../support/streams.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

interface Page {
  cursor: string;
  changes: { action: string; subjectId: string; contact: { name: string } | null }[];
}

const query = `subscription ($after: String) {
  contactChanges(after: $after) { cursor changes { action subjectId contact { name } } } }`;

const subscribe = (after?: string | null) =>
  subscribeTo<Page>(server.url, { query, variables: { after } });

const rename = (id: string, name: string) =>
  mutateOk(world, 'updateContact', { id, name }, 'contact { id }');

/** The cursor of the end of the log, by each of the interfaces. */
async function endOfLog(): Promise<string> {
  const { body } = await world.rest('GET', '/contacts/changes?after=now');
  const { data } = await world.graphql<{ contactChanges: { pageInfo: { endCursor: string } } }>(
    '{ contactChanges(after: "now") { pageInfo { endCursor } } }',
  );
  const { endCursor } = data.contactChanges.pageInfo;
  expect(body).toMatchObject({ data: [], has_more: false, next_cursor: endCursor });
  return endCursor;
}

it('sends each change once, and resumes from a cursor', async () => {
  const start = await endOfLog();
  const [id, other] = [await createContact(world), await createContact(world)];
  await rename(id, 'Ann');
  const stream = await subscribe(start);
  expect(await stream.take(3)).toEqual([
    { action: 'CREATED', subjectId: id, contact: { name: 'Ann' } },
    { action: 'CREATED', subjectId: other, contact: { name: 'x' } },
    { action: 'UPDATED', subjectId: id, contact: { name: 'Ann' } },
  ]);
  await rename(id, 'Bea');
  const page = await stream.next();
  expect(page?.changes).toMatchObject([{ contact: { name: 'Bea' } }]);
  stream.close();
  await mutateOk(world, 'mergeContacts', { into: other, ids: [id] }, 'contact { id }');
  const resumed = await subscribe(page?.cursor);
  expect(await resumed.take(2)).toMatchObject([
    { action: 'MERGED', subjectId: id, contact: { name: 'x' } },
    { action: 'UPDATED', subjectId: other },
  ]);
});

it('begins now, and hears of contacts that a write of items unlinks and deletes', async () => {
  const id = await createContact(world);
  const board = await createBoard(world, { A: ['a'] });
  await mutateOk(world, 'updateItem', { id: board.items.a, contactId: id }, 'item { id }');
  const stream = await subscribe();
  await mutateOk(world, 'deleteContacts', { ids: [id], unlinkItems: true }, 'deletedCount');
  expect(await stream.take(1)).toEqual([{ action: 'DELETED', subjectId: id, contact: null }]);
});

it('sends the rows of the log through REST, with the cursor as id, and resumes by Last-Event-ID', async () => {
  const start = await endOfLog();
  const open = (headers = {}) =>
    openStream(`${server.url}/api/crm/contacts/changes/stream?after=${start}`, { headers });
  const stream = await open();
  const id = await createContact(world);
  const event = await stream.next();
  const log = await contactLogAfter(world, start);
  expect(event).toEqual({ event: 'message', id: log.cursor, data: log.rows });
  stream.close();
  await rename(id, 'Cid');
  const resumed = await open({ 'last-event-id': event?.id });
  expect(await resumed.next()).toMatchObject({ data: [{ action: 'updated', id }] });
});

it('waits for a change where there is none', async () => {
  const start = await endOfLog();
  const waiting = world.rest('GET', `/contacts/changes?after=${start}&wait=30`);
  const id = await createContact(world);
  expect((await waiting).body.data).toMatchObject([{ action: 'created', id }]);
  const end = await endOfLog();
  const empty = await world.rest('GET', `/contacts/changes?after=${end}&wait=1`);
  expect(empty.body).toMatchObject({ data: [], next_cursor: end });
});

it.each([
  ['a changed cursor', 'x.y'],
  ['the cursor of a board', 'board'],
])('refuses %s', async (_, after) => {
  const { id } = await createBoard(world, { A: ['a'] });
  const { body } = await world.rest('GET', `/boards/${id}/changes`);
  const { next_cursor: ofBoard } = body as unknown as { next_cursor: string };
  const cursor = after === 'board' ? ofBoard : after;
  const reply = await world.rest('GET', `/contacts/changes/stream?after=${cursor}`);
  expect([reply.status, reply.body.error?.code]).toEqual([400, 'INVALID_CURSOR']);
  const stream = await subscribe(cursor);
  await expect(stream.next()).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
});
