import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBoard, mutate, mutateOk, type TestBoard } from '../support/boards.ts';
import { allContacts, contactLogAfter, createContact } from '../support/contacts.ts';
import { expectNoWrites } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

interface ItemContact {
  matchOn: 'EMAIL' | 'PHONE';
  name?: string;
  email?: string | null;
  phone?: string | null;
}

let board: TestBoard;
let counter = 0;
/** Differs in each test. */
let mail: string;

beforeAll(async () => {
  board = await createBoard(world, { A: ['a', 'b'] });
});

beforeEach(() => {
  counter += 1;
  mail = `person${counter}@x.io`;
});

/** A contact in REST's names. */
const restContact = ({ matchOn, ...fields }: ItemContact) => ({
  match_on: matchOn.toLowerCase(),
  ...fields,
});

type Reply = { id: string; name: string; email: string | null; phone: string | null } | string;

const item = (contact: Reply | null | undefined, message: string | undefined): Reply =>
  message ?? contact ?? 'no contact';
const itemFields = 'item { contact { id name email phone } }';

/** Each writes one item with a contact, and returns the contact that it is linked to, or the message of the error. */
const doors: Record<string, (contact: ItemContact) => Promise<Reply>> = {
  createItem: async (contact) => one('createItem', { boardId: board.id, title: 'n', contact }),
  updateItem: async (contact) => one('updateItem', { id: board.items.a, contact }),
  createItems: async (contact) => batch('createItems', { items: [{ title: 'n', contact }] }),
  updateItems: async (contact) => batch('updateItems', { items: [{ id: board.items.a, contact }] }),
  upsertItems: async (contact) =>
    batch('upsertItems', { matchOn: 'k', items: [{ title: 'n', values: { k: mail }, contact }] }),
  writeItems: async (contact) =>
    batch('writeItems', {
      operations: [{ delete: { id: board.items.b } }, { create: { title: 'n', contact } }],
    }),
  'REST POST': async (contact) =>
    rest('POST', `/boards/${board.id}/items`, { title: 'n', contact: restContact(contact) }),
  'REST PUT': async (contact) =>
    rest('PUT', `/boards/${board.id}/items/${board.items.a}`, { contact: restContact(contact) }),
  'REST batch': async (contact) => {
    const operations = [
      {
        op: 'upsert',
        match_on: 'k',
        title: 'n',
        values: { k: mail },
        contact: restContact(contact),
      },
    ];
    const body = { operations, mode: 'per_item' };
    const reply = await world.rest<{
      results: { item: { contact: Reply } | null; error: { message: string } | null }[];
    }>('POST', `/boards/${board.id}/items/batch`, { body });
    const [result] = reply.body.data?.results ?? [];
    return item(result?.item?.contact, reply.body.error?.message ?? result?.error?.message);
  },
};

async function one(name: string, input: object): Promise<Reply> {
  const { data, errors } = await mutate<{ item: { contact: Reply } }>(world, [
    name,
    input,
    itemFields,
  ]);
  return item(data?.made?.item.contact, errors?.[0]?.message);
}

async function batch(name: string, input: object): Promise<Reply> {
  const { data, errors } = await mutate<{
    results: { item: { contact: Reply } | null; error: { message: string } | null }[];
  }>(world, [
    name,
    { boardId: board.id, mode: 'PER_ITEM', ...input },
    `results { ${itemFields} error { message } }`,
  ]);
  const result = data?.made?.results.at(-1);
  return item(result?.item?.contact, errors?.[0]?.message ?? result?.error?.message);
}

async function rest(method: string, path: string, body: object): Promise<Reply> {
  const reply = await world.rest<{ contact: Reply }>(method, path, { body });
  return item(reply.body.data?.contact, reply.body.error?.message);
}

