import { type PrismaClient, plannedAnew } from '../database/open.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { decodeCursor } from './cursor.ts';
import type { ItemFilter } from './filter.ts';
import {
  type FullItem,
  type ItemParent,
  type ItemQuery,
  isBoardOrder,
  itemQuestion,
  itemSource,
  itemsFor,
  type With,
} from './item.ts';
import { orderBy, type Term } from './order.ts';
import { type Page, type PageArgs, readPages, type Source, type Wanted } from './page.ts';
import { rangesOf, type ValueRange } from './value-filter.ts';

const { sql, join, empty } = Prisma;

/** From where on a page is read with care, and by how much; in rows. Tests lower them. */
export const care = {
  /** A board or a column of more items than this is big: one wrong guess of the planner there costs seconds. */
  bigParent: 5000,
  /** How many rows a first look takes, and how many ids an index may hand over. */
  sample: 1000,
};

/** The longest walk, in rows: about a tenth of a second. */
const longestWalk = 50_000;

export type PlaceInBoard = Extract<ItemParent, { boardId: string }>;

interface Reader {
  db: PrismaClient;
  workspaceId: string;
  parent: PlaceInBoard;
  query: ItemQuery;
  args: PageArgs;
  fetched: With;
}

/**
 * A page of a big board or column, at a cost that does not depend on what the planner believes of a filter. It
 * looks before it leaps: few enough items by the value index are fetched by their ids; else the order is walked for a
 * thousand rows, and as far as these promise; and only a filter that is known to match little is gathered and sorted.
 */
export async function readBigPage(reader: Reader): Promise<Page<FullItem>> {
  const { db, workspaceId, parent, query, args, fetched } = reader;
  const question = itemQuestion(parent.kind, query);
  const source = itemSource(workspaceId, [parent], fetched);
  const read = async (pick: Source<FullItem>['pick']) => {
    const [page] = await readPages(db, { ...source, pick }, { ...question, ...args });
    if (page === undefined) throw new Error('a page of one parent has one answer');
    return page;
  };
  const walk = walkOf(reader, question.order);
  if (question.where.length === 0) {
    const page = walk?.isByValue ? await read(walk.pick(sizeOf(args) + 1)) : undefined;
    return page !== undefined && isFull(page, args) ? page : read(source.pick);
  }
  for (const range of filterRanges(query.filter)) {
    const ids = await idsIn(reader, range);
    if (ids.length <= care.sample) return read(gather(reader, sql`i.id = ANY(${ids}::text[])`));
  }
  if (walk !== undefined && !args.offset) {
    const page = await read(walk.pick(care.sample));
    if (isFull(page, args)) return page;
    const length = Math.ceil((care.sample / page.nodes.length) * sizeOf(args) * 2);
    if (length <= longestWalk) {
      const longer = await read(walk.pick(length));
      if (isFull(longer, args)) return longer;
    }
  } else if (isBoardOrder(question.order) && (await isCommon(reader, question.where))) {
    return read(source.pick);
  }
  return read(gather(reader, sql`TRUE`));
}

const sizeOf = ({ first, last }: PageArgs): number => last ?? first ?? 50;

/** True for a page with more behind it: then what was not looked at cannot matter. */
const isFull = (page: Page<FullItem>, { last }: PageArgs): boolean =>
  last == null ? page.hasNextPage : page.hasPreviousPage;

const scopeOf = (
  { workspaceId, parent }: Pick<Reader, 'workspaceId' | 'parent'>,
  row: Prisma.Sql,
) => sql`${row}.workspace_id = ${workspaceId} AND ${row}.board_id = ${parent.boardId}`;

const itemScope = (reader: Reader): Prisma.Sql =>
  reader.parent.kind === 'column'
    ? sql`${scopeOf(reader, sql`i`)} AND i.column_id = ${reader.parent.columnId}`
    : scopeOf(reader, sql`i`);

/** What must hold at the top of the tree and can be looked up by index; at most three of them. */
function filterRanges(filter: ItemFilter | null | undefined): ValueRange[] {
  if (filter == null) return [];
  const own = (filter.values ?? []).flatMap(rangesOf);
  return [...own, ...(filter.and ?? []).flatMap(filterRanges)].slice(0, 3);
}

