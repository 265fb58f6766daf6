import { beforeAll, describe, expect, it } from 'vitest';
import { createBoard, mutate, mutateOk, type TestBoard } from '../support/boards.ts';
import { createContact } from '../support/contacts.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
/** The contact that remains, one that was merged into it, one that was merged into that one before, and another. */
let ids: Record<'ann' | 'merged' | 'mergedFirst' | 'bob', string>;

beforeAll(async () => {
  board = await createBoard(world, { A: ['of ann', 'of merged', 'of bob', 'of nobody'] });
  ids = {
    ann: await createContact(world, { name: 'Ann' }),
    merged: await createContact(world, { name: 'A.' }),
    mergedFirst: await createContact(world, { name: 'Anne' }),
    bob: await createContact(world, { name: 'Bob' }),
  };
  const link = (title: string, contactId: string) =>
    mutateOk(world, 'updateItem', { id: board.items[title], contactId }, 'item { id }');
  await link('of ann', ids.ann);
  await link('of merged', ids.merged);
  await link('of bob', ids.bob);
  const merge = (into: string, id: string) =>
    mutateOk(world, 'mergeContacts', { into, ids: [id] }, 'contact { id }');
  await merge(ids.merged, ids.mergedFirst);
  await merge(ids.ann, ids.merged);
});

const both = ['of ann', 'of merged'];
const others = ['of bob', 'of nobody'];

it.each<[string, () => object, string[]]>([
  ['eq', () => ({ contactId: { eq: ids.merged } }), both],
  ['eq, merged twice', () => ({ contactId: { eq: ids.mergedFirst } }), both],
  ['eq, the one that remains', () => ({ contactId: { eq: ids.ann } }), both],
  ['ne', () => ({ contactId: { ne: ids.merged } }), others],
  ['in', () => ({ contactId: { in: [ids.mergedFirst, 'contact_never'] } }), both],
  ['in, with another', () => ({ contactId: { in: [ids.bob, ids.merged] } }), [...both, 'of bob']],
  ['nin', () => ({ contactId: { nin: [ids.merged] } }), others],
  ['nin, none', () => ({ contactId: { nin: [] } }), [...both, ...others]],
  ['not', () => ({ not: { contactId: { eq: ids.merged } } }), others],
  [
    'or',
    () => ({ or: [{ contactId: { eq: ids.merged } }, { title: { eq: 'of bob' } }] }),
    [...both, 'of bob'],
  ],
  [
    'and',
    () => ({ and: [{ contactId: { eq: ids.merged } }, { contactId: { eq: ids.ann } }] }),
    both,
  ],
  ['an id that never was', () => ({ contactId: { eq: 'contact_never' } }), []],
])('a filter finds the items of the contact that remains: %s', async (_, filter, titles) => {
  const { data } = await world.graphql<{
    items: { totalCount: number; nodes: { title: string }[] };
    board: { itemGroups: { count: number }[] };
  }>(
    `query ($board: ID!, $filter: ItemFilter) {
      items(boardId: $board, filter: $filter) { totalCount nodes { title } }
      board(id: $board) { itemGroups(filter: $filter, by: { field: COLUMN }) { count } }
    }`,
    { board: board.id, filter: filter() },
  );
  const rest = await world.rest<{ title: string }[]>('POST', `/boards/${board.id}/items/search`, {
    body: { filter: filter() },
  });
  const sorted = [...titles].sort();
  expect(data.items.nodes.map(({ title }) => title).sort()).toEqual(sorted);
  expect(data.items.totalCount).toBe(titles.length);
  const grouped = data.board.itemGroups.reduce((sum, { count }) => sum + count, 0);
  expect(grouped).toBe(titles.length);
  expect(rest.body.data.map(({ title }) => title).sort()).toEqual(sorted);
});

