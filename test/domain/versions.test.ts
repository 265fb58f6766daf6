import { beforeEach, expect, it } from 'vitest';
import { createBoard, mutate, mutateOk, readNumbers, type TestBoard } from '../support/boards.ts';
import { expectGraphQLError, expectNoWrites } from '../support/expectations.ts';
import { type GraphQLReply, useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
let id: string;
let path: string;
/** Another client has updated the title, contact and values of an item: it is at version 3. */
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c'], B: [] });
  id = board.items.b ?? '';
  path = `/boards/${board.id}/items/${id}`;
  await mutateOk(
    world,
    'updateItem',
    { id, title: 'theirs', contactId: 'contact_xyz' },
    'item { id }',
  );
  await mutateOk(world, 'updateItem', { id, values: { amount: 5, 'a.bC': 1 } }, 'item { id }');
});

const extensionsOf = ({ errors }: GraphQLReply<unknown>) => errors?.[0]?.extensions;

it('counts the changes of each item by itself', async () => {
  expect((await readNumbers(world, board)).versions).toEqual({ a: 1, theirs: 3, c: 1 });
  await mutateOk(world, 'moveItem', { id, at: 'TOP' }, 'item { id }');
  await mutateOk(
    world,
    'updateItem',
    { id, title: 'theirs', values: { amount: 5 } },
    'item { id }',
  );
  expect((await readNumbers(world, board)).versions).toEqual({ a: 1, theirs: 4, c: 1 });
});

it.each([
  ['updateItem', { title: 'ours' }],
  ['moveItem', { at: 'TOP' }],
  ['moveItem', { columnName: 'B' }],
  ['deleteItem', {}],
])('runs %s %o at the expected version', async (name, change) => {
  const { errors } = await mutate(world, [
    name,
    { id, ...change, expectedVersion: 3 },
    'item { id }',
  ]);
  expect(errors).toBeUndefined();
});

it.each([
  [4, 'The item has never had version 4: it is at version 3. Look at it and try again.'],
  [0, 'The item has never had the expected version: it is at version 3. Look at it and try again.'],
])('says that the item never had version %d, in both APIs', async (expected, message) => {
  const input = { id, title: 'ours', expectedVersion: expected };
  const reply = await expectNoWrites(world, () =>
    mutate(world, ['updateItem', input, 'item { id }']),
  );
  expect(reply.errors?.[0]).toMatchObject({ message, extensions: { code: 'VERSION_CONFLICT' } });
  const body = { title: 'ours', expected_version: expected };
  expect((await world.rest('PUT', path, { body })).body.error?.message).toBe(message);
});

it.each([
  ['updateItem', { title: 'ours' }, ['title']],
  ['updateItem', { values: { amount: 6, other: 1 } }, ['values.amount']],
  ['updateItem', { values: { amount: null }, contactId: null }, ['contactId', 'values.amount']],
  ['updateItem', { labels: ['x'] }, []],
  ['moveItem', { at: 'TOP' }, []],
  ['deleteItem', {}, []],
])('refuses %s %o with an older version, and reports the fields that both changed', async (name, change, conflicting) => {
  const run = () => mutate(world, [name, { id, ...change, expectedVersion: 1 }, 'item { id }']);
  const reply = await expectNoWrites(world, run);
  expect(reply.errors?.[0]?.message).toBe(
    'The item has changed meanwhile: it is at version 3. Look at it and try again.',
  );
  expect(extensionsOf(reply)).toMatchObject({
    code: 'VERSION_CONFLICT',
    current: {
      id,
      title: 'theirs',
      version: 3,
      values: { amount: 5 },
      contact: { id: 'contact_xyz' },
    },
    changedFields: ['contactId', 'title', 'values.a.bC', 'values.amount'],
    conflictingFields: conflicting,
  });
});

it('reports the position as conflicting if both moved the item', async () => {
  await mutateOk(world, 'moveItem', { id, at: 'TOP' }, 'item { id }');
  const input = { id, after: board.items.c, expectedVersion: 3 };
  const reply = await mutate(world, ['moveItem', input, 'item { id }']);
  expect(extensionsOf(reply)).toMatchObject({
    changedFields: ['position'],
    conflictingFields: ['position'],
  });
});

it('refuses a version that the item never had', async () => {
  const input = { id, title: 'ours', expectedVersion: 7 };
  const reply = await expectNoWrites(world, () =>
    mutate(world, ['updateItem', input, 'item { id }']),
  );
  expect(extensionsOf(reply)).toMatchObject({ changedFields: [], conflictingFields: [] });
});

