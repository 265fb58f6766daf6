import fc from 'fast-check';
import { expect, it } from 'vitest';
import { itemQuery } from '../model/query/arbitraries.ts';
import { checkCases, selectThresholds, thresholds } from '../model/query/check-cases.ts';
import { edgeRows } from '../model/query/edge-rows.ts';
import { useGateway } from '../model/query/gateway.ts';
import { expectedIds } from '../model/query/model.ts';
import type { Parent } from '../model/query/query.ts';
import {
  isLast,
  runWalks,
  type Step,
  type Walk,
  walk,
  walkByValue,
  walkedIds,
} from '../model/query/walk.ts';
import { runs, timeout } from '../support/property-settings.ts';

const gateway = useGateway();
const path = '/boards/board_edge/items';

const otherBoardIds = new Set(
  edgeRows.filter(({ boardId }) => boardId !== 'board_edge').map(({ id }) => id),
);

/** A REST write to the board while lists are read; `n` picks the row. */
const write = fc.record({
  kind: fc.constantFrom('create', 'update', 'update', 'delete', 'delete at a cursor'),
  n: fc.nat(999),
  like: fc.constantFrom(...edgeRows),
});

type Write = typeof write extends fc.Arbitrary<infer One> ? One : never;

interface Targets {
  /** The rows that writes update and delete. */
  ids: readonly string[];
  deleted: Set<string>;
  /** The rows whose cursors the next pages are requested with. */
  cursorIds: readonly string[];
}

/** The row whose cursor the next page of a walk is requested with; undefined at its end. */
function cursorId(step: Step): string | undefined {
  if (isLast(step)) return undefined;
  return step.page.edges.at(step.walk.isBackwards ? 0 : -1)?.node.id;
}

/** Runs a write; returns the id of the row that it changed. */
async function runWrite({ kind, n, like }: Write, targets: Targets): Promise<string | undefined> {
  const { title, values, labels, contactId } = like;
  const column = ['col_a', 'col_b', 'col_c', 'col_d'][n % 4];
  const body = { title, values, labels, contact_id: contactId, column_id: column };
  if (kind === 'create') {
    expect((await gateway.rest('POST', path, body)).status).toBe(201);
    return undefined;
  }
  const { ids, cursorIds, deleted } = targets;
  const atCursors = cursorIds.filter((id) => !otherBoardIds.has(id) && !deleted.has(id));
  const candidates = kind === 'delete at a cursor' ? atCursors : ids;
  const id = candidates[n % candidates.length];
  if (id === undefined) return undefined;
  const isDeleted = deleted.has(id);
  if (kind === 'update') {
    const { status } = await gateway.rest('PUT', `${path}/${id}`, body);
    expect([kind, status]).toEqual([kind, isDeleted ? 404 : 200]);
  } else {
    const reply = await gateway.rest<{ deleted: number }>('DELETE', path, { item_ids: [id] });
    expect([kind, reply.status, reply.body.data.deleted]).toEqual([kind, 200, isDeleted ? 0 : 1]);
    deleted.add(id);
  }
  return isDeleted ? undefined : id;
}

const smallSizes = fc.array(fc.integer({ min: 4, max: 12 }), { minLength: 1, maxLength: 3 });
const largeParent = fc.constantFrom<Parent[]>(
  { kind: 'board', id: 'board_edge' },
  { kind: 'workspace' },
);

/** A walk of many pages, with an explicit order. */
const longWalk: fc.Arbitrary<Walk> = fc
  .record({
    parent: largeParent,
    orderBy: itemQuery.map(({ orderBy = [] }) => orderBy).filter(({ length }) => length > 0),
    isBackwards: fc.boolean(),
    sizes: smallSizes,
  })
  .map(({ parent, orderBy, ...walk }) => ({ ...walk, query: { parent, orderBy } }));

/** A walk of many pages in the order of the values of a key, as one type. */
const longWalkByValue = (as: 'NUMBER' | 'DATE' | 'TEXT' | undefined): fc.Arbitrary<Walk> =>
  fc.tuple(walkByValue, smallSizes, largeParent).map(([{ query, ...walk }, sizes, parent]) => {
    const orderBy = query.orderBy?.map(({ value, ...order }) => ({
      ...order,
      value: { key: value?.key ?? '', ...(as && { as }) },
    }));
    return { ...walk, sizes, query: { ...query, parent, ...(orderBy && { orderBy }) } };
  });

const walksDuringWrites = fc.record({
  thresholds: fc.constantFrom(...thresholds.keys()),
  walks: fc.tuple(
    ...([undefined, 'NUMBER', 'DATE', 'TEXT'] as const).map(longWalkByValue),
    ...[longWalk, longWalk, longWalk, walk],
  ),
  targetIds: fc.subarray(
    edgeRows.map(({ id }) => id).filter((id) => !otherBoardIds.has(id)),
    { minLength: 20, maxLength: 80 },
  ),
  writes: fc.array(fc.array(write, { maxLength: 4 }), { minLength: 30, maxLength: 30 }),
});

it('neither loses nor repeats a row that no write touched', { timeout }, async () => {
  const count = Math.ceil(runs * 0.003);
  // `writes` counts each write once for every walk that it interrupted, `cursors` the deleted rows at a cursor.
  const totals = { pages: 0, walks: 0, writes: 0, cursors: 0 };
  await checkCases(walksDuringWrites, count, async (cases) => {
    for (const { thresholds: selected, walks, targetIds, writes } of cases) {
      await gateway.reset();
      selectThresholds(selected);
      const [touched, deleted] = [new Set<string>(), new Set<string>()];
      const queue = [...writes];
      const stepsOfWalks = await runWalks(gateway, walks, async (steps) => {
        const cursorIds = steps.flatMap((step) => cursorId(step) ?? []);
        if (cursorIds.length === 0) return;
        for (const next of queue.shift() ?? []) {
          const id = await runWrite(next, { ids: targetIds, deleted, cursorIds });
          totals.writes += cursorIds.length;
          if (id === undefined) continue;
          touched.add(id);
          if (deleted.has(id)) totals.cursors += cursorIds.filter((other) => other === id).length;
        }
      });
      const isUntouched = (id: string) => !touched.has(id) && edgeRows.some((row) => row.id === id);
      for (const [n, walk] of walks.entries()) {
        const steps = stepsOfWalks[n] ?? [];
        totals.walks += 1;
        totals.pages += steps.length;
        const ids = walkedIds(walk, steps).filter(isUntouched);
        const list = expectedIds(edgeRows, walk.query).filter(isUntouched);
        expect({ walk, ids }).toEqual({ walk, ids: list });
      }
    }
  });
  // Guards the test itself: walks with few pages and writes prove nothing.
  expect(totals.pages / totals.walks).toBeGreaterThan(8);
  expect(totals.writes).toBeGreaterThan(count * 60);
  expect(totals.cursors).toBeGreaterThan(count * 3);
});
