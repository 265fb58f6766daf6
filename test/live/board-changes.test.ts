import { expect, it } from 'vitest';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { useServer } from '../support/servers.ts';
import {
  openStream,
  type StreamedChange,
  type StreamedPage,
  subscribe,
  subscribeTo,
} from '../support/streams.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

const rename = ({ items }: TestBoard, from: string, title: string) =>
  mutateOk(world, 'updateItem', { id: items[from], title }, 'item { id }');

const brief = (changes: readonly StreamedChange[]) =>
  changes.map(({ action, transition, item }) =>
    [action, ...(transition ? [transition] : []), item?.title ?? '-'].join(' '),
  );

/** The revision that a connection of the board's items has. */
const revisionOf = async ({ id }: TestBoard): Promise<number> => {
  const { data } = await world.graphql<Record<'items' | 'board', { revision: number }>>(
    'query ($id: ID!) { items(boardId: $id, first: 1) { nodes { id } revision } board(id: $id) { revision } }',
    { id },
  );
  expect(data.items).toMatchObject(data.board);
  return data.items.revision;
};

it('sends each change once, from the revision that was read', async () => {
  const board = await createBoard(world, { A: ['a', 'b'] });
  const revision = await revisionOf(board);
  await rename(board, 'a', 'a1');
  const stream = await subscribe(server.url, { boardIds: [board.id], revisions: [revision] });
  expect(brief(await stream.take(1))).toEqual(['UPDATED a1']);
  await rename(board, 'b', 'b1');
  await mutateOk(world, 'deleteItems', { boardId: board.id, ids: [board.items.a] }, 'deletedCount');
  expect(brief(await stream.take(2))).toEqual(['UPDATED b1', 'DELETED -']);
});

it('begins now where no position is given', async () => {
  const board = await createBoard(world, { A: ['a'] });
  await rename(board, 'a', 'earlier');
  const stream = await subscribe(server.url, { boardIds: [board.id] });
  await rename(board, 'a', 'later');
  expect(brief(await stream.take(1))).toEqual(['UPDATED later']);
});

it('sends the cursor of its start, so that a stream can be resumed that has had no change', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const query = `subscription { boardChanges(boardIds: ["${board.id}"]) { cursor changes { revision } } }`;
  const started = await openStream(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const event = (await started.next())?.data as { data: { boardChanges: StreamedPage } };
  const { cursor, changes } = event.data.boardChanges;
  expect(changes).toEqual([]);
  started.close();
  await rename(board, 'a', 'a1');
  const resumed = await subscribe(server.url, { boardIds: [board.id], after: cursor });
  expect(await resumed.take(1)).toMatchObject([{ item: { title: 'a1' } }]);
});

it('asks proxies not to hold events back, by GET and POST', async () => {
  const { id } = await createBoard(world, { A: [] });
  const query = `subscription { boardChanges(boardIds: ["${id}"]) { cursor } }`;
  const url = `${server.url}/graphql`;
  const headers = { 'content-type': 'application/json' };
  for (const stream of [
    await openStream(`${url}?query=${encodeURIComponent(query)}`),
    await openStream(url, { method: 'POST', headers, body: JSON.stringify({ query }) }),
  ])
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
});

it('sends large changes in small pages, each once', async () => {
  const board = await createBoard(world, { A: [] });
  const revision = await revisionOf(board);
  const titles = Array.from({ length: 45 }, (_, n) => `Large ${n}`);
  for (let n = 0; n < titles.length; n += 15) {
    const items = titles
      .slice(n, n + 15)
      .map((title) => ({ title, values: { text: 'x'.repeat(50_000) } }));
    await mutateOk(world, 'createItems', { boardId: board.id, items }, 'createdCount');
  }
  const stream = await subscribe(server.url, { boardIds: [board.id], revisions: [revision] });
  const changes: StreamedChange[] = [];
  while (changes.length < titles.length) {
    const page = await stream.next();
    expect(page?.changes.length).toBeLessThanOrEqual(10);
    changes.push(...(page?.changes ?? []));
  }
  expect(changes.map(({ item }) => item?.title)).toEqual(titles);
});

it('ends where an event selects more than a tenth of what a request may', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const query = `subscription { boardChanges(boardIds: ["${board.id}"], revisions: [${await revisionOf(board)}]) {
    changes { item { board { ${Array.from({ length: 7 }, (_, n) => `a${n}: items(first: 500) { nodes { id } }`).join(' ')} } } } } }`;
  await rename(board, 'a', 'a1');
  const stream = await subscribeTo(server.url, { query });
  await expect(stream.next()).rejects.toMatchObject({ code: 'QUERY_TOO_LARGE' });
});

