import fc, { type Arbitrary } from 'fast-check';
import { expect, it } from 'vitest';
import { ItemStates } from '../../src/domain/feed/item-states.ts';
import { endOfRevision, type Position } from '../../src/domain/feed/position.ts';
import { readBoardFeed } from '../../src/domain/feed/read.ts';
import type { ItemFilter } from '../../src/domain/items/filter/filter.ts';
import { valueTest } from '../model/query/value-arbitraries.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { runs, seed, timeout } from '../support/property-settings.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const titles = ['red', 'Rëd car', 'blue', 'green 5', '50000'];
const contacts = ['contact_xyz', 'contact_003'];
const labels = ['a', 'b', 'c'];
/** Values of the keys that the filters test. */
const values = {
  amount: [5, '5', '5.0', 'five', null, 1e5, [1]],
  due: ['2025-04-15', '2025-04-15T10:00:00Z', 'soon', null],
  mixed: [true, 'true', 0.5, '2000-02-29', 'red', { deep: 'red' }],
};

/** The fields that a write sets. A number chooses a column of the board. */
interface Fields {
  title?: string;
  columnId?: number;
  values?: object;
  labels?: string[];
  contactId?: string | null;
}

type Write = { fields: Fields; item: number; op: 'create' | 'update' | 'delete' }[];

const oneOf = <Value>(list: readonly Value[]) => fc.constantFrom(...list);

const fields: Arbitrary<Fields> = fc.record(
  {
    title: oneOf(titles),
    columnId: fc.nat(1),
    values: fc.record(
      { amount: oneOf(values.amount), due: oneOf(values.due), mixed: oneOf(values.mixed) },
      { requiredKeys: [] },
    ),
    labels: fc.subarray(labels),
    contactId: oneOf([...contacts, null]),
  },
  { requiredKeys: [] },
);

/** One to four operations of one transaction. */
const write: Arbitrary<Write> = fc.array(
  fc.record({
    fields,
    item: fc.nat(1000),
    op: oneOf(['create', 'update', 'update', 'update', 'delete'] as const),
  }),
  { minLength: 1, maxLength: 4 },
);

const leaf: Arbitrary<ItemFilter> = fc.oneof(
  fc.record({ title: fc.record({ contains: oneOf(['r', 'red', 'car']) }) }),
  fc.record({ title: fc.record({ eq: oneOf(titles) }) }),
  fc.record({ title: fc.record({ nin: fc.subarray(titles) }) }),
  fc.record({ labels: fc.record({ hasAny: fc.subarray(labels, { minLength: 1 }) }) }),
  fc.record({ labels: fc.record({ exists: fc.boolean() }) }),
  fc.record({ contactId: fc.record({ eq: oneOf(contacts) }) }),
  fc.record({ contactId: fc.record({ exists: fc.boolean() }) }),
  fc.record({ columnId: fc.record({ ne: oneOf(['column 0', 'column 1']) }) }),
  fc.record({
    values: fc.array(valueTest, { minLength: 1, maxLength: 2 }),
  }) as Arbitrary<ItemFilter>,
);
const filter: Arbitrary<ItemFilter> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  fc.record({ not: leaf }),
  fc.record({ and: fc.array(leaf, { minLength: 2, maxLength: 2 }) }),
  fc.record({ or: fc.array(leaf, { minLength: 2, maxLength: 2 }) }),
);

/** Runs a write on items that exist. */
async function run(board: TestBoard, items: string[], operations: Write): Promise<void> {
  const named = new Set<string>();
  const inputs = operations.flatMap(({ fields: { columnId, ...rest }, item, op }): object[] => {
    const set = {
      ...rest,
      ...(columnId !== undefined && { columnId: Object.values(board.columns)[columnId] }),
    };
    if (op === 'create' || items.length === 0) return [{ create: { title: 'red', ...set } }];
    const id = items[item % items.length] ?? '';
    if (named.has(id)) return [];
    named.add(id);
    return [op === 'delete' ? { delete: { id } } : { update: { id, ...set } }];
  });
  const { results } = await mutateOk<{ results: { action: string; item: { id: string } }[] }>(
    world,
    'writeItems',
    { boardId: board.id, operations: inputs },
    'results { action item { id } }',
  );
  for (const { action, item } of results) {
    if (action === 'CREATED') items.push(item.id);
    if (action === 'DELETED') items.splice(items.indexOf(item.id), 1);
  }
}

