import { createBoard } from './boards.ts';
import type { World } from './world.ts';

export const item =
  'item { id title position version values labels contact { name } createdBy { name } }';
const results = `createdCount updatedCount deletedCount deletedIds results { index action ${item} error { code message } }`;
export const deleted = 'deletedIds deletedCount';
const column = 'column { id name position color itemsCount settings { wipLimit } }';
const webhook = 'webhook { url events isEnabled }';
const contact = 'contact { id name phone email }';

type MutationWrite = readonly [input: object, selection: string];
interface Ids {
  board: string;
  column: string;
  other: string;
  one: string;
  two: string;
}

/** A write of every mutation that changes something. */
const writes: Record<string, (ids: Ids) => MutationWrite> = {
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
  createContact: () => [{ name: 'x' }, contact],
  upsertContacts: () => [
    { matchOn: 'EMAIL', contacts: [{ email: 'x@x.io', name: 'x' }] },
    'createdCount results { index action contact { id name } error { code } }',
  ],
  updateContact: () => [{ id: 'contact_005', name: 'x', email: null }, contact],
  mergeContacts: () => [{ into: 'contact_006', ids: ['contact_007'] }, contact],
  deleteContacts: () => [{ ids: ['contact_008'], unlinkItems: true }, deleted],
  createWebhook: () => [{ url: 'https://10.0.0.1/', events: ['ITEM_CREATED'] }, webhook],
};

/** A call of a mutation, as `mutate` takes it, against a new board. */
export async function exampleCall(
  world: Pick<World, 'graphql' | 'rest'>,
  name: string,
): Promise<readonly [name: string, ...MutationWrite]> {
  const { id, columns, items } = await createBoard(world, { A: ['a', 'b'], B: ['c'] });
  const { A = '', B = '' } = columns;
  const { a = '', b = '' } = items;
  const write = writes[name];
  if (write === undefined) throw new Error(`no write for ${name}`);
  return [name, ...write({ board: id, column: A, other: B, one: a, two: b })];
}

export const mutationNames: readonly string[] = Object.keys(writes);
