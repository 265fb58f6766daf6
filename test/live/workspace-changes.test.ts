import { expect, it } from 'vitest';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { createContact } from '../support/contacts.ts';
import { useServer } from '../support/servers.ts';
import { openStream, subscribeTo } from '../support/streams.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

/** A row of the feed, as REST returns it. */
interface Row {
  board_id: string | null;
  revision: number;
  subject: string;
  id: string;
  action: string;
}

interface Feed {
  data: Row[];
  next_cursor: string;
  has_more: boolean;
}

async function read(query: string): Promise<Feed> {
  const { status, body } = await world.rest('GET', `/changes?${query}`);
  expect(status).toBe(200);
  return body as unknown as Feed;
}

const endOfFeed = async (): Promise<string> => (await read('after=now')).next_cursor;

const rename = ({ items }: TestBoard, from: string, title: string) =>
  mutateOk(world, 'updateItem', { id: items[from], title }, 'item { id }');

const deleteBoard = ({ id }: Pick<TestBoard, 'id'>) =>
  mutateOk(world, 'deleteBoard', { id, deleteItems: true }, 'deletedIds');

const brief = (rows: readonly Row[]) =>
  rows.map(({ subject, action, id }) => [subject, action, id]);

interface Page {
  cursor: string;
  changes: { __typename: string; subjectId: string; boardId?: string; item?: { title: string } }[];
}

const query = `subscription ($after: String) { changes(after: $after) { cursor changes {
  __typename subjectId ... on BoardChange { boardId item { title } } ... on ContactChange { contact { name } } } } }`;

it('has the changes of all boards and contacts', async () => {
  const start = await endOfFeed();
  const board = await createBoard(world, { A: ['a'] });
  const contact = await createContact(world);
  await rename(board, 'a', 'a1');
  const { data, next_cursor: cursor } = await read(`after=${start}`);
  const { body } = await world.rest<Row[]>('GET', `/boards/${board.id}/changes`);
  const ofBoard = data.filter(({ subject }) => subject !== 'contact');
  expect(ofBoard).toEqual(body.data.map((row) => ({ ...row, board_id: board.id })));
  const log = await world.rest<Row[]>('GET', `/contacts/changes?limit=500`);
  const ofContacts = log.body.data
    .slice(-1)
    .map((row) => ({ ...row, board_id: null, version: null }));
  expect(data.filter(({ subject }) => subject === 'contact')).toEqual(ofContacts);
  expect(await read(`after=${cursor}`)).toMatchObject({
    data: [],
    next_cursor: cursor,
    has_more: false,
  });
  const { data: graph } = await world.graphql<{ changes: { nodes: object[]; pageInfo: object } }>(
    `query ($start: String) { changes(after: $start) {
      nodes { subjectId ... on BoardChange { item { title } } ... on ContactChange { contact { id } } }
      edges { cursor } pageInfo { endCursor hasNextPage } } }`,
    { start },
  );
  expect(graph.changes).toMatchObject({ pageInfo: { endCursor: cursor, hasNextPage: false } });
  expect(graph.changes.nodes).toContainEqual({ subjectId: contact, contact: { id: contact } });
  expect(graph.changes.nodes.at(-1)).toEqual({ subjectId: board.items.a, item: { title: 'a1' } });
});

it('has the same order in pages of any size, from any cursor', async () => {
  const start = await endOfFeed();
  for (const name of ['a', 'b', 'c']) {
    const board = await createBoard(world, { A: [name, 'x', 'y'] });
    await createContact(world, { name });
    await read('after=now');
    await rename(board, name, 'later');
  }
  const { data, next_cursor: end } = await read(`after=${start}&limit=500`);
  for (const limit of [1, 2, 7]) {
    const rows: Row[] = [];
    for (let after = start; ; ) {
      const page = await read(`after=${after}&limit=${limit}`);
      rows.push(...page.data);
      after = page.next_cursor;
      if (page.has_more) continue;
      expect(after).toBe(end);
      break;
    }
    expect(rows).toEqual(data);
  }
  const { data: graph } = await world.graphql<{ changes: { edges: { cursor: string }[] } }>(
    'query ($start: String) { changes(after: $start, first: 500) { edges { cursor } } }',
    { start },
  );
  for (const [n, { cursor }] of graph.changes.edges.entries())
    expect((await read(`after=${cursor}&limit=500`)).data).toEqual(data.slice(n + 1));
});