describe.each(Object.entries(doors))('a contact brought by %s', (_, write) => {
  it('is created, and logged once', async () => {
    const { cursor } = await contactLogAfter(world, null);
    const contact = await write({ matchOn: 'EMAIL', name: 'Ann', email: mail, phone: '+1 555 0' });
    expect(contact).toMatchObject({ name: 'Ann', email: mail, phone: '+1 555 0' });
    const { rows } = await contactLogAfter(world, cursor);
    expect(rows.map(({ id, action, by }) => ({ id, action, by: by?.id }))).toEqual([
      { id: (contact as { id: string }).id, action: 'created', by: 'agent_123' },
    ]);
  });

  it('is found as it is, by a key written otherwise', async () => {
    const phone = `+49 30 ${1_000_000 + counter}`;
    const id = await createContact(world, { name: 'Ann', email: mail, phone });
    const { cursor } = await contactLogAfter(world, null);
    const stored = { id, name: 'Ann', email: mail, phone };
    const byEmail = { matchOn: 'EMAIL', email: ` ${mail.toUpperCase()} `, name: 'A.' } as const;
    expect(await write(byEmail)).toMatchObject(stored);
    const byPhone = { matchOn: 'PHONE', phone: `030/${1_000_000 + counter}` } as const;
    expect(await write(byPhone)).toMatchObject(stored);
    expect((await contactLogAfter(world, cursor)).rows).toEqual([]);
  });

  it('is the one that remains after a merge', async () => {
    const into = await createContact(world, { name: 'Ann' });
    const gone = await createContact(world, { name: 'A.', email: mail });
    const other = await createContact(world, { name: 'B.', email: `other.${mail}` });
    await mutateOk(world, 'mergeContacts', { into, ids: [other, gone] }, 'contact { id }');
    expect(await write({ matchOn: 'EMAIL', email: mail })).toMatchObject({ id: into });
  });
});

describe.each(
  Object.entries(doors).filter(([name]) => /^(createItem|REST batch)$/.test(name)),
)('a contact brought by %s', (door, write) => {
  it.each<[string, () => ItemContact, string]>([
    [
      'no name for a new one',
      () => ({ matchOn: 'EMAIL', email: mail }),
      'contact.name is required, for no contact has this email yet',
    ],
    [
      'an empty name',
      () => ({ matchOn: 'EMAIL', email: mail, name: ' ' }),
      'contact.name must not be empty',
    ],
    [
      'an address that is none',
      () => ({ matchOn: 'EMAIL', email: 'n/a', name: 'x' }),
      "contact.email must be one e-mail address like name@example.com, not 'n/a'",
    ],
    [
      'no address to match on',
      () => ({ matchOn: 'EMAIL', phone: '5550101', name: 'x' }),
      'contact.email is required to match on it',
    ],
    [
      'a number that is too short',
      () => ({ matchOn: 'PHONE', phone: '12345', name: 'x' }),
      "contact.phone is '12345', but must be one phone number, which has at least 7 digits, no letters and no extension",
    ],
    [
      'two numbers',
      () => ({ matchOn: 'PHONE', phone: '030 1234567 / 0171 1234567', name: 'x' }),
      "contact.phone is '030 1234567 / 0171 1234567', but must be one phone number, which has at least 7 digits",
    ],
    [
      'no number, no name and no address',
      () => ({ matchOn: 'PHONE', phone: 'none', name: ' ', email: 'n/a' }),
      "contact.phone is 'none', but must be one phone number, which has at least 7 digits, no letters and no extension; contact.name must not be empty; contact.email must be one e-mail address like name@example.com, not 'n/a'",
    ],
  ])('is refused with %s', async (...[, contact, message]) => {
    const before = await allContacts(world);
    expect(await write(contact())).toContain(message);
    expect(await allContacts(world)).toEqual(before);
  });

  it('is refused where several have the address', async () => {
    await createContact(world, { name: 'Twin', email: mail });
    await createContact(world, { name: 'Twin', email: mail.toUpperCase() });
    const id = door.startsWith('REST') ? 'contact_id' : 'contactId';
    expect(await write({ matchOn: 'EMAIL', email: mail, name: 'x' })).toBe(
      `Several contacts have this email. Merge them, or name one of them by ${id} instead.`,
    );
  });
});

