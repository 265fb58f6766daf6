import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { createBoard, mutate, type TestBoard } from '../support/boards.ts';
import { expectNoWrites } from '../support/expectations.ts';
import { exampleCall, mutationNames } from '../support/mutations.ts';
import { codeOf, send as sendTo, type Write } from '../support/raw-requests.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b'] });
});

const send = (write: Write) => sendTo(world, write);
const items = () => `/api/crm/boards/${board.id}/items`;
const create = (body: object = { title: 'x', values: { amount: 1 } }): Write => ({
  path: items(),
  body,
});
const document = (query: string): Write => ({ body: { query } });
const countOf = (title: string) => world.db.item.count({ where: { boardId: board.id, title } });

/** An example of each kind of write. */
const writes: Record<string, () => Write> = {
  'POST an item': create,
  'PUT an item': () => ({
    method: 'PUT',
    path: `${items()}/${board.items.a}`,
    body: { title: 'x' },
  }),
  'DELETE items': () => ({ method: 'DELETE', path: items(), body: { item_ids: [board.items.a] } }),
  'POST a batch': () => ({
    path: `${items()}/batch`,
    body: {
      operations: [
        { op: 'create', title: 'x' },
        { op: 'delete', id: 'item_never' },
      ],
      mode: 'per_item',
    },
  }),
  createItem: () =>
    document(`mutation { createItem(input: { boardId: "${board.id}", title: "x", contactId: "contact_xyz" }) {
    item { id title createdAt contact { name } createdBy { name } } } }`),
  moveItem: () =>
    document(
      `mutation { moveItem(input: { id: "${board.items.a}", at: BOTTOM }) { item { position version } } }`,
    ),
  deleteItem: () =>
    document(`mutation { deleteItem(input: { id: "${board.items.a}" }) { item { id title } } }`),
  upsertItems: () =>
    document(`mutation { upsertItems(input: { boardId: "${board.id}", matchOn: "k",
    items: [{ title: "x", values: { k: 1 } }] }) { createdCount results { action item { id } } } }`),
  createBoard: () =>
    document(
      'mutation { createBoard(input: { name: "x", columns: [{ name: "y" }] }) { board { id revision createdAt columns { nodes { id } } } } }',
    ),
  updateBoard: () =>
    document(
      `mutation { updateBoard(input: { id: "${board.id}", name: "x" }) { board { name updatedAt revision } } }`,
    ),
  createColumn: () =>
    document(
      `mutation { createColumn(input: { boardId: "${board.id}", name: "x" }) { column { id createdAt position } } }`,
    ),
  updateColumn: () =>
    document(
      `mutation { updateColumn(input: { id: "${board.columns.A}", wipLimit: 3 }) { column { id updatedAt } } }`,
    ),
  deleteColumn: () =>
    document(
      `mutation { deleteColumn(input: { id: "${board.columns.A}", deleteItems: true }) { deletedIds } }`,
    ),
  deleteBoard: () =>
    document(
      `mutation { deleteBoard(input: { id: "${board.id}", deleteItems: true }) { deletedIds } }`,
    ),
  createContact: () =>
    document(
      'mutation { createContact(input: { name: "x", phone: "123" }) { contact { id phone email createdAt updatedAt } } }',
    ),
  updateContact: () =>
    document(
      'mutation { updateContact(input: { id: "contact_003", phone: null }) { contact { phone updatedAt } } }',
    ),
};

it.each(
  Object.entries(writes),
)('replays the response without writing again: %s', async (_, write) => {
  const sent = { ...write(), key: randomUUID() };
  const first = await send(sent);
  expect(first).toMatchObject({ isReplayed: false, status: expect.toSatisfy((n) => n < 300) });
  expect(JSON.parse(first.text).errors).toBeUndefined();
  const again = await expectNoWrites(world, () => send(sent));
  expect(again).toEqual({ ...first, isReplayed: true });
});

