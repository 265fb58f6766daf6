import { describe, expect, it } from 'vitest';
import { createBoard, mutate, mutateOk } from '../support/boards.ts';
import { createContact } from '../support/contacts.ts';
import { expectGraphQLError, expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const merge = (into: string, ...ids: string[]) =>
  mutateOk<{ contact: object }>(world, 'mergeContacts', { into, ids }, 'contact { id mergedIds }');

describe('the id of a contact that was merged', () => {
  it('stands for the contact that remains, through chains of merges', async () => {
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((name) => createContact(world, { name })),
    );
    if (!a || !b || !c) throw new Error('three contacts');
    await merge(b, a);
    expect(await merge(c, b)).toEqual({ contact: { id: c, mergedIds: [b, a] } });
    const { data } = await world.graphql(
      `query ($a: ID!, $b: ID!) { a: contact(id: $a) { id name } b: node(id: $b) { id __typename }
        nodes(ids: [$a, $b]) { id } }`,
      { a, b },
    );
    const nodes = [{ id: c }, { id: c }];
    expect(data).toEqual({ a: { id: c, name: 'c' }, b: { id: c, __typename: 'Contact' }, nodes });
    const reply = await world.rest('GET', `/contacts/${a}`);
    expect(reply.body.data).toMatchObject({ id: c, merged_ids: [b, a] });
    const updated = await world.rest('PUT', `/contacts/${b}`, { body: { name: 'new' } });
    expect(updated.body.data).toMatchObject({ id: c, name: 'new' });
  });

  it('can be merged again without an error, and without a change', async () => {
    const [a, b] = [await createContact(world), await createContact(world)];
    await merge(b, a);
    const again = () => merge(b, a);
    expect(await expectNoWrites(world, again)).toEqual({ contact: { id: b, mergedIds: [a] } });
    const selection = 'contact { id }';
    const reversed = () => mutateOk(world, 'mergeContacts', { into: a, ids: [b] }, selection);
    expect(await expectNoWrites(world, reversed)).toEqual({ contact: { id: b } });
  });

  it('merges the contact that it stands for into another one', async () => {
    const [a, b, c] = [
      await createContact(world),
      await createContact(world),
      await createContact(world),
    ];
    await merge(b, a);
    expect(await merge(c, a)).toEqual({ contact: { id: c, mergedIds: [b, a] } });
  });

  it('is unknown when the contact that remained is deleted', async () => {
    const [a, b] = [await createContact(world), await createContact(world)];
    await merge(b, a);
    await mutateOk(world, 'deleteContacts', { ids: [b] }, 'deletedIds');
    expectRestError(await world.rest('GET', `/contacts/${a}`), 404, 'CONTACT_NOT_FOUND');
  });

  it('is not deleted by a deletion of that id', async () => {
    const [a, b] = [await createContact(world), await createContact(world)];
    await merge(b, a);
    const { body } = await world.rest('DELETE', '/contacts', { body: { contact_ids: [a] } });
    expect(body.data).toEqual({ deleted: 0, contact_ids: [] });
  });
});

it('reads the merged ids of a page of contacts in one statement', async () => {
  const statements = await world.statementsOf(() =>
    world.graphql('{ contacts(first: 20) { nodes { id mergedIds } } }'),
  );
  expect(statements).toHaveLength(2);
});

const doors = {
  graphql: async (fields: object) => {
    const reply = await mutate(world, [
      'createContact',
      { name: 'x', ...fields },
      'contact { email phone }',
    ]);
    return reply.errors ? expectGraphQLError(reply, 'VALIDATION_ERROR') : reply.data?.made.contact;
  },
  rest: async (fields: object) => {
    const reply = await world.rest('POST', '/contacts', { body: { name: 'x', ...fields } });
    if (reply.status !== 201) return expectRestError(reply, 400, 'VALIDATION_ERROR').message;
    const { email, phone } = reply.body.data;
    return { email, phone };
  },
};

