import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { useWorld } from '../support/world.ts';

const readsPerWorkspace = 3;
const world = useWorld({ readsPerWorkspace });

/** A document with the field under many aliases. */
const under = (count: number, field: (n: number) => string): string =>
  `{ ${Array.from({ length: count }, (_, n) => `a${n}: ${field(n)}`).join(' ')} }`;

const itemId = (n: number): string => `item_00${1 + (n % 9)}`;

async function run(document: string): Promise<Record<string, unknown>> {
  const { data, errors } = await world.graphql<Record<string, unknown>>(document);
  expect(errors).toBeUndefined();
  return data;
}

/** The most statements that wait at once for a table, while requests with the document are sent. */
async function mostAtOnce(table: string, document: string, requests: number): Promise<number> {
  const count = async (): Promise<number> => {
    const [row] = await world.db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::integer AS count FROM pg_locks l
      WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.relation = ${table}::regclass::oid AND NOT l.granted`;
    return row?.count ?? 0;
  };
  const sent: Promise<unknown>[] = [];
  let most = 0;
  await world.db.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      for (let n = 0; n < requests; n += 1) sent.push(run(document));
      await vi.waitFor(async () => expect(await count()).toBeGreaterThan(0));
      for (let n = 0; n < 10; n += 1) {
        await setTimeout(20);
        most = Math.max(most, await count());
        expect(world.db.$pool.waitingCount).toBe(0);
      }
    },
    { timeout: 20_000 },
  );
  await Promise.all(sent);
  return most;
}

const fields = [
  ['changes(after: "now")', 'changes(after: "now") { pageInfo { endCursor } nodes { action } }'],
  [
    'contactChanges(after: "now")',
    'contactChanges(after: "now", first: 0) { pageInfo { endCursor } }',
  ],
  ['viewer', 'viewer { workspace { id name } }'],
] as const;

it.each(fields)('reads %s once in a request, under however many aliases', async (_, field) => {
  const statementsOf = async (count: number) =>
    (await world.statementsOf(() => run(under(count, () => field)))).filter((text) =>
      /sequence_changes|contacts_revision|"workspace"/.test(text),
    );
  expect(await statementsOf(1)).toHaveLength(1);
  expect(await statementsOf(50)).toHaveLength(1);
});

it('reads the end of the feed of a workspace for all of its requests, one after the other', async () => {
  const document = under(50, () => fields[0][1]);
  expect(await mostAtOnce('feed', document, 20)).toBe(1);
});

it('has a cursor of now that is behind all earlier commits', async () => {
  for (let n = 0; n < 5; n += 1) {
    const busy = run(under(3, () => fields[0][1]));
    const input = `{ id: "board_abc123", name: "Board ${n}" }`;
    const { errors } = await world.graphql(
      `mutation { updateBoard(input: ${input}) { board { id } } }`,
    );
    expect(errors).toBeUndefined();
    expect(await run(under(2, () => fields[0][1]))).toMatchObject({
      a0: { nodes: [] },
      a1: { nodes: [] },
    });
    await busy;
  }
});

it('limits the reads of single items', async () => {
  const document = under(50, (n) => `item(id: "${itemId(n)}") { id title }`);
  expect(await mostAtOnce('item', document, 5)).toBe(readsPerWorkspace);
  const items = await run(document);
  expect(Object.values(items)).toEqual(
    Array.from({ length: 50 }, (_, n) => ({ id: itemId(n), title: expect.any(String) })),
  );
});

it('reads a single item in one statement', async () => {
  const document = '{ item(id: "item_001") { id title } }';
  expect(await world.statementsOf(() => run(document))).toHaveLength(1);
});

it('limits the reads of the states of boards', async () => {
  const most = await mostAtOnce('board', '{ boardEtag(id: "board_abc123") }', 20);
  expect(most).toBeLessThanOrEqual(readsPerWorkspace);
});
