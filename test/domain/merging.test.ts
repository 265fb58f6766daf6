import { beforeEach, expect, it } from 'vitest';
import {
  changeLogOf,
  createBoard,
  mutate,
  mutateOk,
  readLayout,
  readNumbers,
  summarize,
  type TestBoard,
} from '../support/boards.ts';
import { expectGraphQLError, expectNoWrites } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
let other: TestBoard;
let people: Record<'bare' | 'phone' | 'email' | 'both', string>;

const makeContact = async (fields: object) => {
  const { contact } = await mutateOk<{ contact: { id: string } }>(
    world,
    'createContact',
    { name: 'x', ...fields },
    'contact { id }',
  );
  return contact.id;
};
const link = (item: string | undefined, contactId: string) =>
  mutateOk(world, 'updateItem', { id: item, contactId }, 'item { id }');

beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c'], B: ['x', 'y'] });
  other = await createBoard(world, { A: ['o'] });
  people = {
    bare: await makeContact({}),
    phone: await makeContact({ phone: '+111' }),
    email: await makeContact({ email: 'e@x' }),
    both: await makeContact({ phone: '+222', email: 'f@x' }),
  };
  await link(board.items.a, people.phone);
  await link(board.items.b, people.email);
  await link(board.items.x, people.bare);
  await link(other.items.o, people.phone);
});

const fields = 'contact { id phone email }';
const linksOf = async (contactId: string) => {
  const items = await world.db.item.findMany({ where: { contactId }, orderBy: { title: 'asc' } });
  return items.map(({ title, version }) => `${title} v${version}`);
};
const named = (lines: string[]) =>
  lines.map((line) =>
    Object.entries(people).reduce((text, [name, id]) => text.replaceAll(id, name), line),
  );

it('merges contacts: moves their items, and fills in a missing phone number and e-mail address', async () => {
  const { revision } = await readNumbers(world, board);
  const elsewhere = await readNumbers(world, other);
  const input = { into: people.bare, ids: [people.phone, people.both, people.email] };
  const { contact } = await mutateOk<{ contact: object }>(world, 'mergeContacts', input, fields);
  expect(contact).toEqual({ id: people.bare, phone: '+111', email: 'f@x' });
  expect(await linksOf(people.bare)).toEqual(['a v3', 'b v3', 'o v3', 'x v2']);
  expect(await world.db.contact.count({ where: { id: { in: input.ids } } })).toBe(0);
  expect(named(summarize(await changeLogOf(world, board, revision), board))).toMatchInlineSnapshot(`
    [
      "+0 item a updated v3 contact_id "phone" -> "bare"",
      "+0 item b updated v3 contact_id "email" -> "bare"",
    ]
  `);
  expect(await changeLogOf(world, other, elsewhere.revision)).toHaveLength(1);
});

it('keeps the details of the remaining contact', async () => {
  const { contact } = await mutateOk<{ contact: object }>(
    world,
    'mergeContacts',
    { into: people.both, ids: [people.phone] },
    fields,
  );
  expect(contact).toEqual({ id: people.both, phone: '+222', email: 'f@x' });
});

it.each([
  [
    'the one that stays is not there',
    () => ({ into: 'contact_never', ids: [people.phone] }),
    'CONTACT_NOT_FOUND',
  ],
  [
    'one of the others is not there',
    () => ({ into: people.bare, ids: [people.phone, 'contact_never'] }),
    'CONTACT_NOT_FOUND',
  ],
  [
    'one stays and goes',
    () => ({ into: people.bare, ids: [people.phone, people.bare] }),
    'VALIDATION_ERROR',
  ],
  [
    'they are over 500',
    () => ({ into: people.bare, ids: Array.from({ length: 501 }, (_, n) => `${n}`) }),
    'VALIDATION_ERROR',
  ],
])('refuses to merge if %s', async (_, input, code) => {
  expectGraphQLError(
    await expectNoWrites(world, () => mutate(world, ['mergeContacts', input(), fields])),
    code,
  );
});

