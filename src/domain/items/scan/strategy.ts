import { LRUCache } from 'lru-cache';
import { Prisma } from '../../../generated/prisma/client.ts';
import { customPlan, type Reader } from '../../../postgres/client.ts';
import {
  countRows,
  type Page,
  type PageArgs,
  pageWindow,
  readPages,
  type Source,
} from '../../../sql/page.ts';
import type { IndexRange } from '../filter/value-filter.ts';
import {
  type ItemParent,
  type ItemQuery,
  isBoardOrder,
  isUnfiltered,
  itemPageQuery,
  itemsFor,
} from '../read/query.ts';
import type { FullItem, ItemIncludes } from '../read/rows.ts';
import { itemSource } from '../read/source.ts';
import { firstOfRange, fromIndexRange, indexRanges, isIndexable } from './indexable.ts';
import {
  and,
  type BoardParent,
  createOrderedScan,
  isInParent,
  type OrderedScan,
} from './ordered-scan.ts';

const { sql } = Prisma;

/** From where on a question is answered with care, and by how much; in rows. Tests lower them. */
export const thresholds = {
  /** A board or a column of more items than this is big: one wrong guess of the planner there costs seconds. */
  bigParent: 5000,
  /** How many rows a first look takes, and how many ids an index may hand over. */
  sample: 1000,
};

/** The longest walk, in rows: about a tenth of a second. */
const longestWalk = 50_000;

/** A question to a big board or column. */
export interface LargeBoardQuery {
  db: Reader;
  workspaceId: string;
  parent: BoardParent;
  itemsCount: number;
  query: ItemQuery;
  strategies: StrategyCache;
}

/**
 * How questions were answered lately, by what they are: after a walk of so many rows, or (infinity) by what indexes find.
 * Who asks again need not look again; what has changed since costs time, and no rows.
 */
export type StrategyCache = LRUCache<string, number>;

export const createStrategyCache = (): StrategyCache => new LRUCache({ max: 1000, ttl: 60_000 });

/** True for pages that one index gives whole, on a board of any size. */
export function isPlainPage(kind: ItemParent['kind'], query: ItemQuery, args: PageArgs): boolean {
  if (!isUnfiltered(query) || query.orderBy?.some(({ value }) => value != null)) return false;
  const isFromCursor = (args.after ?? args.before) != null;
  return !isFromCursor || !isBoardOrder(itemPageQuery(kind, query).order);
}

/**
 * A page of a big board or column, at a cost that does not depend on what the planner believes of a filter. It
 * looks before it leaps: few enough items by the value index are fetched by their ids; else the order is walked for a
 * thousand rows, and as far as these promise; and only a filter that is known to match little is gathered and sorted.
 */
export async function readLargePage(
  big: LargeBoardQuery,
  args: PageArgs & ItemIncludes,
): Promise<Page<FullItem>> {
  const { db, workspaceId, parent, query } = big;
  const question = itemPageQuery(parent.kind, query);
  const source = itemSource(workspaceId, [parent], args);
  const { size, ...window } = pageWindow(source, { ...question, ...args });
  const ask = async (pick: Pick) => {
    const [page] = await readPages(db, { ...source, pick }, { ...question, ...args });
    if (page === undefined) throw new Error('a page of one parent has one answer');
    return page;
  };
  const walk = (await isInOrder(big)) ? createOrderedScan({ ...big, ...window }) : undefined;
  if (walk === undefined && (isUnfiltered(query) || (await isCommon(big)))) return ask(source.pick);
  const offset = args.offset ?? 0;
  return find(big, {
    walk,
    name: JSON.stringify([workspaceId, source.names, question.identity]),
    // One in twenty is hoped for.
    look: scansEverything(big) ? offset + size + 1 : thresholds.sample + offset * 20,
    wanted: offset + size + 1,
    ask,
    found: ({ nodes, hasNextPage, hasPreviousPage }) => {
      const hasMore = window.backwards ? hasPreviousPage : hasNextPage;
      return nodes.length === 0 ? 0 : offset + nodes.length + Number(hasMore);
    },
  });
}

