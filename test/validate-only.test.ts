import { expect, it } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { makeBoard, mutate } from './boards.ts';
import { graphqlRefusal, unwritten } from './refusals.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const item = 'item { id title position version values labels contact { name } createdBy { name } }';
const results = `createdCount updatedCount deletedCount deletedIds results { index action ${item} error { code message } }`;
const deleted = 'deletedIds deletedCount';
const column = 'column { id name position color itemsCount settings { wipLimit } }';
const contact = 'contact { id name phone email }';

type Write = readonly [input: object, selection: string];
interface Ids {
  board: string;
  column: string;
  other: string;
  one: string;
  two: string;
}

/** A write of every mutation that changes something. */
const writes: Record<string, (ids: Ids) => Write> = {
  createItem: ({ board, one }) => [
    { boardId: board, title: 'x', before: one, contactId: 'contact_003' },
    item,
  ],
  updateItem: ({ one }) => [{ id: one, title: 'x', values: { a: 1 }, columnName: 'B' }, item],
  moveItem: ({ one }) => [{ id: one, at: 'BOTTOM' }, item],
  deleteItem: ({ one }) => [{ id: one }, item],
  createItems: ({ board }) => [
    { boardId: board, items: [{ title: 'x' }, { title: 'y' }] },
    results,
  ],
  updateItems: ({ board, one, two }) => [
    { boardId: board, items: [{ id: one, title: 'x' }, { id: two }] },
    results,
  ],
  upsertItems: ({ board }) => [
    {
      boardId: board,
      matchOn: 'k',
      items: [{ title: 'x', values: { k: 1 } }, { values: { k: 2 } }],
      mode: 'PER_ITEM',
    },
    results,
  ],
  moveItems: ({ board, one, two }) => [
    { boardId: board, ids: [two, one], columnName: 'A', at: 'TOP' },
    results,
  ],
  deleteItems: ({ board, one }) => [{ boardId: board, ids: [one, 'item_never'] }, results],
  writeItems: ({ board, one, two }) => [
    {
      boardId: board,
      operations: [
        { create: { title: 'x' } },
        { delete: { id: one } },
        { update: { id: two, labels: ['l'] } },
      ],
    },
    results,
  ],
  createBoard: () => [{ name: 'x', columns: [{ name: 'y' }] }, 'board { id name revision }'],
  updateBoard: ({ board }) => [{ id: board, name: 'x' }, 'board { id name revision }'],
  deleteBoard: ({ board }) => [{ id: board, deleteItems: true }, deleted],
  createColumn: ({ board }) => [{ boardId: board, name: 'x', position: 0 }, column],
  updateColumn: ({ column: id }) => [{ id, name: 'x', position: 1, wipLimit: 4 }, column],
  deleteColumn: ({ column: id, other }) => [{ id, moveItemsTo: other }, deleted],
  createContact: () => [{ name: 'x', phone: '1' }, contact],
  updateContact: () => [{ id: 'contact_005', name: 'x', email: null }, contact],
  mergeContacts: () => [{ into: 'contact_006', ids: ['contact_007'] }, contact],
  deleteContacts: () => [{ ids: ['contact_008'], unlinkItems: true }, deleted],
};

it('knows every mutation', () => {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
  expect(Object.keys(writes).sort()).toEqual(mutations.sort());
});

/** An answer without what every run makes anew. */
const timeless = (answer: unknown) =>
  JSON.stringify(answer).replace(/(item|board|col|contact)_\w{26}/g, '$1');

it.each(
  Object.entries(writes),
)('answers what it would do, and leaves no trace: %s', async (name, write) => {
  const { id, columns, items } = await makeBoard(world, { A: ['a', 'b'], B: ['c'] });
  const { A = '', B = '' } = columns;
  const { a = '', b = '' } = items;
  const call = [name, ...write({ board: id, column: A, other: B, one: a, two: b })] as const;
  const run = (validateOnly: boolean) => mutate(world, call, { validateOnly });
  const would = await unwritten(world, () => run(true));
  expect(would.errors).toBeUndefined();
  expect(timeless(would)).toBe(timeless(await run(false)));
});

it('refuses what a run would refuse', async () => {
  const { id } = await makeBoard(world, { A: ['a'] });
  const refused = async (...call: readonly [string, object, string]) =>
    unwritten(world, () => mutate(world, call, { validateOnly: true }));
  graphqlRefusal(await refused('createItem', { boardId: id, title: '' }, item), 'VALIDATION_ERROR');
  graphqlRefusal(
    await refused('createItem', { boardId: id, title: 'x', columnName: 'C' }, item),
    'COLUMN_NOT_FOUND',
  );
  graphqlRefusal(await refused('deleteBoard', { id }, deleted), 'BOARD_IN_USE');
  graphqlRefusal(
    await refused('deleteContacts', { ids: ['contact_xyz'] }, deleted),
    'CONTACT_IN_USE',
  );
});

it('validates through REST', async () => {
  const { id, items } = await makeBoard(world, { A: ['a', 'b'] });
  const path = `/boards/${id}/items`;
  const ask = (method: string, at: string, body: object) =>
    unwritten(world, () => world.rest(method, at, { body: { ...body, validate_only: true } }));
  expect(await ask('POST', path, { title: 'x' })).toMatchObject({
    status: 201,
    body: { data: { title: 'x', position: 2 } },
  });
  expect(await ask('PUT', `${path}/${items.a}`, { title: 'x' })).toMatchObject({
    status: 200,
    body: { data: { title: 'x', version: 2 } },
  });
  expect((await ask('DELETE', path, { item_ids: [items.b] })).body.data).toEqual({
    deleted: 1,
    item_ids: [items.b],
  });
});