it('begins with the oldest changes', async () => {
  const { data } = await read('limit=500');
  expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(['contact_xyz']));
  expect(data.length).toBeGreaterThan(20);
});

it('misses no change of a transaction that commits late', async () => {
  const [slow, fast] = [
    await createBoard(world, { A: ['a'] }),
    await createBoard(world, { A: ['b'] }),
  ];
  const start = await endOfFeed();
  let seen: Feed | undefined;
  await world.db.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<{ entries: object }[]>`
      SELECT bump_revision('workspace_demo', ${slow.id}) AS entries`;
    await tx.$executeRaw`UPDATE board SET name = 'Slow' WHERE id = ${slow.id}`;
    await rename(fast, 'b', 'b1');
    seen = await read(`after=${start}`);
    await tx.$queryRaw`SELECT log_board('workspace_demo', ${slow.id}, NULL,
      ${JSON.stringify(row?.entries)}::jsonb)::text`;
  });
  expect(brief(seen?.data ?? [])).toEqual([['item', 'updated', fast.items.b]]);
  expect(brief((await read(`after=${seen?.next_cursor}`)).data)).toEqual([
    ['board', 'updated', slow.id],
  ]);
});

it('has the deletion of a board, in place of the changes that were not read', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const start = await endOfFeed();
  await rename(board, 'a', 'a1');
  const mid = await read(`after=${start}`);
  await rename(board, 'a', 'a2');
  await endOfFeed();
  await deleteBoard(board);
  const { data } = await read(`after=${mid.next_cursor}`);
  expect(data).toMatchObject([
    {
      board_id: board.id,
      subject: 'board',
      action: 'deleted',
      id: board.id,
      by: { id: 'agent_123' },
    },
  ]);
  expect(data).toHaveProperty(
    '0.fields',
    expect.arrayContaining([{ field: 'name', before: 'Board', after: null }]),
  );
  expect(data[0]?.revision).toBe((mid.data[0]?.revision ?? 0) + 2);
  expect(brief((await read(`after=${start}`)).data)).toEqual(brief(data));
});

it('has the deletion of a board by a server of an earlier version', async () => {
  const board = await createBoard(world, { A: [] });
  const start = await endOfFeed();
  await world.db.board.deleteMany({ where: { id: board.id } });
  expect(brief((await read(`after=${start}`)).data)).toEqual([['board', 'deleted', board.id]]);
  expect((await read(`after=${await endOfFeed()}`)).data).toEqual([]);
});

it('streams through both interfaces, and resumes from a cursor of any', async () => {
  const { key } = await createKey(world, { isReadOnly: true });
  const board = await createBoard(world, { A: ['a'] });
  const start = await endOfFeed();
  const url = `${server.url}/api/crm/changes/stream`;
  const rest = await openStream(`${url}?after=${start}`);
  const graph = await subscribeTo<Page>(server.url, { query }, key);
  await rename(board, 'a', 'a1');
  const event = await rest.next();
  const page = await graph.next();
  expect(event).toMatchObject({ data: [{ subject: 'item', id: board.items.a }] });
  expect(page?.changes).toEqual([
    {
      __typename: 'BoardChange',
      subjectId: board.items.a,
      boardId: board.id,
      item: { title: 'a1' },
    },
  ]);
  const contact = await createContact(world, { name: 'Ann' });
  expect(await graph.take(1)).toEqual([
    { __typename: 'ContactChange', subjectId: contact, contact: { name: 'Ann' } },
  ]);
  const again = await openStream(`${url}?after=${start}`, {
    headers: { 'last-event-id': page?.cursor ?? '' },
  });
  expect(await again.next()).toMatchObject({ data: [{ subject: 'contact', id: contact }] });
  await deleteBoard(board);
  expect(await graph.take(1)).toMatchObject([{ subjectId: board.id, item: null }]);
});

