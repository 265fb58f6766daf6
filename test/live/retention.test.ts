import { expect, it } from 'vitest';
import { deleteOutdated } from '../../src/live/retention.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { useServer } from '../support/servers.ts';
import { openStream, subscribe } from '../support/streams.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

/** A board whose first changes are ten days old, and the revision after them. */
async function boardWithOldChanges(): Promise<TestBoard & { revision: number }> {
  const board = await createBoard(world, { A: ['a', 'b'] });
  await rename(board, 'a', 'a1');
  await world.db.$executeRaw`UPDATE board_change SET at = at - interval '10 days'
    WHERE workspace_id = 'workspace_demo' AND board_id = ${board.id}`;
  const { revision } = await world.db.board.findFirstOrThrow({ where: { id: board.id } });
  await rename(board, 'a', 'a2');
  await rename(board, 'b', 'b1');
  return { ...board, revision: Number(revision) };
}

const rename = ({ items }: TestBoard, from: string, title: string) =>
  mutateOk(world, 'updateItem', { id: items[from], title }, 'item { id }');

const revisionsOf = async ({ id }: TestBoard): Promise<number[]> => {
  const rows = await world.db.boardChange.findMany({ where: { boardId: id } });
  return [...new Set(rows.map(({ revision }) => Number(revision)))].sort((a, b) => a - b);
};

const cursorAfter = async ({ id }: TestBoard, limit: number): Promise<string> => {
  const { body } = await world.rest('GET', `/boards/${id}/changes?limit=${limit}`);
  return (body as unknown as { next_cursor: string }).next_cursor;
};

it('deletes the changes that are older, and a cursor before them expires', async () => {
  const board = await boardWithOldChanges();
  const [expired, kept] = [await cursorAfter(board, 1), await cursorAfter(board, 500)];
  await deleteOutdated(world.db, 5);
  const { revision } = board;
  expect(await revisionsOf(board)).toEqual([revision + 1, revision + 2]);
  const path = `/boards/${board.id}/changes`;
  const refused = await world.rest('GET', `${path}?after=${expired}`);
  expect([refused.status, refused.body.error?.code]).toEqual([410, 'CURSOR_EXPIRED']);
  expect((await world.rest('GET', `${path}?after=${kept}`)).body.data).toEqual([]);
  const stream = await openStream(`${server.url}/api/crm${path}/stream?after=${expired}`);
  expect(stream.status).toBe(410);
  const subscription = await subscribe(server.url, { boardIds: [board.id], after: expired });
  await expect(subscription.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
});

it('keeps what comes after a revision that is known', async () => {
  const board = await boardWithOldChanges();
  await deleteOutdated(world.db, 5);
  const revisions = [board.revision];
  const stream = await subscribe(server.url, { boardIds: [board.id], revisions });
  expect(await stream.take(2)).toMatchObject([
    { item: { title: 'a2' } },
    { item: { title: 'b1' } },
  ]);
});

it('keeps the newest revision, however old', async () => {
  const board = await boardWithOldChanges();
  await world.db.$executeRaw`UPDATE board_change SET at = at - interval '10 days'
    WHERE workspace_id = 'workspace_demo' AND board_id = ${board.id}`;
  await deleteOutdated(world.db, 5);
  expect(await revisionsOf(board)).toEqual([board.revision + 2]);
});

it('keeps all logs by default', async () => {
  const board = await boardWithOldChanges();
  const before = await revisionsOf(board);
  await deleteOutdated(world.db, undefined);
  expect(await revisionsOf(board)).toEqual(before);
});

it('deletes idempotency records after 24 hours', async () => {
  const headers = (key: string) => ({ 'idempotency-key': key });
  const path = '/boards/board_abc123/items';
  const body = { title: 'once' };
  await world.rest('POST', path, { headers: headers('old'), body });
  await world.db
    .$executeRaw`UPDATE idempotency_record SET created_at = created_at - interval '25 hours'`;
  await world.rest('POST', path, { headers: headers('new'), body });
  await deleteOutdated(world.db, undefined);
  const records = await world.db.idempotencyRecord.findMany();
  expect(records.map(({ key }) => key)).toEqual(['new']);
});