/** How many items of a big board or column match: exactly, or counted no further than `atMost`. */
export async function countLarge(big: LargeBoardQuery, atMost?: number): Promise<number> {
  const { db, workspaceId, parent, query } = big;
  const { where } = itemPageQuery(parent.kind, query);
  const ranges = indexRanges(query.filter);
  const isAllRanges = where.length === ranges.flatMap((range) => range.where).length;
  if (parent.kind === 'board' && isAllRanges) return countInRanges(big, ranges, atMost);
  const source = itemSource(workspaceId, [parent]);
  const count = await find(big, {
    walk: atMost === undefined ? undefined : newestFirst(big),
    look: thresholds.sample,
    wanted: atMost ?? Number.POSITIVE_INFINITY,
    ask: async (pick) => (await countRows(db, { ...source, pick }, { where }))[0] ?? 0,
    found: (count) => count,
  });
  return Math.min(count, atMost ?? count);
}

type Pick = Source<FullItem>['pick'];

/** What is looked for, and how an answer is made of the rows that a pick gives. */
interface Search<Answer> {
  walk: OrderedScan | undefined;
  /** What its way is remembered by; undefined: it is not. */
  name?: string;
  /** How many rows the first look takes. */
  look: number;
  /** How many matches make an answer that stands, whatever else there is. */
  wanted: number;
  ask: (pick: Pick) => Promise<Answer>;
  found: (answer: Answer) => number;
}

async function find<Answer>(big: LargeBoardQuery, search: Search<Answer>): Promise<Answer> {
  const { walk, name, wanted, ask, found } = search;
  const few = await idsFromIndex(big);
  if (few !== undefined) return ask(filterThenSort(big, few));
  const known = name === undefined ? undefined : big.strategies.get(name);
  const remember = (rows: number) => name !== undefined && big.strategies.set(name, rows);
  for (let rows = known ?? search.look; walk !== undefined; ) {
    if (rows > longestWalk) break;
    const answer = await ask(scanInOrder(walk, rows));
    remember(rows);
    if (found(answer) >= wanted || (await isAtEnd(big, walk, rows))) return answer;
    const share = found(answer) / rows;
    // Where an index finds the matches, a walk is worth it as long as it has fewer rows than they are.
    const furthest = isIndexed(big.query) ? share * big.itemsCount : longestWalk;
    rows = Math.ceil((wanted / share) * 2);
    if (scansEverything(big) || rows > Math.min(furthest, longestWalk)) break;
  }
  remember(Number.POSITIVE_INFINITY);
  return ask(filterThenSort(big, await withinRanges(big)));
}

/** False where item_value has the order only in part: numbers and instants that are to sort as texts. */
async function isInOrder({ db, workspaceId, parent, query }: LargeBoardQuery): Promise<boolean> {
  const { key, as } = query.orderBy?.[0]?.value ?? {};
  if (key === undefined || as !== 'TEXT') return true;
  // Numbers and instants come first.
  const [first] = await db.$rows(firstOfRange({ workspaceId, parent }, { key, where: [] }, 1));
  return first?.[0] !== 'd' && first?.[0] !== 'n';
}

/** True where every item on a walk is a match. */
const scansEverything = ({ query, parent }: LargeBoardQuery): boolean =>
  isUnfiltered(query) && parent.kind === 'board';

const isIndexed = (query: ItemQuery): boolean =>
  isIndexable(query) || indexRanges(query.filter).length > 0;

/** The items of a walk, with the filter applied to these. Planned for this board: it may be like no other. */
const scanInOrder =
  (walk: OrderedScan, rows: number): Pick =>
  ({ where, bounds, order }) => {
    const walked = sql`/* ${Prisma.raw(customPlan)} */ (${walk.rows(rows)})`;
    return sql`FROM ${itemsFor(order, walked)} WHERE ${and([...where, ...bounds])}`;
  };

/** True for a walk that came to its end before so many rows: there is nothing else to find. */
async function isAtEnd({ db }: LargeBoardQuery, walk: OrderedScan, rows: number): Promise<boolean> {
  if (!walk.mayEnd) return false;
  const [walked] = await db.$rows(
    sql`SELECT /* ${Prisma.raw(customPlan)} */ count(*) FROM (${walk.rows(rows)}) i`,
  );
  return Number(walked?.[0]) < rows;
}

