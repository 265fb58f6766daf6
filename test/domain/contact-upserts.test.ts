import { beforeEach, describe, expect, it } from 'vitest';
import { mutate, mutateOk } from '../support/boards.ts';
import { contactLogAfter, createContact } from '../support/contacts.ts';
import { expectGraphQLError, expectNoWrites } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

interface Row {
  name?: string;
  email?: string | null;
  phone?: string | null;
}

type MatchOn = 'EMAIL' | 'PHONE';

const selection =
  'createdCount updatedCount failedCount results { index action contact { id name email phone } error { code message } }';

/** One line per result, like `CREATED Ann a@x.io`, or `FAILED message`. */
const doors = {
  graphql: async (matchOn: MatchOn, contacts: readonly Row[], mode = 'PER_ITEM') => {
    const input = { matchOn, contacts, mode };
    const reply = await mutate<Record<string, unknown>>(world, [
      'upsertContacts',
      input,
      selection,
    ]);
    return linesOf(reply.data?.made?.results, reply.errors?.[0]?.message);
  },
  rest: async (matchOn: MatchOn, contacts: readonly Row[], mode = 'PER_ITEM') => {
    const body = { match_on: matchOn.toLowerCase(), contacts, mode: mode.toLowerCase() };
    const reply = await world.rest('POST', '/contacts/batch', { body });
    return linesOf(reply.body.data?.results, reply.body.error?.message);
  },
};

interface Result {
  action: string;
  contact: Required<Row> | null;
  error: { message: string } | null;
}

function linesOf(results: unknown, message: string | undefined): string[] {
  if (message !== undefined) return [message];
  return (results as Result[]).map(({ action, contact, error }) => {
    const parts = contact ? [contact.name, contact.email, contact.phone] : [error?.message];
    return [action.toUpperCase(), ...parts.filter((part) => part != null)].join(' ');
  });
}

beforeEach(async () => {
  const { rows } = await contactLogAfter(world, null);
  const ids = rows.filter(({ by, action }) => by && action === 'created').map(({ id }) => id);
  const own = ids.filter((id) => !/^contact_(xyz|\d+)$/.test(id));
  await mutate(world, ['deleteContacts', { ids: own, unlinkItems: true }, 'deletedIds']);
});

