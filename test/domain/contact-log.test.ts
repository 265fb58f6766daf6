import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBoard, mutate, mutateOk } from '../support/boards.ts';
import {
  allContacts,
  type ContactLogRow,
  type ContactState,
  contactLogAfter,
  createContact,
  replayContacts,
} from '../support/contacts.ts';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { runs, seed, timeout } from '../support/property-settings.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

/** The rows that a run adds to the log. */
async function rowsOf(run: () => Promise<unknown>): Promise<ContactLogRow[]> {
  const { cursor } = await contactLogAfter(world, null);
  await run();
  return (await contactLogAfter(world, cursor)).rows;
}

/** One line per row, like `+0 updated a name "x" -> "y"`. */
function linesOf(rows: readonly ContactLogRow[], names: Record<string, string>): string[] {
  const first = rows[0]?.revision ?? 0;
  return rows.map(({ revision, action, id, fields }) => {
    const changes = fields
      .filter(({ field }) => field !== 'created_at')
      .map(
        ({ field, before, after }) =>
          `${field} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
      );
    const line = `+${revision - first} ${action} ${id} ${changes.join(', ')}`;
    return Object.entries(names).reduce((text, [name, own]) => text.replaceAll(own, name), line);
  });
}

it('begins with the contacts of the demo, and replays to the contacts that there are', async () => {
  const { rows } = await contactLogAfter(world, null, 7);
  expect(rows[0]).toMatchObject({ revision: 1, subject: 'contact', action: 'created' });
  const states = replayContacts(new Map(), rows);
  expect([...states.values()].sort(byId)).toEqual((await allContacts(world)).sort(byId));
});

const byId = (a: ContactState, b: ContactState) => (a.id < b.id ? -1 : 1);

it('logs creations, updates, merges and deletions with the fields before and after', async () => {
  const ids: Record<string, string> = {};
  const rows = await rowsOf(async () => {
    ids.a = await createContact(world, { name: 'Ann', email: 'ann@x.io' });
    ids.b = await createContact(world, { name: 'Bob', phone: '+49 30 1234' });
    await mutateOk(
      world,
      'updateContact',
      { id: ids.a, name: 'Anna', email: null },
      'contact { id }',
    );
    await mutateOk(world, 'mergeContacts', { into: ids.a, ids: [ids.b] }, 'contact { id }');
    await mutateOk(world, 'deleteContacts', { ids: [ids.a] }, 'deletedIds');
  });
  expect(linesOf(rows, ids)).toMatchInlineSnapshot(`
    [
      "+0 created a email null -> "ann@x.io", name null -> "Ann"",
      "+1 created b name null -> "Bob", phone null -> "+49 30 1234"",
      "+2 updated a email "ann@x.io" -> null, name "Ann" -> "Anna"",
      "+3 merged b merged_into null -> "a", name "Bob" -> null, phone "+49 30 1234" -> null",
      "+3 updated a phone null -> "+49 30 1234"",
      "+4 deleted a name "Anna" -> null, phone "+49 30 1234" -> null",
    ]
  `);
  expect(rows.map(({ by }) => by?.name)).toEqual(rows.map(() => 'Sales Team'));
});

it.each([
  ['an update to the same values', 'updateContact', { id: 'contact_xyz', name: 'John Smith' }],
  ['a dry run', 'createContact', { name: 'x' }],
  ['a refused update', 'updateContact', { id: 'contact_never', name: 'x' }],
  ['a merge that was done before', 'mergeContacts', { into: 'contact_001', ids: ['contact_002'] }],
  ['the deletion of unknown contacts', 'deleteContacts', { ids: ['contact_never'] }],
])('logs nothing for %s', async (name, mutation, input) => {
  const selection = mutation === 'deleteContacts' ? 'deletedIds' : 'contact { id }';
  if (mutation === 'mergeContacts') await mutateOk(world, mutation, input, selection);
  const validateOnly = name === 'a dry run';
  await expectNoWrites(world, () => mutate(world, [mutation, input, selection], { validateOnly }));
});

it('gives the changes of one write one revision, and no revision twice', async () => {
  const ids = await Promise.all(['a', 'b', 'c'].map((name) => createContact(world, { name })));
  const rows = await rowsOf(() => mutateOk(world, 'deleteContacts', { ids }, 'deletedIds'));
  expect(rows.map(({ id }) => id)).toEqual(ids);
  expect(new Set(rows.map(({ revision }) => revision)).size).toBe(1);
  const { rows: all } = await contactLogAfter(world, null);
  const revisions = [...new Set(all.map(({ revision }) => revision))];
  expect(revisions).toEqual(Array.from({ length: revisions.length }, (_, n) => n + 1));
});

it('returns the log of one contact in either order, also after it was merged', async () => {
  const id = await createContact(world, { name: 'one' });
  await mutateOk(world, 'updateContact', { id, name: 'two' }, 'contact { id }');
  await mutateOk(world, 'mergeContacts', { into: 'contact_xyz', ids: [id] }, 'contact { id }');
  const { data } = await world.graphql(
    `query ($id: ID!) {
      old: contactChanges(contactId: $id) { totalCount nodes { action contact { id } } }
      new: contactChanges(contactId: $id, newestFirst: true, first: 1) {
        nodes { action subject subjectId actor { name } fields { field after } } } }`,
    { id },
  );
  const contact = { id: 'contact_xyz' };
  expect(data).toEqual({
    old: {
      totalCount: 3,
      nodes: ['CREATED', 'UPDATED', 'MERGED'].map((action) => ({ action, contact })),
    },
    new: {
      nodes: [
        {
          ...{ action: 'MERGED', subject: 'CONTACT', subjectId: id, actor: { name: 'Sales Team' } },
          fields: expect.arrayContaining([{ field: 'mergedInto', after: 'contact_xyz' }]),
        },
      ],
    },
  });
});

it('rejects a cursor of a board', async () => {
  const board = await createBoard(world, { A: ['a'] });
  const { body } = await world.rest('GET', `/boards/${board.id}/changes?limit=1`);
  const { next_cursor: cursor } = body as typeof body & { next_cursor: string };
  expectRestError(
    await world.rest('GET', `/contacts/changes?after=${cursor}`),
    400,
    'INVALID_CURSOR',
  );
});

it('leaves the ETag of a board alone when a contact is created, and changes it when one is changed', async () => {
  const etag = async () =>
    (await world.rest('GET', '/boards/board_abc123/items')).headers.get('etag');
  const before = await etag();
  const id = await createContact(world);
  expect(await etag()).toBe(before);
  await mutateOk(world, 'updateContact', { id, name: 'y' }, 'contact { id }');
  expect(await etag()).not.toBe(before);
});

/** A write of some contacts; `n` and `m` pick them. */
const write = fc.record({
  kind: fc.constantFrom('create', 'create', 'update', 'update', 'delete', 'merge', 'link'),
  n: fc.nat(99),
  m: fc.nat(99),
  value: fc.constantFrom(null, 'a@x.io', 'b@x.io'),
});

it(
  'can be followed by cursor while several clients write, without a gap or a repetition',
  async () => {
    const board = await createBoard(world, { A: ['a', 'b', 'c', 'd'] });
    const items = Object.values(board.items);
    const property = fc.asyncProperty(
      fc.array(fc.array(write, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      async (clients, limit) => {
        const known: string[] = [];
        const run = async ({ kind, n, m, value }: (typeof clients)[number][number]) => {
          const [one, two] = [known[n % known.length] ?? '', known[m % known.length] ?? ''];
          if (kind === 'create' || one === '')
            known.push(await createContact(world, { name: `n${n}`, email: value }));
          else if (kind === 'update')
            await mutate(world, [
              'updateContact',
              { id: one, name: `n${m}`, email: value },
              'contact { id }',
            ]);
          else if (kind === 'delete')
            await mutate(world, [
              'deleteContacts',
              { ids: [one], unlinkItems: true },
              'deletedIds',
            ]);
          else if (kind === 'merge' && one !== two)
            await mutate(world, ['mergeContacts', { into: one, ids: [two] }, 'contact { id }']);
          else
            await mutate(world, [
              'updateItem',
              { id: items[m % 4], contactId: one },
              'item { id }',
            ]);
        };
        const start = await contactLogAfter(world, null);
        let isWriting = true;
        const writing = Promise.all(
          clients.map(async (writes) => {
            for (const one of writes) await run(one);
          }),
        ).finally(() => {
          isWriting = false;
        });
        const states = replayContacts(new Map(), start.rows);
        let { cursor } = start;
        while (isWriting) {
          const page = await contactLogAfter(world, cursor, limit);
          replayContacts(states, page.rows);
          cursor = page.cursor;
        }
        await writing;
        replayContacts(states, (await contactLogAfter(world, cursor, limit)).rows);
        const sorted = [...states.values()].sort(byId);
        expect(sorted).toEqual((await allContacts(world)).sort(byId));
        await mutate(world, ['deleteContacts', { ids: known, unlinkItems: true }, 'deletedIds']);
      },
    );
    await fc.assert(property, { numRuns: Math.ceil(runs / 100), seed });
  },
  timeout,
);
