import fc from 'fast-check';
import { expect, it } from 'vitest';
import { itemQuery } from '../model/query/arbitraries.ts';
import { checkCases } from '../model/query/check-cases.ts';
import { edgeRows } from '../model/query/edge-rows.ts';
import { useGateway } from '../model/query/gateway.ts';
import { expectedIds, pageOf, type Window } from '../model/query/model.ts';
import { forRest, isOnBoard, searchBody } from '../model/query/rest-request.ts';
import {
  idsOf,
  readPages,
  runWalks,
  type Step,
  type Walk,
  walk,
  walkByValue,
  walkedIds,
} from '../model/query/walk.ts';
import { runs, timeout } from '../support/property-settings.ts';

const gateway = useGateway();

/** Checks the `pageInfo` of a page of a list that does not change. */
function checkPage({ walk, page, size, cursor }: Step, list: readonly string[]): void {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
  const ids = idsOf(page);
  expect(startCursor).toBe(page.edges[0]?.cursor ?? null);
  expect(endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
  const [first = '', last = ''] = [ids[0], ids.at(-1)];
  expect(hasNextPage).toBe(ids.length > 0 && list.indexOf(last) < list.length - 1);
  expect(hasPreviousPage).toBe(list.indexOf(first) > 0);
  const isFull = walk.isBackwards ? hasPreviousPage : hasNextPage;
  if (isFull) expect(ids).toHaveLength(size);
  if (cursor !== undefined) expect(ids).not.toHaveLength(0);
}

async function checkWalks(walks: readonly Walk[]): Promise<void> {
  const stepsOfWalks = await runWalks(gateway, walks);
  for (const [n, walk] of walks.entries()) {
    const list = expectedIds(edgeRows, walk.query);
    const steps = stepsOfWalks[n] ?? [];
    expect({ walk, ids: walkedIds(walk, steps) }).toEqual({ walk, ids: list });
    for (const step of steps) checkPage(step, list);
  }
}

it('returns every row once, page by page, from either end', { timeout }, async () => {
  await checkCases(walk, Math.ceil(runs * 0.1), checkWalks);
});

it('returns every row once in the order of the values of a key', { timeout }, async () => {
  await checkCases(walkByValue, Math.ceil(runs * 0.05), checkWalks);
});

const windowCase = fc.record({
  query: itemQuery,
  // The positions of the bounds in the list, in thousandths.
  bounds: fc.tuple(fc.nat(999), fc.nat(999)),
  kind: fc.constantFrom('after', 'before', 'between', 'offset'),
  size: fc.integer({ min: 1, max: 30 }),
  isBackwards: fc.boolean(),
});

type WindowCase = typeof windowCase extends fc.Arbitrary<infer Case> ? Case : never;

/** The page arguments of a case, with ids instead of cursors; without bounds where the list is empty. */
function windowOf(
  { bounds, kind, size, isBackwards }: WindowCase,
  list: readonly string[],
): Window {
  const indexes = bounds.map((bound) => Math.floor((bound / 1000) * list.length));
  const [start = 0, end = 0] = indexes.sort((a, b) => a - b);
  const [after, before] = [list[start], list[end]];
  if (kind === 'offset') return { first: size, offset: start };
  return {
    ...(isBackwards ? { last: size } : { first: size }),
    ...((kind === 'after' || kind === 'between') && after !== undefined && { after }),
    ...((kind === 'before' || kind === 'between') && before !== undefined && { before }),
  };
}

it('returns the rows between two cursors, or after an offset', { timeout }, async () => {
  await checkCases(windowCase, Math.ceil(runs * 0.15), async (cases) => {
    const lists = await readPages(
      gateway,
      cases.map(({ query }) => ({ query, page: { first: 500 } })),
    );
    const requests = cases.map((one, n) => {
      const { query } = one;
      const { edges = [] } = lists[n] ?? {};
      const list = expectedIds(edgeRows, query);
      const window = windowOf(one, list);
      const cursorOf = (id?: string) => edges.find(({ node }) => node.id === id)?.cursor;
      const [after, before] = [cursorOf(window.after), cursorOf(window.before)];
      const page = { ...window, ...(after && { after }), ...(before && { before }) };
      return { query, window, page, ids: pageOf(list, window) };
    });
    const pages = await readPages(gateway, requests);
    for (const [n, { query, window, ids }] of requests.entries()) {
      const page = pages[n];
      expect({ query, window, ids: page && idsOf(page) }).toEqual({ query, window, ids });
    }
  });
});

/** The ids and totals of all pages of a REST list. */
interface Export {
  ids: string[];
  totals: (number | undefined)[];
}

/** Reads a whole search by REST, following `next_cursor`. */
async function exportSearch(body: object): Promise<Export> {
  const result: Export = { ids: [], totals: [] };
  let cursor: string | null | undefined;
  do {
    const page = await gateway.search({ ...body, ...(cursor && { cursor }) });
    expect(page.status).toBe(200);
    result.ids.push(...page.body.data.map(({ id }) => id));
    result.totals.push(page.body.total);
    cursor = page.body.next_cursor;
  } while (cursor !== null);
  return result;
}

/** Reads the whole list of the board by REST, following `next_cursor`. */
async function exportList(query: Record<string, string>): Promise<Export> {
  const result: Export = { ids: [], totals: [] };
  let cursor: string | null | undefined;
  do {
    const params = new URLSearchParams({ ...query, ...(cursor && { cursor }) });
    const reply = await gateway.rest<{ id: string }[]>('GET', `/boards/board_edge/items?${params}`);
    expect(reply.status).toBe(200);
    result.ids.push(...reply.body.data.map(({ id }) => id));
    result.totals.push(reply.body.pagination?.total);
    cursor = (reply.body as { next_cursor?: string | null }).next_cursor;
  } while (cursor !== null);
  return result;
}

const exportCase = fc.record({
  query: itemQuery.filter(isOnBoard).map(forRest),
  limit: fc.integer({ min: 15, max: 60 }),
});

it('exports a whole search and a whole list by REST', { timeout }, async () => {
  await checkCases(exportCase, Math.ceil(runs * 0.05), async (cases) => {
    for (const { query, limit } of cases) {
      const { parent, search = '' } = query;
      const list = expectedIds(edgeRows, query);
      const searched = await exportSearch({ ...searchBody(query), limit });
      expect({ query, ids: searched.ids }).toEqual({ query, ids: list });
      expect(new Set(searched.totals)).toEqual(new Set([list.length]));
      // The list searches titles only.
      const params = {
        limit: String(limit),
        search,
        ...(parent.kind === 'column' && { column_id: String(parent.id) }),
      };
      const titled = expectedIds(edgeRows, { parent, filter: { title: { contains: search } } });
      const listed = await exportList(params);
      expect({ params, ids: listed.ids }).toEqual({ params, ids: titled });
      expect(new Set(listed.totals)).toEqual(new Set([titled.length]));
    }
  });
});
