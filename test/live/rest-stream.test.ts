import { expect, it } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { useServer } from '../support/servers.ts';
import { eventsOf, openStream, type Stream } from '../support/streams.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

const rename = ({ items }: TestBoard, from: string, title: string) =>
  mutateOk(world, 'updateItem', { id: items[from], title }, 'item { id }');

const open = ({ id }: TestBoard, query = '', headers = {}): Promise<Stream> =>
  openStream(`${server.url}/api/crm/boards/${id}/changes/stream${query}`, { headers });

/** The body of the log of a board. */
async function changesOf({ id }: TestBoard, query: string) {
  const { body } = await world.rest<object[]>('GET', `/boards/${id}/changes?${query}`);
  return body as typeof body & { next_cursor: string | null };
}

it('sends the rows of the log, with the cursor as id, and resumes by Last-Event-ID', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const before = await changesOf(board, 'limit=500');
  const stream = await open(board);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.headers.get('x-accel-buffering')).toBe('no');
  await rename(board, 'a', 'a1');
  const event = await stream.next();
  const log = await changesOf(board, `after=${before.next_cursor}`);
  expect(event).toEqual({ event: 'message', id: log.next_cursor, data: log.data });
  stream.close();
  await rename(board, 'a', 'a2');
  const resumed = await open(board, `?after=${before.next_cursor}`, {
    'last-event-id': event?.id,
  });
  expect(await resumed.next()).toMatchObject({
    data: [{ action: 'updated', fields: [{ field: 'title', before: 'a1', after: 'a2' }] }],
  });
});

it('takes an empty Last-Event-ID for none', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const { next_cursor } = await changesOf(board, 'limit=500');
  await rename(board, 'a', 'a1');
  const stream = await open(board, `?after=${next_cursor}`, { 'last-event-id': '' });
  expect(await stream.next()).toMatchObject({ data: [{ id: board.items.a }] });
});

it('sends the cursor of its start, so that a stream can be resumed that has had no change', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const started = await open(board);
  const id = await started.nextId();
  started.close();
  await rename(board, 'a', 'a1');
  const resumed = await open(board, '', { 'last-event-id': id });
  expect(await resumed.next()).toMatchObject({ data: [{ id: board.items.a }] });
});

it('sends the cursor of its start in its first part, so that whoever sees it open can resume it', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const { key } = await createKey(world);
  const stream = await fetch(`${server.url}/api/crm/boards/${board.id}/changes/stream`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader?.read();
  expect(first?.value).toMatch(/^retry: \d+\n\nid: \S+\n\n$/);
  await reader?.cancel();
});

it('begins at a revision, with a filter', async () => {
  const board = await createBoard(world, { A: ['a', 'b'] });
  const { body } = await world.rest<{ revision: number }[]>(
    'GET',
    `/boards/${board.id}/changes?limit=500`,
  );
  const revision = body.data.at(-1)?.revision;
  await rename(board, 'a', 'x');
  await rename(board, 'b', 'y');
  const filter = encodeURIComponent(JSON.stringify({ title: { eq: 'y' } }));
  const stream = await open(board, `?revision=${revision}&filter=${filter}`);
  expect(await stream.next()).toMatchObject({
    data: [{ id: board.items.b, transition: 'entered' }],
  });
});

it('takes a key in the URL that expires soon, as an EventSource has no headers; nothing else does', async () => {
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
  const { key } = await createKey(world, { isReadOnly: true, expiresAt: inHours(23) });
  const lasting = await createKey(world, { isReadOnly: true, expiresAt: inHours(25) });
  const board = await createBoard(world, { A: ['a'] });
  const path = `/api/crm/boards/${board.id}/changes`;
  const get = (target: string, headers = {}) => fetch(`${server.url}${target}`, { headers });
  const stream = eventsOf(await get(`${path}/stream?access_token=${key}`));
  await rename(board, 'a', 'a1');
  expect(await stream.next()).toMatchObject({ data: [{ id: board.items.a }] });
  await stream.close();
  const other = { authorization: 'Bearer another-key-of-16' };
  expect((await get(`${path}/stream?access_token=${key}`, other)).status).toBe(401);
  expect((await get(`${path}/stream?access_token=wrong`)).status).toBe(401);
  expect((await get(`${path}?access_token=${key}`)).status).toBe(401);
  const twice = await get(`${path}/stream?access_token=${key}&access_token=${key}`);
  expect([twice.status, (await twice.json()).error.code]).toEqual([400, 'VALIDATION_ERROR']);
  for (const long of [lasting.key, demoKey])
    expect((await get(`${path}/stream?access_token=${long}`)).status).toBe(403);
});

it('is sent to browsers of other origins too', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const stream = await open(board, '', { origin: 'https://example.com' });
  expect(stream.headers.get('access-control-allow-origin')).toBe('https://example.com');
  await rename(board, 'a', 'a1');
  expect(await stream.next()).toMatchObject({ data: [{ id: board.items.a }] });
});

it.each([
  ['/boards/board_none/changes/stream', 404, 'BOARD_NOT_FOUND'],
  ['/boards/board_abc123/changes/stream?after=x.y', 400, 'INVALID_CURSOR'],
  ['/boards/board_abc123/changes/stream?revision=-1', 400, 'VALIDATION_ERROR'],
  ['/boards/board_abc123/changes/stream?revision=1000000', 400, 'VALIDATION_ERROR'],
  ['/boards/board_abc123/changes/stream?filter=x', 400, 'VALIDATION_ERROR'],
  ['/boards/board_abc123/changes/stream?filter={"titel":1}', 400, 'VALIDATION_ERROR'],
  ...[
    { title: null },
    { or: [{ contactId: { eq: null } }] },
    { values: [{ key: 'x', gt: '$5' }] },
    { values: [{ key: 'x', gt: 5, lt: 4 }] },
    { values: [{ key: 'x', as: 'EMAIL', eq: 'none' }] },
    { title: { contains: '\u0301' } },
    { not: { updatedAt: { gt: '2025-01-01' } } },
  ].map((filter): [string, number, string] => [
    `/boards/board_abc123/changes/stream?filter=${encodeURIComponent(JSON.stringify(filter))}`,
    400,
    'VALIDATION_ERROR',
  ]),
  ['/boards/board_abc123/changes?wait=31', 400, 'VALIDATION_ERROR'],
])('refuses %s', async (path, status, code) => {
  const reply = await world.rest('GET', path);
  expect([reply.status, reply.body.error?.code]).toEqual([status, code]);
});

it('answers HEAD without a stream', async () => {
  const { id } = await createBoard(world, { A: ['a'] });
  const { status, text } = await fetch(`${server.url}/api/crm/boards/${id}/changes/stream`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${demoKey}` },
  }).then(async (response) => ({ status: response.status, text: await response.text() }));
  expect([status, text]).toEqual([200, '']);
});

it('waits for a change where there is none', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const before = await changesOf(board, 'limit=500');
  const waiting = changesOf(board, `after=${before.next_cursor}&wait=30`);
  await rename(board, 'a', 'a1');
  const changed = await waiting;
  expect(changed.data).toHaveLength(1);
  const empty = await changesOf(board, `after=${changed.next_cursor}&wait=1`);
  expect(empty).toMatchObject({ data: [], next_cursor: changed.next_cursor });
});
