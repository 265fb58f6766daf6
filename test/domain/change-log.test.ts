import { beforeEach, expect, it } from 'vitest';
import {
  changeLogOf,
  createBoard,
  type LogRow,
  mutate,
  mutateOk,
  readNumbers,
  summarize,
  type TestBoard,
} from '../support/boards.ts';
import { expectGraphQLError, expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c'], B: [] });
});

/** The lines that a run adds to the change log. */
async function linesOf(run: () => Promise<unknown>): Promise<string[]> {
  const { revision } = await readNumbers(world, board);
  await run();
  return summarize(await changeLogOf(world, board, revision), board);
}
const update = (input: object) => () =>
  mutateOk(world, 'updateItem', { id: board.items.a, ...input }, 'item { id }');
const timeless = (text: string) => text.replace(/"\d{4}-[^"]+Z"/g, '"…"');
const row = (row: LogRow | undefined) =>
  row && { ...JSON.parse(timeless(JSON.stringify(row))), id: '…' };

it('begins with the board, its columns and its items', async () => {
  const log = await changeLogOf(world, board);
  expect(log.map(({ revision, subject, action }) => `${revision} ${subject} ${action}`)).toEqual([
    '0 board created',
    '0 column created',
    '0 column created',
    '1 item created',
    '1 item created',
    '1 item created',
  ]);
  expect(row(log[1])).toMatchInlineSnapshot(`
    {
      "action": "created",
      "at": "…",
      "by": {
        "id": "agent_123",
        "name": "Sales Team",
      },
      "fields": [
        {
          "after": "#2F6FD6",
          "before": null,
          "field": "color",
        },
        {
          "after": "…",
          "before": null,
          "field": "created_at",
        },
        {
          "after": "A",
          "before": null,
          "field": "name",
        },
        {
          "after": 0,
          "before": null,
          "field": "position",
        },
      ],
      "id": "…",
      "revision": 0,
      "subject": "column",
      "version": null,
    }
  `);
  expect({
    ...row(log[3]),
    fields: log[3]?.fields.map(({ field }) => field),
  }).toMatchInlineSnapshot(`
    {
      "action": "created",
      "at": "…",
      "by": {
        "id": "agent_123",
        "name": "Sales Team",
      },
      "fields": [
        "column_id",
        "conversation_ids",
        "created_at",
        "created_by_id",
        "labels",
        "position",
        "title",
      ],
      "id": "…",
      "revision": 1,
      "subject": "item",
      "version": 1,
    }
  `);
});

it('logs each field before and after, and each value separately', async () => {
  await update({ values: { gone: 1, same: 'x', 'a.bC': [1] } })();
  const change = {
    title: 'A',
    labels: ['l'],
    contactId: 'contact_xyz',
    values: { gone: null, new: { deep: 1 }, same: 'x', 'a.bC': [2] },
  };
  expect(await linesOf(update(change))).toMatchInlineSnapshot(`
    [
      "+0 item a updated v3 contact_id null -> "contact_xyz", labels [] -> ["l"], title "a" -> "A", values.a.bC [1] -> [2], values.gone 1 -> null, values.new null -> {"deep":1}",
    ]
  `);
});

it('distinguishes a move from other changes', async () => {
  const { a, b, c } = board.items;
  expect(
    await linesOf(() => mutateOk(world, 'moveItem', { id: a, columnName: 'B' }, 'item { id }')),
  ).toMatchInlineSnapshot(`
    [
      "+0 item a moved v2 column_id "A" -> "B"",
    ]
  `);
  expect(
    await linesOf(() => mutateOk(world, 'moveItem', { id: c, before: b }, 'item { id }')),
  ).toMatchInlineSnapshot(`
    [
      "+0 item c moved v2 position 2 -> -1",
    ]
  `);
  expect(await linesOf(update({ columnName: 'A', title: 'A' }))).toMatchInlineSnapshot(`
    [
      "+0 item a updated v3 column_id "B" -> "A", position 0 -> 2, title "a" -> "A"",
    ]
  `);
});

it('logs a deletion with all fields, and keeps the log of a deleted item', async () => {
  const { a } = board.items;
  await update({ values: { k: 'v' }, labels: ['l'] })();
  const gone = await linesOf(() => mutateOk(world, 'deleteItem', { id: a }, 'item { id }'));
  expect(gone.map(timeless)).toMatchInlineSnapshot(`
    [
      "+0 item a deleted v2 column_id "A" -> null, conversation_ids [] -> null, created_at "…" -> null, created_by_id "agent_123" -> null, labels ["l"] -> null, position 0 -> null, title "a" -> null, values.k "v" -> null",
    ]
  `);
  const kept = (await changeLogOf(world, board)).filter(({ id }) => id === a);
  expect(kept.map(({ action, version }) => `${action} ${version}`)).toEqual([
    'created 1',
    'updated 2',
    'deleted 2',
  ]);
});