it('checks the version of each item of a batch', async () => {
  const operations = [
    { update: { id: board.items.a, title: 'A', expectedVersion: 1 } },
    { update: { id, title: 'ours', expectedVersion: 1 } },
    { delete: { id: board.items.c, expectedVersion: 2 } },
  ];
  const input = { boardId: board.id, operations };
  const selection = 'results { action item { title } error { code message } }';
  const atomic = await expectNoWrites(world, () => mutate(world, ['writeItems', input, selection]));
  expect(extensionsOf(atomic)).toMatchObject({
    code: 'VERSION_CONFLICT',
    current: { id, version: 3 },
    details: [
      { field: '1.expectedVersion', message: 'is not the current version, 3' },
      { field: '2.expectedVersion', message: 'is not the current version, 1' },
    ],
  });
  const { results } = await mutateOk<{ results: object[] }>(
    world,
    'writeItems',
    { ...input, mode: 'PER_ITEM' },
    selection,
  );
  expect(results).toMatchObject([
    { action: 'UPDATED', item: { title: 'A' }, error: null },
    { action: 'FAILED', item: null, error: { code: 'VERSION_CONFLICT' } },
    { action: 'FAILED', item: null, error: { code: 'VERSION_CONFLICT' } },
  ]);
});

it('responds 412 with the current item and the changed fields, by their REST names', async () => {
  const current = (await world.rest('GET', path)).body.data;
  const body = { title: 'ours', values: { 'a.bC': 2 }, column_name: 'B', expected_version: 1 };
  const { status, body: error } = await world.rest('PUT', path, { body });
  expect(status).toBe(412);
  expect(error.error?.current).toEqual(current);
  expect({ ...error, error: { ...error.error, current: '…' } }).toMatchInlineSnapshot(`
    {
      "error": {
        "changed_fields": [
          "contact_id",
          "title",
          "values.a.bC",
          "values.amount",
        ],
        "code": "VERSION_CONFLICT",
        "conflicting_fields": [
          "title",
          "values.a.bC",
        ],
        "current": "…",
        "details": [
          {
            "field": "expected_version",
            "message": "is not the current version, 3",
          },
        ],
        "message": "The item has changed meanwhile: it is at version 3. Look at it and try again.",
      },
      "status_code": 412,
      "success": false,
    }
  `);
  expect((await world.rest('PUT', path, { body: { ...body, expected_version: 3 } })).status).toBe(
    200,
  );
});

it('checks versions in a REST batch', async () => {
  const operations = [
    { op: 'update', id, title: 'ours', expected_version: 1 },
    { op: 'delete', id: board.items.c, expected_version: 1 },
  ];
  const batch = (mode: string) =>
    world.rest('POST', `/boards/${board.id}/items/batch`, { body: { operations, mode } });
  const { status, body } = await expectNoWrites(world, () => batch('atomic'));
  expect({ status, details: body.error?.details }).toMatchInlineSnapshot(`
    {
      "details": [
        {
          "field": "0.expected_version",
          "message": "is not the current version, 3",
        },
      ],
      "status": 412,
    }
  `);
  expect((await batch('per_item')).body.data).toMatchObject({ deleted: 1, failed: 1 });
});

it('runs exactly one of many updates that expect the same version', async () => {
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      mutate(world, ['updateItem', { id, title: `${n}`, expectedVersion: 3 }, 'item { version }']),
    ),
  );
  expect(replies.filter(({ errors }) => errors === undefined)).toHaveLength(1);
  expect((await readNumbers(world, board)).versions).toMatchObject({ a: 1, c: 1 });
});

it('responds ITEM_NOT_FOUND to an expected version of a deleted item', async () => {
  await mutateOk(world, 'deleteItem', { id, expectedVersion: 3 }, 'item { id }');
  const input = { id, title: 'ours', expectedVersion: 3 };
  expectGraphQLError(await mutate(world, ['updateItem', input, 'item { id }']), 'ITEM_NOT_FOUND');
});

it('reports no field as changed that was set when the item was imported at a later version', async () => {
  const [row] = await world.db.$queryRaw<{ id: string; version: number }[]>`
    SELECT id, version FROM item WHERE workspace_id = 'workspace_demo' AND version > 1 ORDER BY id LIMIT 1`;
  const imported = { id: row?.id ?? '', expectedVersion: 1 };
  const refused = () =>
    mutate(world, ['updateItem', { ...imported, title: 'ours' }, 'item { id }']);
  expect(row?.version).toBeGreaterThan(1);
  expect(extensionsOf(await refused())).toMatchObject({ changedFields: [], conflictingFields: [] });
  await mutateOk(world, 'updateItem', { id: imported.id, labels: ['theirs'] }, 'item { id }');
  expect(extensionsOf(await refused())).toMatchObject({ changedFields: ['labels'] });
});

it('does not claim that nothing changed where the log does not reach back to the version', async () => {
  const { db } = world;
  await mutateOk(world, 'updateItem', { id, labels: ['later'] }, 'item { id }');
  const refused = async (expectedVersion: number) =>
    extensionsOf(
      await mutate(world, ['updateItem', { id, title: 'ours', expectedVersion }, 'item { id }']),
    );
  await db.$executeRaw`DELETE FROM board_change WHERE subject_id = ${id} AND version <= 2`;
  expect(await refused(1)).toMatchObject({ changedFields: null, conflictingFields: null });
  expect(await refused(3)).toMatchObject({ changedFields: ['labels'], conflictingFields: [] });
  await db.$executeRaw`DELETE FROM board_change WHERE subject_id = ${id}`;
  expect(await refused(3)).toMatchObject({ changedFields: null, conflictingFields: null });
});
