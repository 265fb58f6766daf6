import { expect, it } from 'vitest';
import { mutateOk } from '../support/boards.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it('returns the result of each mutation of a document when one fails', async () => {
  const { data, errors } = await world.graphql(
    `mutation {
      a: createContact(input: { name: "first" }) { contact { name } }
      b: updateContact(input: { id: "nobody", name: "x" }) { contact { name } }
      c: createContact(input: { name: "third" }) { contact { name } }
    }`,
  );
  expect(data).toEqual({
    a: { contact: { name: 'first' } },
    b: null,
    c: { contact: { name: 'third' } },
  });
  expect(errors).toMatchObject([
    {
      path: ['b'],
      extensions: { code: 'CONTACT_NOT_FOUND', details: [{ field: 'id', message: 'not found' }] },
    },
  ]);
});

it('returns the rest of a board when a column does not exist', async () => {
  const { data, errors } = await world.graphql(
    '{ board(id: "board_abc123") { name column(name: "typo") { id } } }',
  );
  expect(data).toEqual({ board: { name: 'Sales Pipeline', column: null } });
  expect(errors).toMatchObject([
    {
      path: ['board', 'column'],
      extensions: { code: 'COLUMN_NOT_FOUND', details: [{ field: 'name' }] },
    },
  ]);
});

it('returns a result for each id of a deletion, in the order of the ids', async () => {
  const ids = ['item_050', 'item_never', 'item_050', 'item_051'];
  const run = () =>
    mutateOk<object>(
      world,
      'deleteItems',
      { boardId: 'board_abc123', ids },
      'deletedIds failedCount results { index action error { code } }',
    );
  expect(await run()).toEqual({
    deletedIds: ['item_050', 'item_051'],
    failedCount: 1,
    results: [
      { index: 0, action: 'DELETED', error: null },
      { index: 1, action: 'FAILED', error: { code: 'ITEM_NOT_FOUND' } },
      { index: 2, action: 'UNCHANGED', error: null },
      { index: 3, action: 'DELETED', error: null },
    ],
  });
});
