import { beforeAll, expect, it } from 'vitest';
import { indexRangesOf } from '../../src/domain/items/filter/indexed-values.ts';
import type { ValueFilter } from '../../src/domain/items/filter/value-filter.ts';
import { firstOfRange } from '../../src/domain/items/scan/index-range.ts';
import { hasEmail, hasPhone } from '../../src/domain/readings.ts';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { createContact } from '../support/contacts.ts';
import { expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { createKey, useWorld } from '../support/world.ts';

const { sql } = Prisma;
const world = useWorld();
let key: string;

const stored = [
  { name: 'one', phone: '+1 (555) 010-1234', email: 'A@X.io' },
  { name: 'two', phone: '555-010-1234', email: 'a@x.io' },
  { name: 'three', phone: '0555.010.1234', email: 'á@x.io' },
  { name: 'four', phone: '+44 20 7946 0958', email: 'A.B+c@Example.COM' },
  { name: 'five', phone: '110' },
  { name: 'six', phone: '+1 (555) 777-0000 ext. 5' },
  { name: 'seven', phone: '٠٥٥٥ ٧٧٧ ٠٠٠٠' },
  { name: 'eight', phone: '０３-１２３４-５６７８' },
  { name: 'nine', phone: '+49 (0)30 987654' },
];

beforeAll(async () => {
  key = (await createKey(world, { inOtherWorkspace: true })).key;
  const api = {
    ...world,
    graphql: (query: string, variables?: object) => world.graphql(query, variables, key),
  };
  for (const contact of stored) await createContact(api as typeof world, contact);
});

/** Asks for contacts through both doors. */
async function ask(args: { email?: string; phone?: string; search?: string }) {
  const graphql = await world.graphql<{
    contacts: { totalCount: number; nodes: { name: string }[] };
  } | null>(
    `query ($email: String, $phone: String, $search: String) {
      contacts(email: $email, phone: $phone, search: $search) { totalCount nodes { name } } }`,
    args,
    key,
  );
  const headers = { authorization: `Bearer ${key}` };
  const rest = await world.rest<{ name: string }[]>(
    'GET',
    `/contacts?${new URLSearchParams(args)}`,
    { headers },
  );
  return { graphql, rest };
}

it.each([
  [{ email: 'a@X.IO ' }, ['one', 'two']],
  [{ email: '\u00a0á@x.io' }, ['three']],
  [{ email: 'a.b+C@example.com' }, ['four']],
  [{ email: 'x.io@' }, []],
  [{ phone: '555-010-1234' }, ['one', 'two', 'three']],
  [{ phone: '(5) 010 1234' }, ['one', 'two', 'three']],
  [{ phone: '+1555 010 1234' }, ['one', 'two', 'three']],
  [{ phone: '+49 555 010 1234' }, ['two', 'three']],
  [{ phone: '020 7946 0958' }, ['four']],
  [{ phone: '00 44 20 7946 0958' }, ['four']],
  [{ phone: '5550101234', email: 'A@x.io' }, ['one', 'two']],
  [{ phone: '+1 555 777 0000' }, ['six', 'seven']],
  [{ phone: '555.777.0000 x9' }, ['six', 'seven']],
  [{ phone: '+15557770000;ext=9' }, ['six', 'seven']],
  [{ phone: '555 777 0000,,9#' }, []],
  [{ phone: '５５５７７７００００' }, ['six', 'seven']],
  [{ phone: '555 777 00005' }, []],
  [{ phone: '+81 3 1234 5678' }, ['eight']],
  [{ phone: '' }, ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']],
  [{ phone: '004930987654' }, ['nine']],
  [{ phone: '030 987654' }, ['nine']],
])('finds contacts by %j', async (args, names) => {
  const { graphql, rest } = await ask(args);
  expect(graphql.data?.contacts).toEqual({
    totalCount: names.length,
    nodes: names.map((name) => ({ name })),
  });
  expect(rest.body.data.map(({ name }) => name)).toEqual(names);
});

it.each([
  [{ email: 'x.io' }, "email must be an e-mail address with an @, not 'x.io'"],
  [{ phone: '110' }, "phone must be a phone number with at least 7 digits, not '110'"],
  [{ phone: 'CALL 5550101234' }, 'at least 7 digits'],
  [{ phone: '5550101234 x' }, 'at least 7 digits'],
  [{ phone: '5550101234 x1234567' }, 'at least 7 digits'],
])('refuses %j', async (args, message) => {
  const { graphql, rest } = await ask(args);
  expect(expectGraphQLError(graphql, 'VALIDATION_ERROR')).toContain(message);
  expect(expectRestError(rest, 400, 'VALIDATION_ERROR').message).toContain(message);
});

/** The plan of a statement for any parameters, as a connection uses it after some executions, on tables with 20,000 persons. */
const planOf = ({ text, values }: Prisma.Sql): Promise<string> =>
  world.db.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL plan_cache_mode = force_generic_plan`;
    await tx.$executeRawUnsafe(`PREPARE look_up AS ${text}`);
    const rows = await tx.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(
      `EXPLAIN EXECUTE look_up (${values.map(() => 'NULL')})`,
    );
    await tx.$executeRaw`DEALLOCATE look_up`;
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });

it('looks up one e-mail address and one phone number by an index, in contacts and in values', async () => {
  await world.db.workspace.create({ data: { id: 'w', name: 'w' } });
  await world.db.$executeRaw`INSERT INTO contact (workspace_id, id, name, email, phone)
    SELECT 'w', 'contact_' || n, 'x', 'p' || n || '@x.io', '+1555' || 1000000 + n
    FROM generate_series(1, 20000) n`;
  await world.db
    .$executeRaw`INSERT INTO item_value (workspace_id, board_id, key, reading, text, item_id)
    SELECT 'w', 'b', key, 't', CASE key WHEN 'email' THEN 'p' || n || '@x.io' ELSE '+1555' || 1000000 + n END, n::text
    FROM generate_series(1, 20000) n, unnest(ARRAY['email', 'phone', 'other']) key`;
  await world.db.$executeRaw`ANALYZE contact, item_value`;
  const contacts = (is: Prisma.Sql) =>
    sql`SELECT FROM contact k WHERE k.workspace_id = 'w' AND ${is} ORDER BY k.created_at, k.id LIMIT 51`;
  expect(await planOf(contacts(hasEmail(sql`k.email`, ['p5@x.io'])))).toContain(
    'contact_email_idx',
  );
  expect(await planOf(contacts(hasPhone(sql`k.phone`, ['15551000005'])))).toContain(
    'contact_phone_idx',
  );
  const board = { workspaceId: 'w', parent: { boardId: 'b' } };
  const values = (filter: ValueFilter) =>
    indexRangesOf(filter).map((range) => firstOfRange(board, range, 1001));
  for (const [as, eq, index] of [
    ['EMAIL', 'P5@x.io', 'item_value_email_idx'],
    ['PHONE', '1 555 1000005', 'item_value_phone_idx'],
  ] as const)
    for (const statement of values({ key: as.toLowerCase(), as, eq }))
      expect(await planOf(statement)).toContain(index);
});
