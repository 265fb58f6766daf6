import fc from 'fast-check';
import { expect, it } from 'vitest';
import { thresholds } from '../../src/domain/items/scan/strategy.ts';
import {
  answer,
  bodyOf,
  forEachOf,
  inRest,
  isOnBoard,
  type Order,
  oddRows,
  type Page,
  type PageArgs,
  pageOf,
  type Question,
  question,
  runs,
  useOddWorld,
  type Window,
} from '../model/query-model.ts';

const doors = useOddWorld();
const patience = 60_000 + runs * 60;

const selection =
  'pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }';

const idsOf = ({ edges }: Page): string[] => edges.map(({ node }) => node.id);

/** One page of each question, in one request. */
async function read(asked: readonly { question: Question; page: PageArgs }[]): Promise<Page[]> {
  if (asked.length === 0) return [];
  const { data, errors } = await doors.ask(asked, selection);
  expect(errors).toBeUndefined();
  return asked.flatMap((_, n) => {
    const found = data?.[`q${n}`];
    return found === undefined ? [] : (found.items ?? found);
  });
}

/** One way through a whole list; the sizes of its pages come again and again. */
interface Walk {
  question: Question;
  isBackwards: boolean;
  sizes: readonly number[];
}

interface Step {
  walk: Walk;
  page: Page;
  size: number;
  /** The cursor that the page was asked for with. */
  from: string | undefined;
}

const walk = fc.record({
  question,
  isBackwards: fc.boolean(),
  sizes: fc.array(fc.integer({ min: 4, max: 60 }), { minLength: 1, maxLength: 3 }),
});

const isLast = ({ walk, page }: Step): boolean =>
  walk.isBackwards ? !page.pageInfo.hasPreviousPage : !page.pageInfo.hasNextPage;

/** The next step of a walk that has come this far. */
function nextOf(walk: Walk, steps: readonly Step[]): Omit<Step, 'page'> & { args: PageArgs } {
  const { startCursor, endCursor } = steps.at(-1)?.page.pageInfo ?? {};
  const from = (walk.isBackwards ? startCursor : endCursor) ?? undefined;
  const size = walk.sizes[steps.length % walk.sizes.length] ?? 1;
  const backwards = { last: size, ...(from && { before: from }) };
  const args = walk.isBackwards ? backwards : { first: size, ...(from && { after: from }) };
  return { walk, size, from, args };
}

/** Goes all ways at once, a page of each at a time, and does something between the pages. */
async function go(
  walks: readonly Walk[],
  between: (steps: readonly Step[]) => Promise<void> = async () => {},
): Promise<Step[][]> {
  const ways = walks.map((walk) => ({ walk, steps: [] as Step[] }));
  for (;;) {
    const open = ways.filter(({ steps }) => !steps.some(isLast));
    if (open.length === 0) return ways.map(({ steps }) => steps);
    const next = open.map(({ walk, steps }) => nextOf(walk, steps));
    const pages = await read(next.map(({ walk, args }) => ({ ...walk, page: args })));
    for (const [n, { steps }] of open.entries()) {
      const [step, page] = [next[n], pages[n]];
      if (step && page) steps.push({ ...step, page });
    }
    await between(open.flatMap(({ steps }) => steps.at(-1) ?? []));
  }
}

/** All rows that a walk saw, in the order of the list. */
function seen({ isBackwards }: Walk, steps: readonly Step[]): string[] {
  const pages = steps.map(({ page }) => idsOf(page));
  return (isBackwards ? pages.reverse() : pages).flat();
}