it.each([
  [{ unlinkItems: true }, ['a v3', 'b v2', 'c v1', 'o v3', 'x v2', 'y v1'], []],
  [{ moveItemsTo: 'both' }, ['a v3', 'b v2', 'c v1', 'o v3', 'x v2', 'y v1'], ['a v3', 'o v3']],
  [{ deleteItems: true }, ['b v2', 'c v1', 'x v2', 'y v1'], []],
])('deletes a contact and its items as the input asks: %o', async (choice, left, linked) => {
  const { revision } = await readNumbers(world, board);
  const options = 'moveItemsTo' in choice ? { moveItemsTo: people.both } : choice;
  const ids = [people.phone, 'contact_never'];
  const call = ['deleteContacts', { ids, ...options }, 'deletedIds'] as const;
  expectGraphQLError(
    await expectNoWrites(world, () => mutate(world, ['deleteContacts', { ids }, 'deletedIds'])),
    'CONTACT_IN_USE',
  );
  expect(await mutateOk(world, ...call)).toEqual({ deletedIds: [people.phone] });
  const items = await world.db.item.findMany({
    where: { boardId: { in: [board.id, other.id] } },
    orderBy: { title: 'asc' },
  });
  expect(items.map(({ title, version }) => `${title} v${version}`)).toEqual(left);
  expect(await linksOf(people.both)).toEqual(linked);
  expect((await changeLogOf(world, board, revision)).map(({ id, action }) => [id, action])).toEqual(
    [[board.items.a, 'deleteItems' in choice ? 'deleted' : 'updated']],
  );
});

it('moves the items of a deleted column to the end of another one, in their order', async () => {
  const { A, B } = board.columns;
  await mutateOk(world, 'moveItem', { id: board.items.c, at: 'TOP' }, 'item { id }');
  const before = await readNumbers(world, board);
  expect(await mutateOk(world, 'deleteColumn', { id: A, moveItemsTo: B }, 'deletedIds')).toEqual({
    deletedIds: [A],
  });
  expect(await readLayout(world, board)).toEqual(['B: x y c a b']);
  const { revision, versions, positions } = await readNumbers(world, board);
  expect(revision).toBe(before.revision + 1);
  expect(versions).toEqual({ a: 3, b: 3, c: 3, x: 2, y: 1 });
  expect(Object.values(positions)).toEqual([0, 1, 2, 3, 4]);
  const [column] = await world.db.column.findMany({ where: { boardId: board.id } });
  expect(column?.itemsCount).toBe(5);
});

it('deletes a column with its items, and logs each of them', async () => {
  const { revision } = await readNumbers(world, board);
  const { A } = board.columns;
  expectGraphQLError(
    await expectNoWrites(world, () => mutate(world, ['deleteColumn', { id: A }, 'deletedIds'])),
    'COLUMN_IN_USE',
  );
  await mutateOk(world, 'deleteColumn', { id: A, deleteItems: true }, 'deletedIds');
  expect(await readLayout(world, board)).toEqual(['B: x y']);
  const log = await changeLogOf(world, board, revision);
  expect(log.map(({ subject, action }) => `${subject} ${action}`)).toEqual([
    ...Array.from({ length: 3 }, () => 'item deleted'),
    'column deleted',
    // The columns to the right move left.
    'column moved',
  ]);
});

it('keeps each link of items that are linked while their contacts are merged', async () => {
  const titles = Array.from({ length: 12 }, (_, n) => `n${n}`);
  const many = await createBoard(world, { A: titles });
  await Promise.all([
    ...titles.map((title) =>
      mutate(world, [
        'updateItem',
        { id: many.items[title], contactId: people.phone },
        'item { id }',
      ]),
    ),
    mutate(world, ['mergeContacts', { into: people.both, ids: [people.phone] }, fields]),
  ]);
  const items = await world.db.item.findMany({ where: { boardId: many.id } });
  for (const { contactId, version } of items) {
    expect(contactId).toBe(version === 1 ? null : people.both);
  }
});