describe.each(Object.entries(doors))('through %s', (_, create) => {
  it.each([
    'a@x.io',
    'e@x',
    ' Spaced@X.io ',
    'first.last+tag@sub.example.co.uk',
    "o'connor@example.com",
    'jürgen@münchen.example',
    '用户@例子.广告',
    '"John Smith"@example.com',
    'root@[192.168.0.1]',
    `${'a'.repeat(64)}@example.com`,
  ])('accepts the e-mail address %s', async (email) => {
    expect(await create({ email })).toEqual({ email, phone: null });
  });

  it.each([
    'n/a',
    'x.io',
    '@x.io',
    'a@',
    'a@@x.io',
    'a@x.io, b@x.io',
    'a@x.io;b@x.io',
    'Ann <a@x.io>',
    'mailto:a@x.io',
    'a b@x.io',
    'a@x..io',
    'a@.io',
    '.a@x.io',
    '[email protected]',
    '+49 30 123456',
    'a@x.io\u0000',
    '\u200ba@x.io',
    'a\u00ad@x.io',
    '\u202aa@x.io\u202c',
    'a@x\u200d.io',
    'a\u0007@x.io',
  ])('refuses the e-mail address %j', async (email) => {
    expect(await create({ email })).toMatch(/email|cannot be stored|U\+0000/);
  });

  it.each([
    '+62812345678',
    '(0)30/123 456-78',
    '112',
    '+1 (555) 010-1234 ext. 12',
    '555-010-1234 x9',
    '0800.123.456',
    '\u202a+1 555 010\u20111234\u202c',
    '030\u00a0123456',
    '٠١٢٣٤٥٦٧',
    '+4930123456;12',
    '030/1234567',
    '01.02.20.25.00',
  ])('accepts the phone number %s', async (phone) => {
    expect(await create({ phone })).toEqual({ phone, email: null });
  });

  it.each([
    'unknown',
    '-',
    '+',
    '12',
    'a@x.io',
    '555-010-1234 or 555-010-1235',
    'call me at 5550101234',
    '#REF!',
    '1.5551E+10',
    '1234567890123456789012345',
    '555_010_1234',
    '+49 30 123456 / 0171 123456',
    '555-010-1234, 555-010-1235',
    '2025-04-15',
    '15.04.2025',
  ])('refuses the phone number %j', async (phone) => {
    expect(await create({ phone })).toMatch(/^phone must be one phone number/);
  });
});

it('keeps a contact whose stored phone number is none, until the number is written', async () => {
  const id = await createContact(world);
  await world.db.contact.updateMany({ where: { id }, data: { phone: 'ask Ann' } });
  expect(
    (await world.rest('PUT', `/contacts/${id}`, { body: { name: 'y' } })).body.data,
  ).toMatchObject({
    ...{ name: 'y', phone: 'ask Ann' },
  });
  expectRestError(
    await world.rest('PUT', `/contacts/${id}`, { body: { phone: 'ask Bob' } }),
    400,
    'VALIDATION_ERROR',
  );
});

describe('the REST endpoints of contacts', () => {
  it('create, read, update, merge and delete', async () => {
    const body = { name: 'Ann', phone: '+49 30 1234567' };
    const created = await world.rest<{ id: string }>('POST', '/contacts', { body });
    const { id } = created.body.data;
    const contact = {
      ...{ id, ...body, email: null, merged_ids: [] },
      ...{ created_at: expect.any(String), updated_at: expect.any(String) },
    };
    expect(created).toMatchObject({ status: 201, body: { success: true, data: contact } });
    expect((await world.rest('GET', `/contacts/${id}`)).body.data).toEqual(contact);
    const whole = { ...created.body.data, email: 'ann@x.io' };
    const updated = await world.rest('PUT', `/contacts/${id}`, { body: whole });
    expect(updated.body.data).toMatchObject({ id, ...body, email: 'ann@x.io' });
    const other = await createContact(world, { name: 'Annie' });
    const merged = await world.rest('POST', `/contacts/${id}/merge`, {
      body: { contact_ids: [other] },
    });
    expect(merged.body.data).toMatchObject({ id, name: 'Ann', merged_ids: [other] });
    const gone = await world.rest('DELETE', '/contacts', {
      body: { contact_ids: [id, 'contact_never'] },
    });
    expect(gone.body.data).toEqual({ deleted: 1, contact_ids: [id] });
    expectRestError(await world.rest('GET', `/contacts/${id}`), 404, 'CONTACT_NOT_FOUND');
    expectRestError(await world.rest('PUT', `/contacts/${id}`, { body }), 404, 'CONTACT_NOT_FOUND');
  });

  it('list in pages, by offset and by cursor', async () => {
    const page = async (query: string) => {
      const { body } = await world.rest<{ id: string }[]>('GET', `/contacts?limit=2${query}`);
      return body as typeof body & { next_cursor: string };
    };
    const first = await page('');
    expect(first.pagination).toMatchObject({ limit: 2, offset: 0 });
    const second = await page(`&cursor=${first.next_cursor}`);
    expect((await page('&offset=2')).data).toEqual(second.data);
    expect((await page('&search=SMITH')).data.map(({ id }) => id)).toContain('contact_xyz');
  });

  it('refuse to delete a contact with items, unless the body says what happens to them', async () => {
    const board = await createBoard(world, { A: ['a'] });
    const [id, other] = [await createContact(world), await createContact(world)];
    await mutateOk(world, 'updateItem', { id: board.items.a, contactId: id }, 'item { id }');
    const body = { contact_ids: [id] };
    const refused = await world.rest('DELETE', '/contacts', { body });
    expect(refused).toMatchObject({
      status: 409,
      body: { error: { code: 'CONTACT_IN_USE', items_count: 1 } },
    });
    const both = { ...body, unlink_items: true, delete_items: true };
    expectRestError(
      await world.rest('DELETE', '/contacts', { body: both }),
      400,
      'VALIDATION_ERROR',
    );
    await world.rest('DELETE', '/contacts', { body: { ...body, move_items_to: other } });
    const item = await world.rest('GET', `/boards/${board.id}/items/${board.items.a}`);
    expect(item.body.data).toMatchObject({ contact: { id: other } });
  });
});