/** What a page says of itself, where nobody writes meanwhile. */
function checkPage({ walk, page, size, from }: Step, list: readonly string[]): void {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
  const ids = idsOf(page);
  expect(startCursor).toBe(page.edges[0]?.cursor ?? null);
  expect(endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
  const [first = '', last = ''] = [ids[0], ids.at(-1)];
  expect(hasNextPage).toBe(ids.length > 0 && list.indexOf(last) < list.length - 1);
  expect(hasPreviousPage).toBe(list.indexOf(first) > 0);
  const isFull = walk.isBackwards ? hasPreviousPage : hasNextPage;
  if (isFull) expect(ids).toHaveLength(size);
  if (from !== undefined) expect(ids).not.toHaveLength(0);
}

async function checkWalks(walks: readonly Walk[]): Promise<void> {
  const ways = await go(walks);
  for (const [n, walk] of walks.entries()) {
    const list = answer(oddRows, walk.question);
    const steps = ways[n] ?? [];
    expect({ walk, ids: seen(walk, steps) }).toEqual({ walk, ids: list });
    for (const step of steps) checkPage(step, list);
  }
}

it('gives every row once, page by page, from either end', { timeout: patience }, async () => {
  await forEachOf(walk, Math.ceil(runs * 0.1), checkWalks);
});

/** Along the values of one key, which an index has in order, with what that index can tell of them. */
const alongValue: fc.Arbitrary<Walk> = fc
  .record({
    key: fc.constantFrom('amount', 'due', 'note', 'mixed', 'é', 'AMOUNT', 'k'.repeat(201)),
    as: fc.constantFrom(undefined, ...(['NUMBER', 'DATE', 'TEXT'] as const)),
    direction: fc.constantFrom('ASC' as const, 'DESC' as const),
    nulls: fc.constantFrom('FIRST' as const, 'LAST' as const),
    test: fc.constantFrom<object | undefined>(
      ...[undefined, undefined, { exists: true }, { gte: 1 }, { lt: '2025-04-15' }, { gt: 'A' }],
      { exists: true, lt: 50000 },
    ),
    isBackwards: fc.boolean(),
    sizes: fc.constant([7, 23]),
  })
  .map(({ key, as, direction, nulls, test, isBackwards, sizes }) => ({
    question: {
      place: { kind: 'board', id: 'board_odd' },
      ...(test && { filter: { values: [{ key, ...test }] } }),
      orderBy: [{ value: { key, ...(as && { as }) }, direction, nulls }],
    },
    isBackwards,
    sizes,
  }));

it('gives every row once along the values of a key', { timeout: patience }, async () => {
  await forEachOf(alongValue, Math.ceil(runs * 0.05), checkWalks);
});

const window = fc.record({
  question,
  // Where the bounds lie in the list, in thousandths.
  places: fc.tuple(fc.nat(999), fc.nat(999)),
  kind: fc.constantFrom('after', 'before', 'between', 'offset'),
  size: fc.integer({ min: 1, max: 30 }),
  isBackwards: fc.boolean(),
});

type Drawn = typeof window extends fc.Arbitrary<infer One> ? One : never;

/** The page arguments that a drawn window has for a list, with ids as bounds; none where there are no rows. */
function windowOf({ places, kind, size, isBackwards }: Drawn, list: readonly string[]): Window {
  const at = places.map((place) => Math.floor((place / 1000) * list.length)).sort((a, b) => a - b);
  const [after, before] = at.map((place) => list[place]);
  const bounds = {
    ...((kind === 'after' || kind === 'between') && after !== undefined && { after }),
    ...((kind === 'before' || kind === 'between') && before !== undefined && { before }),
  };
  if (kind === 'offset') return { first: size, offset: at[0] ?? 0 };
  return { ...(isBackwards ? { last: size } : { first: size }), ...bounds };
}

it('gives what lies between two cursors, or beyond an offset', { timeout: patience }, async () => {
  await forEachOf(window, Math.ceil(runs * 0.15), async (drawn) => {
    const wholes = await read(drawn.map(({ question }) => ({ question, page: { first: 500 } })));
    const asked = drawn.map((one, n) => {
      const { edges = [] } = wholes[n] ?? {};
      const list = answer(oddRows, one.question);
      const window = windowOf(one, list);
      const cursor = (id?: string) => edges.find(({ node }) => node.id === id)?.cursor;
      const [after, before] = [cursor(window.after), cursor(window.before)];
      const page = { ...window, ...(after && { after }), ...(before && { before }) };
      return { question: one.question, window, page, ids: pageOf(list, window) };
    });
    const pages = await read(asked);
    for (const [n, { question, window, ids }] of asked.entries()) {
      const found = pages[n];
      const told = { question, window };
      expect({ ...told, ids: found && idsOf(found) }).toEqual({ ...told, ids });
    }
  });
});

interface Exported {
  ids: string[];
  totals: (number | undefined)[];
}

/** A whole search by REST, following `next_cursor`. */
async function exportSearch(body: object): Promise<Exported> {
  const found: Exported = { ids: [], totals: [] };
  let cursor: string | null | undefined;
  do {
    const page = await doors.search({ ...body, ...(cursor && { cursor }) });
    expect(page.status).toBe(200);
    found.ids.push(...page.body.data.map(({ id }) => id));
    found.totals.push(page.body.total);
    cursor = page.body.next_cursor;
  } while (cursor !== null);
  return found;
}

/** The same for the list of a board, which takes a part of the title. */
async function exportList(query: Record<string, string>): Promise<Exported> {
  const found: Exported = { ids: [], totals: [] };
  let cursor: string | null | undefined;
  do {
    const params = new URLSearchParams({ ...query, ...(cursor && { cursor }) });
    const reply = await doors.rest<{ id: string }[]>('GET', `/boards/board_odd/items?${params}`);
    expect(reply.status).toBe(200);
    found.ids.push(...reply.body.data.map(({ id }) => id));
    found.totals.push(reply.body.pagination?.total);
    cursor = (reply.body as { next_cursor?: string | null }).next_cursor;
  } while (cursor !== null);
  return found;
}

const exported = fc.record({
  question: question.filter(isOnBoard).map(inRest),
  limit: fc.integer({ min: 15, max: 60 }),
});

it('exports a whole search and a whole list by REST', { timeout: patience }, async () => {
  await forEachOf(exported, Math.ceil(runs * 0.05), async (cases) => {
    for (const { question, limit } of cases) {
      const { place, search = '' } = question;
      const list = answer(oddRows, question);
      const found = await exportSearch({ ...bodyOf(question), limit });
      expect({ question, ids: found.ids }).toEqual({ question, ids: list });
      expect(new Set(found.totals)).toEqual(new Set([list.length]));
      const query = {
        limit: String(limit),
        search,
        ...(place.kind === 'column' && { column_id: String(place.id) }),
      };
      const titled = answer(oddRows, { place, filter: { title: { contains: search } } });
      const listed = await exportList(query);
      expect({ query, ids: listed.ids }).toEqual({ query, ids: titled });
      expect(new Set(listed.totals)).toEqual(new Set([titled.length]));
    }
  });
});

/** What others do while somebody reads: by REST, on the board; `n` says which row. */
const write = fc.record({
  kind: fc.constantFrom('create', 'update', 'update', 'delete', 'delete what was read'),
  n: fc.nat(999),
  like: fc.constantFrom(...oddRows),
});

type Write = typeof write extends fc.Arbitrary<infer One> ? One : never;

const board = '/boards/board_odd/items';

const elsewhere = new Set(
  oddRows.filter(({ boardId }) => boardId !== 'board_odd').map(({ id }) => id),
);

/** What is there while others write. */
interface Scene {
  /** The rows that are changed and deleted, of those that were there at the beginning. */
  victims: readonly string[];
  gone: Set<string>;
  /** The rows whose cursors the next pages are asked for with. */
  cursors: readonly string[];
}

/** The row whose cursor a walk goes on from; undefined for one that has come to its end. */
function cursorRow(step: Step): string | undefined {
  if (isLast(step)) return undefined;
  return step.page.edges.at(step.walk.isBackwards ? 0 : -1)?.node.id;
}

/** Does it, and returns the id of the row that is no longer what it was. */
async function carryOut({ kind, n, like }: Write, scene: Scene): Promise<string | undefined> {
  const { title, values, labels, contactId } = like;
  const column = ['col_a', 'col_b', 'col_c', 'col_d'][n % 4];
  const body = { title, values, labels, contact_id: contactId, column_id: column };
  if (kind === 'create') {
    expect((await doors.rest('POST', board, body)).status).toBe(201);
    return undefined;
  }
  const { victims, cursors, gone } = scene;
  const standing = cursors.filter((id) => !elsewhere.has(id) && !gone.has(id));
  const among = kind === 'delete what was read' ? standing : victims;
  const id = among[n % among.length];
  if (id === undefined) return undefined;
  const isGone = gone.has(id);
  if (kind === 'update') {
    const { status } = await doors.rest('PUT', `${board}/${id}`, body);
    expect([kind, status]).toEqual([kind, isGone ? 404 : 200]);
  } else {
    const reply = await doors.rest<{ deleted: number }>('DELETE', board, { item_ids: [id] });
    expect([kind, reply.status, reply.body.data.deleted]).toEqual([kind, 200, isGone ? 0 : 1]);
    gone.add(id);
  }
  return isGone ? undefined : id;
}

const small = fc.array(fc.integer({ min: 4, max: 12 }), { minLength: 1, maxLength: 3 });
const bigPlace = fc.constantFrom<Question['place'][]>(
  { kind: 'board', id: 'board_odd' },
  { kind: 'workspace' },
);

/** Many pages through much, in an order that was asked for. */
const longWalk: fc.Arbitrary<Walk> = fc
  .record({
    place: bigPlace,
    orderBy: question.map(({ orderBy = [] }) => orderBy).filter(({ length }) => length > 0),
    isBackwards: fc.boolean(),
    sizes: small,
  })
  .map(({ place, orderBy, ...walk }) => ({ ...walk, question: { place, orderBy } }));

/** The same along the values of one key, read in one way. */
const readIn = (as: 'NUMBER' | 'DATE' | 'TEXT' | undefined): fc.Arbitrary<Walk> =>
  fc.tuple(alongValue, small, bigPlace).map(([{ question, ...walk }, sizes, place]) => {
    const orderBy = question.orderBy?.map(({ value, ...order }) => ({
      ...order,
      value: { key: value?.key ?? '', ...(as && { as }) },
    }));
    return { ...walk, sizes, question: { ...question, place, ...(orderBy && { orderBy }) } };
  });

const disturbed = fc.record({
  // The gateway as it is, and as if the board were a big one.
  engine: fc.constantFrom(
    { ...thresholds },
    { bigParent: 0, sample: 5 },
    { bigParent: 0, sample: 40 },
  ),
  walks: fc.tuple(
    ...([undefined, 'NUMBER', 'DATE', 'TEXT'] as const).map(readIn),
    ...[longWalk, longWalk, longWalk, walk],
  ),
  victims: fc.subarray(
    oddRows.map(({ id }) => id).filter((id) => !elsewhere.has(id)),
    { minLength: 20, maxLength: 80 },
  ),
  writes: fc.array(fc.array(write, { maxLength: 4 }), { minLength: 30, maxLength: 30 }),
});

it('neither loses nor repeats a row that nobody touched', { timeout: patience }, async () => {
  const count = Math.ceil(runs * 0.003);
  // How many walks a write fell into, and how many stood on a row that was deleted.
  const met = { pages: 0, walks: 0, writes: 0, cursors: 0 };
  await forEachOf(disturbed, count, async (cases) => {
    for (const { engine, walks, victims, writes } of cases) {
      await doors.refill(oddRows);
      Object.assign(thresholds, engine);
      const [touched, gone] = [new Set<string>(), new Set<string>()];
      const queue = [...writes];
      const ways = await go(walks, async (steps) => {
        const cursors = steps.flatMap((step) => cursorRow(step) ?? []);
        if (cursors.length === 0) return;
        for (const one of queue.shift() ?? []) {
          const id = await carryOut(one, { victims, gone, cursors });
          met.writes += cursors.length;
          if (id === undefined) continue;
          touched.add(id);
          if (gone.has(id)) met.cursors += cursors.filter((cursor) => cursor === id).length;
        }
      });
      const isUntouched = (id: string) => !touched.has(id) && oddRows.some((row) => row.id === id);
      for (const [n, walk] of walks.entries()) {
        const steps = ways[n] ?? [];
        met.walks += 1;
        met.pages += steps.length;
        const ids = seen(walk, steps).filter(isUntouched);
        expect({ walk, ids }).toEqual({
          walk,
          ids: answer(oddRows, walk.question).filter(isUntouched),
        });
      }
    }
  });
  // Else there would be nothing to lose.
  expect(met.pages / met.walks).toBeGreaterThan(8);
  expect(met.writes).toBeGreaterThan(count * 60);
  expect(met.cursors).toBeGreaterThan(count * 3);
});

/** Changes one letter of a text, takes one away, or puts one in. */
const slip = fc.record({
  at: fc.nat(999),
  kind: fc.constantFrom('change', 'drop', 'insert', 'append'),
  letter: fc.constantFrom(...'AZaz09-_.=+/ !é'),
});

type Slip = typeof slip extends fc.Arbitrary<infer One> ? One : never;

function slipped(text: string, { at, kind, letter }: Slip): string {
  const place = at % text.length;
  if (kind === 'append') return text + letter;
  const rest = text.slice(place + (kind === 'insert' ? 0 : 1));
  return text.slice(0, place) + (kind === 'drop' ? '' : letter) + rest;
}

const flipped = ({ orderBy = [] }: Question): Order[] => {
  const [first = { field: 'POSITION' }, ...others] = orderBy;
  return [{ ...first, direction: first.direction === 'DESC' ? 'ASC' : 'DESC' }, ...others];
};

/** Other questions than this one, however little. */
const others = (question: Question): Question[] => [
  { ...question, search: `${question.search ?? ''} more` },
  { ...question, filter: { and: [question.filter ?? {}, { title: { ne: 'x' } }] } },
  { ...question, orderBy: flipped(question) },
  {
    ...question,
    place: { kind: question.place.kind === 'board' ? 'workspace' : 'board', id: 'board_odd' },
  },
];

const tampered = fc.record({
  question: question.filter(isOnBoard),
  slips: fc.array(slip, { minLength: 4, maxLength: 4 }),
});

/** What GraphQL says of a cursor. */
async function toldByGraphQL(question: Question, after: string): Promise<string | undefined> {
  const { errors } = await doors.ask([{ question, page: { first: 5, after } }], selection);
  return errors?.[0]?.extensions.code;
}

/** What REST says of a cursor. */
async function toldByRest(question: Question, cursor: string): Promise<string | undefined> {
  const { status, body } = await doors.search({ ...bodyOf(question), cursor });
  expect(status).toBe(400);
  return body.error?.code;
}

/** Each way to ask, with a cursor of its own that is good for it. */
async function waysOf(question: Question) {
  const restful = inRest(question);
  const [page] = await read([{ question, page: { first: 3 } }]);
  const { body } = await doors.search({ ...bodyOf(restful), limit: 3 });
  return [
    { tell: toldByGraphQL, question, cursor: page?.pageInfo.endCursor },
    { tell: toldByRest, question: restful, cursor: body.next_cursor },
  ];
}

it('refuses a cursor that was changed, or is of another one', { timeout: patience }, async () => {
  await forEachOf(tampered, Math.ceil(runs * 0.03), async (cases) => {
    for (const { question, slips } of cases) {
      for (const { tell, question: own, cursor } of await waysOf(question)) {
        if (cursor == null) continue;
        for (const wrong of slips.map((one) => slipped(cursor, one))) {
          if (wrong !== cursor)
            expect([wrong, await tell(own, wrong)]).toEqual([wrong, 'INVALID_CURSOR']);
        }
        const askable = others(own).filter((one) => tell === toldByGraphQL || isOnBoard(one));
        for (const other of askable)
          expect([other, await tell(other, cursor)]).toEqual([other, 'INVALID_CURSOR']);
      }
    }
  });
});