describe.each(Object.entries(doors))('an upsert of contacts through %s', (_, upsert) => {
  it.each<[string, MatchOn, Row, Row, string]>([
    [
      'the same address',
      'EMAIL',
      { email: 'ann@x.io' },
      { email: 'ann@x.io', name: 'Anna' },
      'UPDATED Anna ann@x.io',
    ],
    [
      'another case',
      'EMAIL',
      { email: 'Ann@X.io' },
      { email: 'aNN@x.IO', name: 'Anna' },
      'UPDATED Anna Ann@X.io',
    ],
    [
      'outer spaces',
      'EMAIL',
      { email: 'ann@x.io' },
      { email: ' ann@x.io ' },
      'UNCHANGED Ann ann@x.io',
    ],
    [
      'nothing new',
      'EMAIL',
      { email: 'ann@x.io' },
      { email: 'ann@x.io', name: 'Ann' },
      'UNCHANGED Ann ann@x.io',
    ],
    [
      'a phone to add',
      'EMAIL',
      { email: 'ann@x.io' },
      { email: 'ann@x.io', phone: '5550101' },
      'UPDATED Ann ann@x.io 5550101',
    ],
    [
      'a phone to remove',
      'EMAIL',
      { email: 'ann@x.io', phone: '5550101' },
      { email: 'ann@x.io', phone: null },
      'UPDATED Ann ann@x.io',
    ],
    [
      'another format',
      'PHONE',
      { phone: '+1 (555) 010-1234' },
      { phone: '+1.555.010.1234', name: 'Anna' },
      'UPDATED Anna +1 (555) 010-1234',
    ],
    [
      'no country',
      'PHONE',
      { phone: '+1 (555) 010-1234' },
      { phone: '555-010-1234', name: 'Anna' },
      'UPDATED Anna +1 (555) 010-1234',
    ],
    [
      'a trunk zero',
      'PHONE',
      { phone: '+49 30 1234567' },
      { phone: '030 1234567', name: 'Anna' },
      'UPDATED Anna +49 30 1234567',
    ],
    [
      'other digits',
      'PHONE',
      { phone: '+49 30 1234567' },
      { phone: '٠٣٠ ١٢٣٤٥٦٧', name: 'Anna' },
      'UPDATED Anna +49 30 1234567',
    ],
    [
      'a country to add',
      'PHONE',
      { phone: '30 1234567' },
      { phone: '+49301234567', name: 'Anna' },
      'UPDATED Anna 30 1234567',
    ],
  ])('finds a contact with %s', async (...[, matchOn, stored, row, line]) => {
    await createContact(world, { name: 'Ann', ...stored });
    expect(await upsert(matchOn, [row])).toEqual([line]);
  });

  it.each<[string, MatchOn, Row, Row]>([
    ['another address', 'EMAIL', { email: 'ann@x.io' }, { email: 'ann@x.com', name: 'New' }],
    ['an accent', 'EMAIL', { email: 'ann@x.io' }, { email: 'änn@x.io', name: 'New' }],
    [
      'another country',
      'PHONE',
      { phone: '+49 555 010 1234' },
      { phone: '+1 555 010 1234', name: 'New' },
    ],
    [
      'one digit less',
      'PHONE',
      { phone: '+1 555 010 1234' },
      { phone: '+1 555 010 123', name: 'New' },
    ],
    [
      'an extension',
      'PHONE',
      { phone: '555 010 1234 x5' },
      { phone: '+1 555 010 1234', name: 'New' },
    ],
    ['no phone', 'PHONE', {}, { phone: '555 010 1234', name: 'New' }],
  ])('creates a contact beside one with %s', async (...[, matchOn, stored, row]) => {
    await createContact(world, { name: 'Ann', ...stored });
    expect(await upsert(matchOn, [row])).toEqual([expect.stringMatching(/^CREATED New/)]);
  });

  it('applies rows of one key in order', async () => {
    const rows = [
      { email: 'ann@x.io', name: 'Ann' },
      { email: 'ANN@x.io', name: 'Anna', phone: '5550101' },
      { email: 'ann@x.io' },
    ];
    expect(await upsert('EMAIL', rows)).toEqual([
      'CREATED Ann ann@x.io',
      'UPDATED Anna ann@x.io 5550101',
      'UNCHANGED Anna ann@x.io 5550101',
    ]);
  });

  it('gives each fault to its own row, or writes nothing in an atomic batch', async () => {
    await createContact(world, { name: 'Twin', email: 'twin@x.io' });
    await createContact(world, { name: 'Twin', email: 'Twin@x.io' });
    const rows = [
      { email: 'ann@x.io', name: 'Ann' },
      { email: 'twin@x.io', name: 'x' },
      { email: 'new@x.io' },
      { name: 'no address' },
      { email: 'n/a', name: 'x' },
      { email: 'bob@x.io', name: 'Bob', phone: 'none' },
    ];
    const atomic = await expectNoWrites(world, () => upsert('EMAIL', rows, 'ATOMIC'));
    expect(atomic).toEqual([
      expect.stringMatching(
        /^Nothing was written: 5 of 6 cannot be done\. The first, at index 1: Several/,
      ),
    ]);
    expect(await upsert('EMAIL', rows)).toEqual([
      'CREATED Ann ann@x.io',
      'FAILED Several contacts have this email. Merge them, or update one by its id.',
      'FAILED name is required, for no contact has this email yet',
      'FAILED email is required to match on it',
      "FAILED email must be one e-mail address like name@example.com, not 'n/a'",
      expect.stringMatching(/^FAILED phone must be one phone number/),
    ]);
  });

  it('finds the contact that remains by the address and the number of one that was merged into it', async () => {
    const into = await createContact(world, {
      name: 'Ann',
      email: 'ann@x.io',
      phone: '+1 555 0100 111',
    });
    const gone = await createContact(world, {
      name: 'A.',
      email: 'old@x.io',
      phone: '+1 555 0100 222',
    });
    await mutateOk(world, 'mergeContacts', { into, ids: [gone] }, 'contact { id }');
    const ann = 'ann@x.io +1 555 0100 111';
    expect(await upsert('EMAIL', [{ email: 'OLD@x.io', name: 'Anna' }])).toEqual([
      `UPDATED Anna ${ann}`,
    ]);
    expect(await upsert('PHONE', [{ phone: '5550100222' }])).toEqual([`UNCHANGED Anna ${ann}`]);
  });

  it.each([
    ['no rows', []],
    ['over 500 rows', Array.from({ length: 501 }, (_, n) => ({ email: `${n}@x.io` }))],
  ])('refuses %s', async (_, rows) => {
    expect(await upsert('EMAIL', rows)).toEqual([expect.stringMatching(/^contacts must not be/)]);
  });

  it('refuses a phone number that is too short to match on', async () => {
    expect(await upsert('PHONE', [{ phone: '112', name: 'x' }])).toEqual([
      "FAILED phone is '112', but must be one phone number, which has at least 7 digits, no letters and no extension",
    ]);
  });
});