interface Snapshot {
  revision: number;
  /** The ids of the items that match, by filter. */
  matches: Set<string>[];
}

async function snapshotOf({ id }: TestBoard, filters: readonly ItemFilter[]): Promise<Snapshot> {
  const declared = filters.map((_, n) => `$f${n}: ItemFilter`).join(', ');
  const fields = filters.map((_, n) => `f${n}: items(filter: $f${n}, first: 500) { nodes { id } }`);
  const { data, errors } = await world.graphql<{
    board: { revision: number } & Record<string, { nodes: { id: string }[] }>;
  }>(`query ($id: ID!, ${declared}) { board(id: $id) { revision ${fields.join(' ')} } }`, {
    id,
    ...Object.fromEntries(filters.map((one, n) => [`f${n}`, one])),
  });
  expect(errors).toBeUndefined();
  const matches = filters.map((_, n) => new Set(data.board[`f${n}`]?.nodes.map((node) => node.id)));
  return { revision: data.board.revision, matches };
}

/** The states that all reads of a history leave to each other, whatever their filter and their position. */
const states = new ItemStates();

/** All changes after a revision that concern a filter. */
async function changesAfter(logId: string, revision: number, filter: ItemFilter) {
  const scope = { workspaceId: 'workspace_demo', logId, filter, size: 7, states };
  const changes = [];
  for (let after: Position = endOfRevision(revision); ; ) {
    const page = await readBoardFeed(world.db, scope, after);
    changes.push(...page.changes);
    if (!page.hasMore) return changes;
    after = page.end;
  }
}

const withIds = (filter: ItemFilter, { columns }: TestBoard): ItemFilter =>
  JSON.parse(
    JSON.stringify(filter).replace(/column (\d)/g, (_, n) => Object.values(columns)[n] ?? ''),
  );

it('gives every later result from every revision, whatever the filter and the history', {
  timeout,
}, async () => {
  const history = fc.tuple(
    fc.array(write, { minLength: 40, maxLength: 40 }),
    fc.array(filter, { minLength: 6, maxLength: 6 }),
  );
  for (const [writes, drawn] of fc.sample(history, { seed, numRuns: Math.ceil(runs / 1000) })) {
    const board = await createBoard(world, { A: ['red'], B: ['blue'] });
    const filters = drawn.map((one) => withIds(one, board));
    const items = Object.values(board.items);
    const snapshots = [await snapshotOf(board, filters)];
    for (const [n, operations] of writes.entries()) {
      await run(board, items, operations);
      if (n % 10 === 9) snapshots.push(await snapshotOf(board, filters));
    }
    for (const [start, { revision, matches }] of snapshots.entries()) {
      for (const [n, one] of filters.entries()) {
        const changes = await changesAfter(board.id, revision, one);
        const state = new Set(matches[n]);
        for (const later of snapshots.slice(start + 1)) {
          while (changes[0] && changes[0].revision <= later.revision) {
            const { transition, subjectId } = changes.shift() ?? {};
            if (subjectId === undefined) continue;
            expect(state.has(subjectId), JSON.stringify([one, transition])).toBe(
              transition !== 'ENTERED',
            );
            if (transition === 'LEFT') state.delete(subjectId);
            else state.add(subjectId);
          }
          expect(state, `${JSON.stringify(one)} from ${revision} to ${later.revision}`).toEqual(
            later.matches[n],
          );
        }
      }
    }
  }
});