describe('a list of contacts', () => {
  const read = async (args: string) => {
    const { data, errors } = await world.graphql<{ contacts: { nodes: { id: string }[] } }>(
      `{ contacts(first: 500${args}) { nodes { id } } }`,
    );
    expect(errors).toBeUndefined();
    return data.contacts.nodes.map(({ id }) => id);
  };
  const search = async (body: object) => {
    const reply = await world.rest<{ id: string }[]>('POST', '/contacts/search', { body });
    return reply.body.data.map(({ id }) => id);
  };

  it('has the contacts that were changed since a time, oldest change first', async () => {
    const [a, b] = [await createContact(world), await createContact(world)];
    const { updatedAt } = await world.db.contact.findFirstOrThrow({ where: { id: b } });
    await mutateOk(world, 'updateContact', { id: a, name: 'changed' }, 'contact { id }');
    const since = updatedAt.toISOString();
    const filter = `filter: { updatedAt: { gte: "${since}" } }`;
    expect(await read(`, ${filter}, orderBy: [{ field: UPDATED_AT }]`)).toEqual([b, a]);
    expect(await read(`, ${filter}, orderBy: [{ field: UPDATED_AT, direction: DESC }]`)).toEqual([
      a,
      b,
    ]);
    const range = { date_range: { from: since, field: 'updated_at' } };
    expect(await search({ ...range, sort_by: 'updated_at', sort_order: 'asc' })).toEqual([b, a]);
    expect(await search({ ...range, sort_by: 'updated_at' })).toEqual([a, b]);
    expect(await read(`, filter: { createdAt: { lt: "2000-01-01T00:00:00Z" } }`)).toEqual([]);
  });

  it.each([
    'NAME',
    'CREATED_AT',
    'UPDATED_AT',
  ])('is read in pages by %s without a gap', async (field) => {
    for (const direction of ['ASC', 'DESC']) {
      const orderBy = `, orderBy: [{ field: ${field}, direction: ${direction} }]`;
      const all = await read(orderBy);
      const ids: string[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const cursor: string = after === '' ? '' : `&cursor=${after}`;
        const sort = `sort_by=${field.toLowerCase()}&sort_order=${direction.toLowerCase()}`;
        const { body } = await world.rest<{ id: string }[]>(
          'GET',
          `/contacts?limit=7&${sort}${cursor}`,
        );
        ids.push(...body.data.map(({ id }) => id));
        after = (body as typeof body & { next_cursor: string | null }).next_cursor;
      }
      expect(ids).toEqual(all);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it.each([
    [
      `filter: { updatedAt: { gt: "2025-01-02T00:00:00Z", lt: "2025-01-01T00:00:00Z" } }`,
      'updatedAt',
    ],
    [`orderBy: [{}, {}, {}, {}]`, 'orderBy must not have more than 3'],
  ])('refuses %s', async (args, message) => {
    const reply = await world.graphql(`{ contacts(${args}) { nodes { id } } }`);
    expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toContain(message);
  });
});