it('is one for two items of a batch', async () => {
  const contact = { matchOn: 'EMAIL', email: mail, name: 'Ann' };
  const items = [
    { title: 'x', contact },
    { title: 'y', contact: { ...contact, email: mail.toUpperCase(), name: 'Other' } },
  ];
  const { results } = await mutateOk<{ results: { item: { contact: { id: string } } }[] }>(
    world,
    'createItems',
    { boardId: board.id, items },
    `results { ${itemFields} }`,
  );
  expect(results[0]?.item.contact).toMatchObject({ name: 'Ann' });
  expect(results[1]).toEqual(results[0]);
});

it('is one for writers on several boards that bring it at once', async () => {
  const boards = await Promise.all(Array.from({ length: 4 }, () => createBoard(world, { A: [] })));
  const contact = { matchOn: 'EMAIL', email: mail, name: 'Ann' };
  const { cursor } = await contactLogAfter(world, null);
  const replies = await Promise.all(
    boards.flatMap(({ id: boardId }) =>
      Array.from({ length: 5 }, (_, n) =>
        one('createItem', {
          boardId,
          title: 'x',
          contact: n % 2 ? contact : { ...contact, email: mail.toUpperCase() },
        }),
      ),
    ),
  );
  expect(new Set(replies.map((reply) => (reply as { id: string }).id)).size).toBe(1);
  expect((await contactLogAfter(world, cursor)).rows).toHaveLength(1);
});

it.each([
  [
    'another item of an atomic batch is refused',
    'createItems',
    () => ({
      items: [
        { title: 'x', contact: { matchOn: 'EMAIL', email: mail, name: 'Ann' } },
        { title: 'y', columnName: 'none' },
      ],
    }),
  ],
  [
    'an item before it is refused',
    'writeItems',
    () => ({
      operations: [
        { delete: { id: 'item_never' } },
        { update: { id: board.items.a, contact: { matchOn: 'EMAIL', email: mail, name: 'Ann' } } },
      ],
    }),
  ],
  [
    'the values are too big',
    'createItems',
    () => ({
      items: [
        {
          title: 'x',
          values: { k: 'x'.repeat(70_000) },
          contact: { matchOn: 'EMAIL', email: mail, name: 'Ann' },
        },
      ],
    }),
  ],
])('is not created where %s', async (_, name, input) => {
  const before = await allContacts(world);
  const { data } = await expectNoWrites(world, () =>
    mutate(world, [name, { boardId: board.id, ...input() }, 'createdCount']),
  );
  expect(data?.made ?? null).toBeNull();
  expect(await allContacts(world)).toEqual(before);
});

it('is not created for the refused item of a batch per item', async () => {
  const contact = (n: number) => ({ matchOn: 'EMAIL', email: `${n}.${mail}`, name: 'Ann' });
  const items = [
    { title: 'x', columnName: 'none', contact: contact(1) },
    { title: 'y', values: { k: 'x'.repeat(70_000) }, contact: contact(2) },
    { title: 'z', contact: contact(3) },
  ];
  const input = { boardId: board.id, items, mode: 'PER_ITEM' };
  expect(await mutateOk(world, 'createItems', input, 'createdCount failedCount')).toEqual({
    createdCount: 1,
    failedCount: 2,
  });
  const emails = (await allContacts(world)).map(({ email }) => email);
  expect(emails.filter((email) => email?.includes(mail))).toEqual([`3.${mail}`]);
});

it('is not created for an item that has another version', async () => {
  const contact = { matchOn: 'EMAIL', email: mail, name: 'Ann' };
  const input = { id: board.items.a, expectedVersion: 7, contact };
  const { errors } = await expectNoWrites(world, () =>
    mutate(world, ['updateItem', input, itemFields]),
  );
  expect(errors?.[0]?.extensions.code).toBe('VERSION_CONFLICT');
});

it('is shown by a dry run, and not created', async () => {
  const contact = { matchOn: 'EMAIL', email: mail, name: 'Ann' };
  const input = { id: board.items.a, contact };
  const { data } = await expectNoWrites(world, () =>
    mutate<{ item: { contact: object } }>(world, ['updateItem', input, itemFields], {
      validateOnly: true,
    }),
  );
  expect(data?.made.item.contact).toMatchObject({ name: 'Ann', email: mail });
});