it('logs changes of columns and of the board', async () => {
  const { A, B } = board.columns;
  expect(
    await linesOf(() =>
      mutateOk(world, 'updateColumn', { id: A, name: 'First', wipLimit: 3 }, 'column { id }'),
    ),
  ).toMatchInlineSnapshot(`
    [
      "+0 column A updated vnull name "A" -> "First", wip_limit null -> 3",
    ]
  `);
  expect(
    await linesOf(() => mutateOk(world, 'updateColumn', { id: A, position: 1 }, 'column { id }')),
  ).toMatchInlineSnapshot(`
    [
      "+0 column A moved vnull position 0 -> 1",
      "+0 column B moved vnull position 1 -> 0",
    ]
  `);
  expect(
    await linesOf(() =>
      mutateOk(
        world,
        'updateBoard',
        { id: board.id, name: 'New', allowDelete: false },
        'board { id }',
      ),
    ),
  ).toHaveLength(1);
  const gone = await linesOf(() =>
    mutateOk(world, 'deleteColumn', { id: A, moveItemsTo: B }, 'deletedIds'),
  );
  expect(gone.map((line) => line.split(' ').slice(0, 5).join(' '))).toMatchInlineSnapshot(`
    [
      "+0 column A deleted vnull",
      "+0 item a moved v2",
      "+0 item b moved v2",
      "+0 item c moved v2",
    ]
  `);
});

it.each([
  [
    'updateItem',
    () => ({ id: board.items.a, title: 'a', labels: [], values: {} }),
    'item { version }',
  ],
  [
    'updateColumn',
    () => ({ id: board.columns.A, name: 'A', position: 0, wipLimit: null }),
    'column { updatedAt }',
  ],
  ['updateBoard', () => ({ id: board.id, name: 'Board' }), 'board { updatedAt revision }'],
])('keeps the revision if nothing changes: %s', async (name, input, selection) => {
  const { errors } = await expectNoWrites(world, () => mutate(world, [name, input(), selection]));
  expect(errors).toBeUndefined();
});

it('logs the actor', async () => {
  await update({ title: 'A' })();
  expect((await changeLogOf(world, board, 1))[0]?.by).toEqual({
    id: 'agent_123',
    name: 'Sales Team',
  });
});

/** Concurrent writes of many kinds. */
const storm = (rounds: number) =>
  Promise.all(
    Array.from({ length: rounds }, (_, n) => [
      update({ title: `t${n % 3}` })(),
      mutateOk(
        world,
        'createItems',
        { boardId: board.id, items: [{ title: `n${n}` }, { title: `m${n}` }] },
        'createdCount',
      ),
      mutateOk(
        world,
        'moveItem',
        { id: board.items.b, at: n % 2 ? 'TOP' : 'BOTTOM' },
        'item { id }',
      ),
      mutateOk(world, 'updateBoard', { id: board.id, name: `Board ${n % 2}` }, 'board { id }'),
      mutateOk(world, 'updateColumn', { id: board.columns.B, position: n % 2 }, 'column { id }'),
    ]).flat(),
  );

const inOrder = (log: readonly LogRow[]) => log.map(({ revision }) => revision);

it('has no gaps under concurrent writes, in the order of the revisions', async () => {
  await storm(3);
  const revisions = inOrder(await changeLogOf(world, board));
  const { revision } = await readNumbers(world, board);
  expect(revisions).toEqual(revisions.toSorted((x, y) => x - y));
  expect([...new Set(revisions)]).toEqual(Array.from({ length: revision + 1 }, (_, n) => n));
});

it('can be followed by cursor during writes, without missing or repeating an entry', async () => {
  const writing = storm(3);
  const read: LogRow[] = [];
  let after: string | null = null;
  const next = async () => {
    const cursor: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
    const { body } = await world.rest<LogRow[]>(
      'GET',
      `/boards/${board.id}/changes?limit=3${cursor}`,
    );
    const page = body as typeof body & { next_cursor: string | null; has_more: boolean };
    read.push(...page.data);
    after = page.next_cursor;
    return page;
  };
  for (let n = 0; n < 20; n += 1) await next();
  await writing;
  while ((await next()).has_more);
  expect(read).toEqual(await changeLogOf(world, board));
  // The last cursor stays valid.
  const last = after;
  expect(await next()).toMatchObject({ data: [], has_more: false, next_cursor: last });
  await update({ title: 'later' })();
  expect(await next()).toMatchObject({
    data: [{ action: 'updated', fields: [{ field: 'title', after: 'later' }] }],
  });
});

