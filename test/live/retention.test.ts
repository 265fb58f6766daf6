import { describe, expect, it } from 'vitest';
import { decodePositions, endOfRevision } from '../../src/domain/feed/position.ts';
import { readFeed } from '../../src/domain/feed/read.ts';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { deleteOutdated } from '../../src/live/retention.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { contactLogAfter, createContact } from '../support/contacts.ts';
import { useServer } from '../support/servers.ts';
import { openStream, subscribe, subscribeTo } from '../support/streams.ts';
import { useWorld } from '../support/world.ts';

const { sql } = Prisma;

const world = useWorld();
const server = useServer(world);

/** A board whose first changes are ten days old, and the revision after them. */
async function boardWithOldChanges(): Promise<TestBoard & { revision: number }> {
  const board = await createBoard(world, { A: ['a', 'b'] });
  await rename(board, 'a', 'a1');
  await world.db.$executeRaw`UPDATE board_change SET at = now() - interval '10 days'
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
  expect(await revisionsOf(board)).toEqual([revision, revision + 1, revision + 2]);
  const path = `/boards/${board.id}/changes`;
  const refused = await world.rest('GET', `${path}?after=${expired}`);
  expect([refused.status, refused.body.error?.code]).toEqual([410, 'CURSOR_EXPIRED']);
  expect((await world.rest('GET', `${path}?after=${kept}`)).body.data).toEqual([]);
  const stream = await openStream(`${server.url}/api/crm${path}/stream?after=${expired}`);
  expect(stream.status).toBe(410);
  const subscription = await subscribe(server.url, { boardIds: [board.id], after: expired });
  await expect(subscription.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
});

it('expires a cursor within a deleted revision, whose rest is lost, and keeps one at the end', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const operations = ['b', 'c', 'd'].map((title) => ({ create: { title } }));
  await mutateOk(world, 'writeItems', { boardId: board.id, operations }, 'createdCount');
  const all = await world.db.boardChange.count({ where: { boardId: board.id } });
  const [inside, end] = [await cursorAfter(board, all - 1), await cursorAfter(board, all)];
  const path = `/boards/${board.id}/changes`;
  const read = async (after: string) => {
    const { status } = await world.rest('GET', `${path}?after=${after}`);
    const stream = await openStream(`${server.url}/api/crm${path}/stream?after=${after}`);
    const scope = { workspaceId: 'workspace_demo', logId: board.id };
    const position = decodePositions([board.id], after).get(board.id) ?? endOfRevision(0);
    const feed = await readFeed(world.db, scope, position).then(
      ({ changes }) => changes.length,
      ({ code }) => code,
    );
    return [status, stream.status, feed];
  };
  await age(10);
  await rename(board, 'a', 'a1');
  await deleteOutdated(world.db, 5);
  // The newest of the old revisions is kept: nothing is lost.
  expect([await read(inside), await read(end)]).toEqual([
    [200, 200, 2],
    [200, 200, 1],
  ]);
  await age(10);
  await rename(board, 'a', 'a2');
  await deleteOutdated(world.db, 5);
  expect(await read(inside)).toEqual([410, 410, 'CURSOR_EXPIRED']);
  const { revision } = decodePositions([board.id], end).get(board.id) ?? endOfRevision(0);
  const scope = { workspaceId: 'workspace_demo', logId: board.id };
  const { changes } = await readFeed(world.db, scope, endOfRevision(revision));
  expect(changes).toHaveLength(2);
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
  await world.db.$executeRaw`UPDATE board_change SET at = now() - interval '10 days'
    WHERE workspace_id = 'workspace_demo' AND board_id = ${board.id}`;
  await deleteOutdated(world.db, 5);
  expect(await revisionsOf(board)).toEqual([board.revision + 2]);
});

/** Makes all changes older. */
async function age(days: number): Promise<void> {
  for (const table of [sql`board_change`, sql`contact_change`, sql`deleted_board`])
    await world.db
      .$executeRaw`UPDATE ${table} SET at = now() - make_interval(days => ${days}::integer)`;
}

/** The error of a log, and of its streams through both interfaces, after a cursor. */
async function refusals(path: string, field: string, after: string | null): Promise<unknown[]> {
  const log = await world.rest('GET', `${path}?after=${after}`);
  const stream = await openStream(`${server.url}/api/crm${path}/stream?after=${after}`);
  const query = `subscription ($after: String) { ${field}(after: $after) { changes { revision } } }`;
  const subscription = await subscribeTo(server.url, { query, variables: { after } });
  const error = await subscription.next().catch(({ code }) => code);
  return [log.status, log.body.error?.code, stream.status, error];
}

const expired = [410, 'CURSOR_EXPIRED', 410, 'CURSOR_EXPIRED'];

it('deletes changes of contacts that are older, and a cursor before them expires', async () => {
  const [first, second] = [await createContact(world), await createContact(world)];
  const log = await contactLogAfter(world, null);
  const [{ revision: oldest } = { revision: 0 }] = log.rows.slice(-1);
  await age(10);
  const third = await createContact(world);
  const early = await world.rest('GET', '/contacts/changes?limit=1');
  const { next_cursor: cursor } = early.body as unknown as { next_cursor: string };
  await deleteOutdated(world.db, 5);
  const kept = await world.db.contactChange.findMany();
  expect(kept.map(({ revision }) => Number(revision))).toEqual([oldest, oldest + 1]);
  expect(await refusals('/contacts/changes', 'contactChanges', cursor)).toEqual(expired);
  const { rows } = await contactLogAfter(world, log.cursor);
  expect(rows.map(({ id }) => id)).toEqual([third]);
  for (const id of [first, second]) {
    const history = await world.graphql<{ contactChanges: { nodes: object[] } }>(
      'query ($id: ID!) { contactChanges(contactId: $id) { nodes { revision } } }',
      { id },
    );
    expect(history.data.contactChanges.nodes).toEqual(id === first ? [] : [{ revision: oldest }]);
  }
});

describe('the feed of the workspace', () => {
  const read = async (query = '') => {
    const { body } = await world.rest<{ id: string; action: string }[]>('GET', `/changes?${query}`);
    return body as typeof body & { next_cursor: string; has_more: boolean };
  };
  /** The number of changes from the beginning, in small pages. */
  async function readAll(): Promise<number> {
    let count = 0;
    for (let page = await read('limit=3'); ; ) {
      count += page.data.length;
      if (!page.has_more) return count;
      page = await read(`limit=3&after=${page.next_cursor}`);
      expect(page.success).toBe(true);
    }
  }

  it('begins after what was pruned; cursors before it expire, and later ones go on', async () => {
    // The boards of the demo come into the feed before this one, whatever the order of their ids.
    await read('after=now');
    const board = await createBoard(world, { A: ['a', 'b'] });
    await createContact(world);
    const early = await read('limit=2');
    const last = await read('limit=500');
    expect(last.has_more).toBe(false);
    await age(10);
    await rename(board, 'a', 'a1');
    await deleteOutdated(world.db, 5);
    expect(await refusals('/changes', 'changes', early.next_cursor)).toEqual(expired);
    const { data } = await read(`after=${last.next_cursor}`);
    expect(data.map(({ id }) => id)).toEqual([board.items.a]);
    expect(await readAll()).toBe(1);
  });

  it('expires cursors where changes were pruned before anybody has read them', async () => {
    const board = await createBoard(world, { A: ['a', 'b'] });
    const { next_cursor: cursor } = await read('after=now');
    await rename(board, 'a', 'a0');
    await rename(board, 'a', 'a1');
    await age(10);
    await rename(board, 'a', 'a2');
    await deleteOutdated(world.db, 5);
    await createContact(world);
    expect(await refusals('/changes', 'changes', cursor)).toEqual(expired);
    const all = await readAll();
    expect(all).toBeGreaterThan(1);
    await rename(board, 'a', 'a3');
    expect(await readAll()).toBe(all + 1);
  });

  it('keeps the deletion of a board until it was read, and then for as long as other changes', async () => {
    const board = await createBoard(world, { A: [] });
    const { next_cursor: cursor } = await read('after=now');
    await mutateOk(world, 'deleteBoard', { id: board.id }, 'deletedIds');
    await age(10);
    await deleteOutdated(world.db, 5);
    const { data } = await read(`after=${cursor}`);
    expect(data.map(({ id, action }) => [id, action])).toEqual([[board.id, 'deleted']]);
    await deleteOutdated(world.db, 5);
    expect(await world.db.deletedBoard.count()).toBe(0);
    expect(await refusals('/changes', 'changes', cursor)).toEqual(expired);
    const { next_cursor: end } = await read('after=now');
    expect((await read(`after=${end}`)).data).toEqual([]);
  });
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
    .$executeRaw`UPDATE idempotency_record SET created_at = now() - interval '25 hours'`;
  await world.rest('POST', path, { headers: headers('new'), body });
  await deleteOutdated(world.db, undefined);
  const records = await world.db.idempotencyRecord.findMany();
  expect(records.map(({ key }) => key)).toEqual(['new']);
});