async function idsIn(reader: Reader, { key, reading, where }: ValueRange): Promise<string[]> {
  const rows = await reader.db.$queryRaw<{ item_id: string }[]>`SELECT v.item_id FROM item_value v
    WHERE ${scopeOf(reader, sql`v`)} AND v.key = ${key} AND v.reading = ${reading} AND ${join(where, ' AND ')}
    LIMIT ${care.sample + 1}`;
  return rows.map(({ item_id }) => item_id);
}

/** All that matches, found by what indexes there are and then sorted. OFFSET 0 keeps the order out of that choice. */
const gather =
  (reader: Reader, among: Prisma.Sql): Source<FullItem>['pick'] =>
  ({ where, bounds, order }: Wanted) => {
    const matches = join([itemScope(reader), among, ...where], ' AND ');
    const found = sql`(SELECT i.* FROM item i WHERE ${matches} OFFSET 0)`;
    return sql`FROM ${itemsFor(order, found)} WHERE ${all(bounds)}`;
  };

const all = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? sql`TRUE` : join([...conditions], ' AND ');

/** The page's order, walked along an index for some rows, with the filter applied to these. */
interface Walk {
  isByValue: boolean;
  pick: (rows: number) => Source<FullItem>['pick'];
}

/** How an order can be walked, if it can. */
function walkOf(reader: Reader, order: readonly Term[]): Walk | undefined {
  const [first] = order;
  if (first?.index !== undefined) return valueWalk(reader, order, first.index);
  const isPlain = order.length === 2 && !isBoardOrder(order);
  if (!isPlain) return undefined;
  return {
    isByValue: false,
    pick: (rows) => (wanted) => {
      const inside = join([itemScope(reader), ...wanted.bounds], ' AND ');
      return sql`FROM (SELECT i.* FROM item i WHERE ${inside} ${orderBy(wanted.order)} LIMIT ${rows}) i
        WHERE ${all(wanted.where)}`;
    },
  };
}

/** Along item_value: for one value key, missing ones last, read forwards from its start or from an item that has it. */
function valueWalk(
  reader: Reader,
  order: readonly Term[],
  index: NonNullable<Term['index']>,
): Walk | undefined {
  const { args, query, parent } = reader;
  const [first] = order;
  const isForwards = args.last == null && args.before == null && !args.offset;
  if (!isForwards || first?.nulls !== 'last' || (query.orderBy ?? []).length !== 1)
    return undefined;
  const after =
    args.after == null ? [] : decodeCursor(itemQuestion(parent.kind, query).identity, args.after);
  const [number, id] = [after[0], after.at(-1)];
  if (args.after != null && number == null) return undefined;
  const way = first.descending ? sql`DESC` : sql`ASC`;
  const from = sql`(${number ?? null}::text::numeric, ${id ?? null}::text)`;
  const isPast = first.descending
    ? sql`(v.number, v.item_id) < ${from}`
    : sql`(v.number, v.item_id) > ${from}`;
  const { key, reading } = index;
  return {
    isByValue: true,
    // Planned for this board: a plan for the average one would join and sort a big one whole.
    pick: (rows) => (wanted) =>
      sql`FROM /* ${Prisma.raw(plannedAnew)} */ (
      SELECT i.* FROM item_value v JOIN item i ON i.workspace_id = v.workspace_id AND i.id = v.item_id
      WHERE ${scopeOf(reader, sql`v`)} AND v.key = ${key} AND v.reading = ${reading} AND ${itemScope(reader)}
        ${number == null ? empty : sql`AND ${isPast}`}
      ORDER BY v.number ${way}, v.item_id ${way} LIMIT ${rows}
    ) i WHERE ${all([...wanted.where, ...wanted.bounds])}`,
  };
}

/** True where a look at the newest items says that a filter matches one in two hundred or more. */
async function isCommon(reader: Reader, where: readonly Prisma.Sql[]): Promise<boolean> {
  const [found] = await reader.db.$queryRaw<
    { count: number }[]
  >`SELECT count(*)::integer AS count FROM (
      SELECT i.* FROM item i WHERE ${itemScope(reader)} ORDER BY i.created_at DESC, i.id DESC LIMIT ${care.sample}
    ) i WHERE ${all(where)}`;
  return (found?.count ?? 0) * 200 >= care.sample;
}