/** All that matches, found by what indexes there are and then sorted. OFFSET 0 keeps the order out of that choice. */
const filterThenSort =
  (big: LargeBoardQuery, among: Prisma.Sql): Pick =>
  ({ where, bounds, order }) => {
    const found = sql`(SELECT i.* FROM item i WHERE ${and([isInParent(big), among, ...where])} OFFSET 0)`;
    return sql`FROM ${itemsFor(order, found)} WHERE ${and(bounds)}`;
  };

/** The smallest range of the filter as a condition on ids, where that is small; three are looked at. */
export async function idsFromIndex(
  big: Omit<LargeBoardQuery, 'itemsCount' | 'strategies'>,
): Promise<Prisma.Sql | undefined> {
  const probes = indexRanges(big.query.filter)
    .slice(0, 3)
    .map(async (range) => {
      const some = firstOfRange(big, range, thresholds.sample + 1);
      // Many are only counted.
      const [found] = await big.db.$rows(
        sql`SELECT count(*), CASE WHEN count(*) <= ${thresholds.sample} THEN array_agg(item_id)::text END FROM (${some}) v`,
      );
      return { count: Number(found?.[0]), ids: found?.[1] ?? '{}' };
    });
  const [smallest] = (await Promise.all(probes)).sort((a, b) => a.count - b.count);
  if (smallest === undefined || smallest.count > thresholds.sample) return undefined;
  return sql`i.id = ANY(${smallest.ids}::text[])`;
}

/**
 * The ranges as a condition that item_value answers: a narrow one by its ids, which are looked up first whatever the
 * planner believes; else all of them, but only where no other index finds anything: to look at what that one finds
 * costs less than to read a wide range.
 */
async function withinRanges(big: LargeBoardQuery): Promise<Prisma.Sql> {
  const ranges = indexRanges(big.query.filter);
  const limit = thresholds.sample * 20;
  for (const range of ranges) {
    if ((await countInRanges(big, [range], limit)) < limit)
      return sql`i.id = ANY(ARRAY${idsIn(big, range)})`;
  }
  if (isIndexable(big.query)) return sql`TRUE`;
  return and(ranges.map((range) => sql`i.id IN ${idsIn(big, range)}`));
}

const idsIn = (big: LargeBoardQuery, range: IndexRange): Prisma.Sql =>
  sql`(SELECT v.item_id ${fromIndexRange(big, range)})`;

/** How many items lie in all of some ranges. item_value has one row for each item and key. */
async function countInRanges(
  big: LargeBoardQuery,
  [first, ...others]: readonly IndexRange[],
  atMost: number | undefined,
): Promise<number> {
  if (first === undefined) throw new Error('there is no range to count in');
  const [isOne, limit] = [others.length === 0, atMost ?? null];
  const among = and(others.map((range) => sql`v.item_id IN ${idsIn(big, range)}`));
  const [found] = await big.db.$rows(sql`
    SELECT /* ${Prisma.raw(customPlan)} */ count(*) FROM (
      ${isOne && limit !== null ? firstOfRange(big, first, limit) : sql`SELECT ${fromIndexRange(big, first)} AND ${among} LIMIT ${limit}::bigint`}
    ) found`);
  return Number(found?.[0]);
}

/** The newest items first: what an estimate looks at. */
function newestFirst(big: LargeBoardQuery): OrderedScan | undefined {
  const query = { ...big.query, orderBy: [{ field: 'CREATED_AT', direction: 'DESC' }] as const };
  const { order } = itemPageQuery(big.parent.kind, query);
  return createOrderedScan({ ...big, query, terms: order, start: undefined, bounds: [] });
}

/** True where a look at the newest items says that a filter matches one in two hundred or more. */
async function isCommon(big: LargeBoardQuery): Promise<boolean> {
  const walk = newestFirst(big);
  if (walk === undefined) return false;
  const { where } = itemPageQuery(big.parent.kind, big.query);
  const source = {
    ...itemSource(big.workspaceId, [big.parent]),
    pick: scanInOrder(walk, thresholds.sample),
  };
  const [found = 0] = await countRows(big.db, source, { where });
  return found * 200 >= thresholds.sample;
}