it('returns the history of an item in either order', async () => {
  await update({ title: 'A' })();
  await update({ title: 'AA' })();
  const history = async (args: string) => {
    const { data } = await world.graphql<{
      item: { history: { totalCount: number; nodes: { action: string }[] } };
    }>(
      `query ($id: ID!) { item(id: $id) { history${args} { totalCount nodes { action version fields { field after } } } } }`,
      { id: board.items.a },
    );
    return data.item.history;
  };
  const { nodes, totalCount } = await history('');
  expect(nodes.map(({ action }) => action)).toEqual(['CREATED', 'UPDATED', 'UPDATED']);
  expect(totalCount).toBe(3);
  expect((await history('(newestFirst: true, first: 1)')).nodes).toEqual([
    { action: 'UPDATED', version: 3, fields: [{ field: 'title', after: 'AA' }] },
  ]);
});

it.each([
  ['/boards/board_abc123/changes', 'abc'],
  ['/boards/board_abc123/changes', '5'],
  ['/contacts/changes', '5'],
  ['/changes', '5'],
])('says in %s what to send instead of the cursor %s', async (path, after) => {
  const error = expectRestError(
    await world.rest('GET', `${path}?after=${after}`),
    400,
    'INVALID_CURSOR',
  );
  expect(error.message).toMatch(/next_cursor .* or now .*; a revision is no cursor\.$/);
});

it('rejects a cursor of another board, and a board that does not exist', async () => {
  const other = await createBoard(world, { A: ['x'] });
  const { body } = await world.rest('GET', `/boards/${other.id}/changes?limit=1`);
  const { next_cursor: cursor } = body as typeof body & { next_cursor: string };
  const reply = await world.rest('GET', `/boards/${board.id}/changes?after=${cursor}`);
  expectRestError(reply, 400, 'INVALID_CURSOR');
  expectRestError(await world.rest('GET', '/boards/board_never/changes'), 404, 'BOARD_NOT_FOUND');
  const query =
    'query ($id: ID!, $after: String) { board(id: $id) { changes(after: $after, first: 501) { nodes { version } } } }';
  expectGraphQLError(await world.graphql(query, { id: board.id }), 'VALIDATION_ERROR');
});

it('returns the log of a single subject, also after its deletion', async () => {
  const { item } = await mutateOk<{ item: { id: string } }>(
    world,
    'createItem',
    { boardId: board.id, title: 'short' },
    'item { id }',
  );
  await mutateOk(world, 'deleteItem', { id: item.id }, 'item { id }');
  const { data } = await world.graphql(
    `{ board(id: "${board.id}") { changes(subjectId: "${item.id}") {
      totalCount nodes { action item { id } fields { field before after } } } } }`,
  );
  const nodes = [
    { action: 'CREATED', item: null, fields: expect.any(Array) },
    { action: 'DELETED', item: null, fields: expect.any(Array) },
  ];
  expect(data).toEqual({ board: { changes: { totalCount: 2, nodes } } });
  const fields = JSON.stringify(data);
  expect(fields, 'what was not there and is not').not.toContain('"before":null,"after":null');
});

it('shows in a cursor the time of the change, and nothing about other workspaces', async () => {
  const { id: boardId } = board;
  const query = `query ($boardId: ID!) { board(id: $boardId) { changes {
    edges { cursor node { revision changedAt } } } } }`;
  const { data } = await world.graphql<{
    board: { changes: { edges: { cursor: string; node: { changedAt: string } }[] } };
  }>(query, { boardId });
  const numbers = data.board.changes.edges.map(({ cursor, node }) => {
    const [revision, n] = JSON.parse(Buffer.from(cursor.split('.')[1] ?? '', 'base64').toString());
    expect(Math.abs(n / 1000 - Date.parse(node.changedAt))).toBeLessThan(5000);
    return { revision, n: BigInt(n) };
  });
  // The changes of one transaction are numbered by 1, whatever other transactions do.
  const items = numbers.filter(({ revision }) => revision === '1');
  expect(items.map(({ n }) => n - (items[0]?.n ?? 0n))).toEqual([0n, 1n, 2n]);
});

it('names the key of a stored null that is removed, and has no entry where there is none to remove', async () => {
  const path = '/boards/board_abc123/items/item_059';
  const demo = { id: 'board_abc123' };
  expect((await world.rest('GET', path)).body.data.values).toHaveProperty('deal_value', null);
  const remove = async () => {
    const { revision } = await readNumbers(world, demo);
    await world.rest('PUT', path, { body: { values: { deal_value: null } } });
    return (await changeLogOf(world, demo, revision)).map(({ action, fields }) => [action, fields]);
  };
  const field = { field: 'values.deal_value', before: null, after: null };
  expect(await remove()).toEqual([['updated', [field]]]);
  expect((await world.rest('GET', path)).body.data.values).toEqual({ probability: 70 });
  expect(await remove()).toEqual([]);
});