it('is created once for an idempotency key', async () => {
  const call = {
    body: { title: 'n', contact: { match_on: 'email', email: mail, name: 'Ann' } },
    headers: { 'idempotency-key': mail },
  };
  const path = `/boards/${board.id}/items`;
  const first = await world.rest('POST', path, call);
  const { cursor } = await contactLogAfter(world, null);
  const second = await world.rest('POST', path, call);
  expect(first.status).toBe(201);
  expect(second.body).toEqual(first.body);
  expect((await contactLogAfter(world, cursor)).rows).toEqual([]);
});

it('leaves an item that has it unchanged', async () => {
  const contact = { matchOn: 'EMAIL', email: mail, name: 'Ann' };
  const input = { id: board.items.a, contact };
  const version = () => mutateOk(world, 'updateItem', input, 'item { version }');
  expect(await version()).toEqual(await version());
});

it.each([
  ['an id', { contactId: 'contact_xyz' }, 'contact cannot be given together with contactId'],
  ['the id null', { contactId: null }, 'contact cannot be given together with contactId'],
])('is refused together with %s', async (_, fields, message) => {
  const contact = { matchOn: 'EMAIL', email: mail, name: 'Ann' };
  const input = { boardId: board.id, title: 'x', contact, ...fields };
  const { errors } = await expectNoWrites(world, () =>
    mutate(world, ['createItem', input, itemFields]),
  );
  expect(errors?.[0]?.message).toBe(message);
});

it('names the parameters of REST where one excludes another', async () => {
  const contact = { match_on: 'email', email: mail, name: 'Ann' };
  const body = { title: 'x', contact_id: 'contact_xyz', contact };
  const reply = await world.rest('POST', `/boards/${board.id}/items`, { body });
  expect(reply.body.error).toMatchObject({
    message: 'contact cannot be given together with contact_id',
    details: [{ field: 'contact', message: 'cannot be given together with contact_id' }],
  });
});

describe('in a body of REST', () => {
  const put = (contact: unknown, more: object = {}) =>
    world.rest('PUT', `/boards/${board.id}/items/${board.items.a}`, { body: { contact, ...more } });

  it('is ignored where it is that of a fetched item', async () => {
    const path = `/boards/${board.id}/items/${board.items.a}`;
    await put({ match_on: 'email', email: mail, name: 'Ann' });
    const { body } = await world.rest('GET', path);
    const sent = await world.rest('PUT', path, { body: { ...body.data, title: 'a2' } });
    expect(sent.body.data).toMatchObject({ title: 'a2', contact: { name: 'Ann' } });
    const without = await world.rest('PUT', path, { body: { ...sent.body.data, contact: null } });
    expect(without.body.data).toEqual(sent.body.data);
  });

  it.each<[unknown, string]>([
    [{ email: 'ann@x.io' }, 'contact.match_on is required'],
    [
      { match_on: 'mail', email: 'ann@x.io' },
      'contact.match_on must be one of email, phone; did you mean email?',
    ],
    [
      { match_on: 'EMAIL', email: 'ann@x.io' },
      'contact.match_on must be one of email, phone; did you mean email?',
    ],
    [{ match_on: 'email', mail: 'ann@x.io' }, 'contact.mail is not known: did you mean email?'],
    [{ match_on: 'email', email: 7 }, 'contact.email must be a string'],
    [{ match_on: 'email', email: null }, 'contact.email is required to match on it'],
    ...['Ann', 'contact_xyz', 7, true, [], ['contact_xyz']].map((contact): [unknown, string] => [
      contact,
      'contact must be an object with email, match_on, name, phone',
    ]),
  ])('is refused as %j', async (contact, message) => {
    expect((await put(contact)).body.error?.message).toBe(message);
    const operations = [{ op: 'create', title: 'n', contact }];
    const reply = await world.rest('POST', `/boards/${board.id}/items/batch`, {
      body: { operations },
    });
    expect(reply.body.error?.message).toContain(message);
  });
});