it('resumes several boards from one cursor', async () => {
  const boards = [
    await createBoard(world, { A: ['a'] }),
    await createBoard(world, { A: ['b'] }),
  ] as const;
  const boardIds = boards.map(({ id }) => id);
  const stream = await subscribe(server.url, { boardIds });
  await rename(boards[0], 'a', 'a1');
  const page = await stream.next();
  expect(page?.boardId).toBe(boards[0].id);
  stream.close();
  await rename(boards[1], 'b', 'b1');
  await rename(boards[0], 'a', 'a2');
  const resumed = await subscribe(server.url, {
    boardIds: boardIds.reverse(),
    after: page?.cursor,
  });
  expect(brief(await resumed.take(2)).sort()).toEqual(['UPDATED a2', 'UPDATED b1']);
});

it('sends only what enters, changes in and leaves a filter', async () => {
  const board = await createBoard(world, { A: ['red 1', 'blue 1', 'blue 2'] });
  const filter = { title: { contains: 'red' } };
  const stream = await subscribe(server.url, { boardIds: [board.id], filter });
  await rename(board, 'blue 1', 'blue 3');
  await rename(board, 'blue 2', 'red 2');
  await rename(board, 'blue 2', 'red 3');
  await rename(board, 'red 1', 'blue 4');
  await mutateOk(
    world,
    'deleteItems',
    { boardId: board.id, ids: [board.items['blue 2'], board.items['blue 1']] },
    'deletedCount',
  );
  const changes = await stream.take(4);
  expect(changes.map(({ action, transition }) => `${action} ${transition}`)).toEqual([
    'UPDATED ENTERED',
    'UPDATED UPDATED',
    'UPDATED LEFT',
    'DELETED LEFT',
  ]);
});

it('takes a key that may only read', async () => {
  const { key } = await createKey(world, { isReadOnly: true });
  const board = await createBoard(world, { A: ['a'] });
  const stream = await subscribe(server.url, { boardIds: [board.id] }, key);
  await rename(board, 'a', 'a1');
  expect(brief(await stream.take(1))).toEqual(['UPDATED a1']);
});

it.each<[string, object, string]>([
  ['a NUL character', { boardIds: ['board\0sales'] }, 'boardIds'],
  [
    'half a character',
    { boardIds: ['board_sales'], filter: { title: { eq: '\ud83d' } } },
    'filter',
  ],
  ['no boards', { boardIds: [] }, 'boardIds must be 1 to 50, not 0'],
  [
    'a board twice',
    { boardIds: ['board_sales', 'board_sales'] },
    'boardIds must not have a board twice',
  ],
  ['an empty id', { boardIds: [''] }, "Board '' not found"],
  ['an unknown board', { boardIds: ['board_none'] }, "Board 'board_none' not found"],
  [
    'a changed cursor',
    { boardIds: ['board_sales'], after: 'x.y' },
    'This cursor belongs to other changes, or to a list, or it is not complete. Send the next_cursor',
  ],
  [
    'a revision too many',
    { boardIds: ['board_sales'], revisions: [1, 2] },
    'revisions must be one for each of the 1 boards, not 2',
  ],
  [
    'a revision to come',
    { boardIds: ['board_sales'], revisions: [1e9] },
    'revisions must not be newer than the boards',
  ],
  [
    'half a revision',
    { boardIds: ['board_sales'], revisions: [0.5] },
    'revisions must be revisions of boards, not 0.5',
  ],
  [
    'a filter by column name',
    { boardIds: ['board_sales'], filter: { not: { columnName: { eq: 'x' } } } },
    'columnName cannot be followed',
  ],
  [
    'a filter by update',
    { boardIds: ['board_sales'], filter: { or: [{ updatedAt: { gt: '2025-01-01' } }] } },
    'updatedAt cannot be followed',
  ],
])('refuses %s', async (_, variables, message) => {
  const [{ id } = { id: '' }] = await world.db.board.findMany({ take: 1 });
  const text = JSON.stringify(variables).replaceAll('board_sales', id);
  const stream = await subscribe(server.url, JSON.parse(text));
  await expect(stream.next()).rejects.toThrow(message);
});