/** A mutation as a document with variables. */
const mutationOf = ([name, input, selection]: readonly [string, object, string]): Write => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { made: ${name}(input: $input) { ${selection} } }`;
  return { body: { query, variables: { input } } };
};

const opposites: Record<string, string> = {
  ...{ TOP: 'BOTTOM', BOTTOM: 'TOP', ATOMIC: 'PER_ITEM', PER_ITEM: 'ATOMIC' },
  ITEM_CREATED: 'ITEM_DELETED',
};

/** Copies of a value, each with another one of its leaves changed. */
function variants(value: unknown): unknown[] {
  if (value === null) return ['x@y.example'];
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'string') return [opposites[value] ?? `${value}x`];
  if (Array.isArray(value)) {
    return value.flatMap((one, n) => variants(one).map((other) => value.toSpliced(n, 1, other)));
  }
  // Another `matchOn` is refused before the database is asked, so its fingerprint does not matter.
  const leaves = Object.entries(value as object).filter(([key]) => key !== 'matchOn');
  return leaves.flatMap(([key, one]) =>
    variants(one).map((other) => ({ ...(value as object), [key]: other })),
  );
}

it.each(
  mutationNames,
)('replays an equal body, and refuses one that differs in any leaf: %s', async (name) => {
  const [, input, selection] = await exampleCall(world, name);
  const key = randomUUID();
  const sent = { ...mutationOf([name, input, selection]), key };
  const first = await send(sent);
  expect(JSON.parse(first.text).errors).toBeUndefined();
  expect(first).toMatchObject({ status: 200, isReplayed: false });
  await expectNoWrites(world, async () => {
    expect(await send(sent)).toEqual({ ...first, isReplayed: true });
    const bodies = variants(input) as object[];
    expect(bodies.length).toBeGreaterThan(0);
    const other = [
      ...bodies.map((body) => mutationOf([name, body, selection])),
      mutationOf([name, input, `${selection} __typename`]),
    ];
    for (const one of other)
      expect([one, codeOf(await send({ ...one, key }))]).toEqual([
        one,
        [200, 'IDEMPOTENCY_KEY_REUSED'],
      ]);
    expect(await send(sent)).toEqual({ ...first, isReplayed: true });
  });
});

it('replays the response after the item was updated or deleted', async () => {
  const sent = { ...create(), key: 'once' };
  const first = await send(sent);
  const { id } = JSON.parse(first.text).data;
  await send({
    method: 'PUT',
    path: `${items()}/${id}`,
    body: { title: 'y', values: { amount: 2 } },
  });
  expect(await send(sent)).toEqual({ ...first, isReplayed: true });
  await send({ method: 'DELETE', path: items(), body: { item_ids: [id] } });
  expect(await send(sent)).toEqual({ ...first, isReplayed: true });
});

it.each([
  ['column', 'COLUMN_NOT_FOUND', () => ['deleteColumn', { id: board.columns.A }] as const],
  ['board', 'BOARD_NOT_FOUND', () => ['deleteBoard', { id: board.id }] as const],
])('replays a response that selects a deleted %s with the error %s', async (name, code, deletion) => {
  const input = `boardId: "${board.id}", title: "x"`;
  const key = randomUUID();
  const sent = {
    ...document(`mutation { createItem(input: { ${input} }) { item { id ${name} { id } } } }`),
    key,
  };
  await send(sent);
  const [mutation, target] = deletion();
  await mutate(world, [mutation, { ...target, deleteItems: true }, 'deletedIds']);
  const again = await expectNoWrites(world, () => send(sent));
  expect(codeOf(again)).toEqual([200, code]);
});

it('ignores the order of JSON keys', async () => {
  const key = randomUUID();
  const first = await send({ ...create({ title: 'x', values: { a: 1, b: { c: 1, d: 2 } } }), key });
  const again = await send({ ...create({ values: { b: { d: 2, c: 1 }, a: 1 }, title: 'x' }), key });
  expect(again).toEqual({ ...first, isReplayed: true });
});

it('refuses another body or another write with a used key', async () => {
  const key = randomUUID();
  await send({ ...create(), key });
  for (const other of [
    create({ title: 'y' }),
    create({ title: 'x' }),
    { ...create(), method: 'DELETE', body: { item_ids: ['x'] } },
  ]) {
    const { status, text } = await expectNoWrites(world, () => send({ ...other, key }));
    expect(JSON.parse(text)).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "IDEMPOTENCY_KEY_REUSED",
          "message": "This Idempotency-Key was used for another request within the last 24 hours. Use a new one.",
        },
        "status_code": 422,
        "success": false,
      }
    `);
    expect(status).toBe(422);
  }
  const query = (title: string) =>
    document(
      `mutation { createItem(input: { boardId: "${board.id}", title: "${title}" }) { item { id } } }`,
    );
  await send({ ...query('x'), key });
  expect(codeOf(await send({ ...query('y'), key }))).toEqual([200, 'IDEMPOTENCY_KEY_REUSED']);
});