it('streams large changes in small pages, each once', async () => {
  const start = await endOfFeed();
  const boards = [await createBoard(world, { A: [] }), await createBoard(world, { A: [] })];
  for (const { id: boardId } of boards) {
    const items = Array.from({ length: 17 }, (_, n) => ({
      title: `${n}`,
      values: { text: 'x'.repeat(50_000) },
    }));
    await mutateOk(world, 'createItems', { boardId, items }, 'createdCount');
  }
  const stream = await subscribeTo<Page>(server.url, { query, variables: { after: start } });
  const changes: Page['changes'] = [];
  const all = (await read(`after=${start}&limit=500`)).data;
  while (changes.length < all.length) {
    const page = await stream.next();
    expect(page?.changes.length).toBeLessThan(20);
    changes.push(...(page?.changes ?? []));
  }
  expect(changes.map(({ subjectId }) => subjectId)).toEqual(all.map(({ id }) => id));
});

it('streams a change that is larger than a page', async () => {
  const board = await createBoard(world, { A: ['a'] });
  // 92 characters that JSON does not escape: their pairs are short keys, and many.
  const characters = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n)).filter(
    (character) => !['"', '\\'].includes(character),
  );
  const keys = characters.flatMap((first) => characters.map((second) => first + second));
  const setAll = (value: number) => {
    const values = Object.fromEntries(keys.map((key) => [key, value]));
    return mutateOk(world, 'updateItem', { id: board.items.a, values }, 'item { id }');
  };
  await setAll(1);
  const start = await endOfFeed();
  const stream = await subscribeTo<Page>(server.url, { query, variables: { after: start } });
  await setAll(2);
  expect((await stream.next())?.changes.map(({ subjectId }) => subjectId)).toEqual([board.items.a]);
});

it('waits for a change where there is none', async () => {
  const start = await endOfFeed();
  const waiting = read(`after=${start}&wait=30`);
  const board = await createBoard(world, { A: [] });
  expect(brief((await waiting).data)).toContainEqual(['board', 'created', board.id]);
  const end = await endOfFeed();
  expect(await read(`after=${end}&wait=1`)).toMatchObject({ data: [], next_cursor: end });
});

it('has nothing of other workspaces', async () => {
  const { key } = await createKey(world, { inOtherWorkspace: true });
  const { data } = await world.graphql<{ changes: { nodes: object[] } }>(
    '{ changes { nodes { subjectId } pageInfo { endCursor } } }',
    {},
    key,
  );
  expect(data.changes.nodes).toEqual([]);
});

it('has a short cursor with 5,000 boards', async () => {
  const { workspaceId, key } = await createKey(world, { inOtherWorkspace: true });
  await world.db.$executeRaw`INSERT INTO board (workspace_id, id, name)
    SELECT ${workspaceId}, 'board_' || n, 'Board' FROM generate_series(1, 5000) n`;
  await world.db.$executeRaw`INSERT INTO board_change
    (workspace_id, board_id, revision, subject, subject_id, action, at, before, after)
    SELECT ${workspaceId}, 'board_' || n, 0, 'BOARD', 'board_' || n, 'CREATED', now(), '{}', '{}'
    FROM generate_series(1, 5000) n`;
  const document = `query ($after: String) {
    changes(first: 500, after: $after) { nodes { subjectId } pageInfo { endCursor hasNextPage } } }`;
  interface Reply {
    changes: {
      nodes: { subjectId: string }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  }
  const ids: string[] = [];
  let pageInfo: Reply['changes']['pageInfo'] | undefined;
  do {
    const variables = { after: pageInfo?.endCursor };
    const { changes } = (await world.graphql<Reply>(document, variables, key)).data;
    ids.push(...changes.nodes.map(({ subjectId }) => subjectId));
    pageInfo = changes.pageInfo;
    expect(pageInfo.endCursor.length).toBeLessThan(100);
  } while (pageInfo.hasNextPage);
  expect(new Set(ids).size).toBe(5000);
  expect(ids).toHaveLength(5000);
});

it.each(['x.y', 'board'])('refuses the cursor %s', async (after) => {
  const { id } = await createBoard(world, { A: ['a'] });
  const { body } = await world.rest('GET', `/boards/${id}/changes`);
  const ofBoard = (body as unknown as Feed).next_cursor;
  for (const path of ['/changes', '/changes/stream']) {
    const cursor = after === 'board' ? ofBoard : after;
    const reply = await world.rest('GET', `${path}?after=${cursor}`);
    expect([reply.status, reply.body.error?.code]).toEqual([400, 'INVALID_CURSOR']);
  }
});