it('creates one contact when several clients upsert the same address at once', async () => {
  const input = { matchOn: 'EMAIL', contacts: [{ email: 'same@x.io', name: 'x' }] };
  const calls = Array.from({ length: 8 }, () =>
    mutateOk(world, 'upsertContacts', input, 'createdCount'),
  );
  const made = await Promise.all(calls);
  expect(made.filter(({ createdCount }) => createdCount === 1)).toHaveLength(1);
  expect(await world.db.contact.count({ where: { email: 'same@x.io' } })).toBe(1);
});

describe('a list of contacts', () => {
  const names = async (args: string) => {
    const reply = await world.graphql<{ contacts: { nodes: { name: string }[] } }>(
      `{ contacts(${args}) { nodes { name } } }`,
    );
    expect(reply.errors).toBeUndefined();
    const [[key, value] = []] = [...args.matchAll(/(\w+): "(.*)"/g)].map(([, ...pair]) => pair);
    const query = new URLSearchParams([[String(key), String(value)]]);
    const { body } = await world.rest<{ name: string }[]>('GET', `/contacts?${query}`);
    const found = reply.data.contacts.nodes.map(({ name }) => name);
    expect(body.data.map(({ name }) => name)).toEqual(found);
    return found;
  };

  beforeEach(async () => {
    await createContact(world, {
      name: 'Jörg Weiß',
      email: 'Joerg@Weiss.example',
      phone: '+49 30 9876543',
    });
  });

  it.each([
    'email: "joerg@weiss.example"',
    'email: " JOERG@WEISS.EXAMPLE "',
    'phone: "030 9876543"',
    'phone: "0049 30 98 76 543"',
    'phone: "9876543"',
    'search: "weiss jorg"',
    'search: "WEIẞ"',
    'search: "98765 jö"',
    'search: "joerg@"',
  ])('is found by %s', async (args) => {
    expect(await names(args)).toEqual(['Jörg Weiß']);
  });

  it.each([
    'email: "weiss.example@"',
    'phone: "876543211"',
    'search: "weiss jürg"',
    'search: "%"',
  ])('is not found by %s', async (args) => {
    expect(await names(args)).toEqual([]);
  });

  it.each([
    'email: "weiss"',
    'phone: "123"',
    'phone: "call"',
    'search: "\u0301"',
  ])('refuses %s', async (args) => {
    expectGraphQLError(
      await world.graphql(`{ contacts(${args}) { nodes { name } } }`),
      'VALIDATION_ERROR',
    );
  });
});