it('saves a response for each mutation of a document', async () => {
  const input = (title: string) =>
    `(input: { boardId: "${board.id}", title: "${title}" }) { item { id } }`;
  const sent = {
    ...document(`mutation { one: createItem${input('p')} two: createItem${input('q')} }`),
    key: randomUUID(),
  };
  const first = await send(sent);
  expect(await expectNoWrites(world, () => send(sent))).toEqual({ ...first, isReplayed: true });
  expect([await countOf('p'), await countOf('q')]).toEqual([1, 1]);
});

it.each([
  ['POST an item', () => create({ title: 'x', column_name: 'Later' })],
  [
    'POST a batch',
    () => ({
      path: `${items()}/batch`,
      body: { operations: [{ op: 'create', title: 'x', column_name: 'Later' }] },
    }),
  ],
])('saves no response of a failed write: %s', async (_, write) => {
  const sent = { ...write(), key: randomUUID() };
  expect(codeOf(await send(sent))).toEqual([404, 'COLUMN_NOT_FOUND']);
  await mutate(world, ['createColumn', { boardId: board.id, name: 'Later' }, 'column { id }']);
  expect(await send(sent)).toMatchObject({
    isReplayed: false,
    status: expect.toSatisfy((n) => n < 300),
  });
});

it('treats another operation of the same document as another request', async () => {
  const of = (name: string) =>
    `mutation ${name} { x: createItem(input: { boardId: "${board.id}", title: "${name}" }) { item { id } } }`;
  const body = { query: `${of('one')} ${of('two')}`, operationName: 'one' };
  const key = randomUUID();
  expect((await send({ body, key })).status).toBe(200);
  const other = await send({ body: { ...body, operationName: 'two' }, key });
  expect(codeOf(other)[1]).toBe('IDEMPOTENCY_KEY_REUSED');
  expect([await countOf('one'), await countOf('two')]).toEqual([1, 0]);
});

it('separates keys by agent and workspace', async () => {
  const key = randomUUID();
  const first = await send({ ...create(), key });
  const { key: bearer } = await createKey(world);
  const other = await send({ ...create(), key, bearer });
  expect(other).toMatchObject({ status: 201, isReplayed: false });
  expect(other.text).not.toBe(first.text);
  const { key: foreign } = await createKey(world, { inOtherWorkspace: true });
  expect(codeOf(await send({ ...create(), key, bearer: foreign }))).toEqual([
    404,
    'BOARD_NOT_FOUND',
  ]);
});

it.each(['', ' ', 'a b', 'x'.repeat(201), 'ü'])('refuses the key %j', async (key) => {
  const { status, text } = await expectNoWrites(world, () => send({ ...create(), key }));
  expect(status).toBe(400);
  expect(text).toContain(
    'The Idempotency-Key must be 1 to 200 printable ASCII characters without spaces, like a UUID.',
  );
  expect((await send({ ...document('{ viewer { key { id } } }'), key })).text).toContain(
    'VALIDATION_ERROR',
  );
});

it('saves no response of a dry run', async () => {
  const key = randomUUID();
  const only = { ...create({ title: 'x', validate_only: true }), key };
  expect(await expectNoWrites(world, () => send(only))).toMatchObject({
    status: 201,
    isReplayed: false,
  });
  expect(await send({ ...create({ title: 'x' }), key })).toMatchObject({
    status: 201,
    isReplayed: false,
  });
});