it('counts again after a merge that changes no item', async () => {
  const [into, id] = [
    await createContact(world, { name: 'x' }),
    await createContact(world, { name: 'y' }),
  ];
  await mutateOk(
    world,
    'createItem',
    { boardId: board.id, title: 'of x', contactId: into },
    'item { id }',
  );
  const count = async () => {
    const { data } = await world.graphql<{ items: { totalCount: number } }>(
      'query ($board: ID!, $id: ID!) { items(boardId: $board, filter: { contactId: { eq: $id } }) { totalCount } }',
      { board: board.id, id },
    );
    return data.items.totalCount;
  };
  expect(await count()).toBe(0);
  await mutateOk(world, 'mergeContacts', { into, ids: [id] }, 'contact { id }');
  expect(await count()).toBe(1);
});

describe('a write with the id of a merged contact links the one that remains', () => {
  const fields = 'item { version contact { name } }';

  it.each<[string, () => readonly [string, object, string]]>([
    [
      'createItem',
      () => ['createItem', { boardId: board.id, title: 'n', contactId: ids.mergedFirst }, fields],
    ],
    [
      'updateItem',
      () => ['updateItem', { id: board.items['of nobody'], contactId: ids.merged }, fields],
    ],
  ])('%s', async (_, call) => {
    expect(await mutateOk(world, ...call())).toMatchObject({ item: { contact: { name: 'Ann' } } });
  });

  it('a batch', async () => {
    const operations = [
      { create: { title: 'n', contactId: ids.merged } },
      { update: { id: board.items['of bob'], contactId: ids.mergedFirst } },
    ];
    const input = { boardId: board.id, operations };
    const { results } = await mutateOk<{ results: { item: { contact: object } }[] }>(
      world,
      'writeItems',
      input,
      `results { ${fields} }`,
    );
    expect(results.map(({ item }) => item.contact)).toEqual([{ name: 'Ann' }, { name: 'Ann' }]);
  });

  it('REST', async () => {
    const path = `/boards/${board.id}/items`;
    const created = await world.rest('POST', path, {
      body: { title: 'n', contact_id: ids.merged },
    });
    expect(created.body.data).toMatchObject({ contact: { id: ids.ann } });
    const { id } = created.body.data;
    await world.rest('PUT', `${path}/${id}`, { body: { contact_id: ids.bob } });
    const updated = await world.rest('PUT', `${path}/${id}`, {
      body: { contact_id: ids.mergedFirst },
    });
    expect(updated.body.data).toMatchObject({ contact: { id: ids.ann } });
  });

  it('and changes nothing where the item has that one', async () => {
    const update = (contactId: string) =>
      mutateOk(world, 'updateItem', { id: board.items['of ann'], contactId }, fields);
    expect(await update(ids.merged)).toEqual(await update(ids.ann));
  });

  it('and logs the contact that remains', async () => {
    await mutateOk(world, 'updateItem', { id: board.items['of nobody'], contactId: null }, fields);
    await mutateOk(
      world,
      'updateItem',
      { id: board.items['of nobody'], contactId: ids.merged },
      fields,
    );
    const { data } = await world.graphql<{ item: { history: { nodes: { fields: object[] }[] } } }>(
      'query ($id: ID!) { item(id: $id) { history(newestFirst: true, first: 1) { nodes { fields { field after } } } } }',
      { id: board.items['of nobody'] },
    );
    expect(data.item.history.nodes[0]?.fields).toEqual([{ field: 'contactId', after: ids.ann }]);
  });
});

it('an id that never was is refused', async () => {
  const input = { boardId: board.id, title: 'n', contactId: 'contact_never' };
  const { errors } = await mutate(world, ['createItem', input, 'item { id }']);
  expect(errors?.[0]?.message).toBe("Contact 'contact_never' not found");
});

it('the items of a deleted contact move to the one that remains', async () => {
  const gone = await createContact(world, { name: 'Gone' });
  const { item } = await mutateOk<{ item: { id: string } }>(
    world,
    'createItem',
    { boardId: board.id, title: 'n', contactId: gone },
    'item { id }',
  );
  await mutateOk(
    world,
    'deleteContacts',
    { ids: [gone], moveItemsTo: ids.mergedFirst },
    'deletedIds',
  );
  const { contactId } = await world.db.item.findFirstOrThrow({ where: { id: item.id } });
  expect(contactId).toBe(ids.ann);
});
