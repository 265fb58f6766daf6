import { Prisma } from '../generated/prisma/client.ts';
import type { Keys } from './cursor.ts';
import { idConditions, nodesOf, timeConditions } from './filter.ts';
import { rangeIn, rangesIn } from './findable.ts';
import { type ItemParent, type ItemQuery, isBoardOrder } from './item.ts';
import { orderBy, type Term } from './order.ts';

const { sql, join, empty } = Prisma;

export type PlaceInBoard = Extract<ItemParent, { boardId: string }>;

/** An order, read along an index from its start or from a cursor. */
export interface Walk {
  /** SELECT of the first so many items in that order. A condition on what it sorts by is already kept. */
  rows: (count: number) => Prisma.Sql;
  /** True for a walk that may come to an end soon, behind which no item can match. */
  mayEnd: boolean;
}

/** What is walked: the order as it is read, backwards or not, and the row that a cursor starts it behind. */
export interface Way {
  workspaceId: string;
  parent: PlaceInBoard;
  query: ItemQuery;
  terms: readonly Term[];
  start: Keys | undefined;
  /** The conditions that the cursors make. */
  bounds: readonly Prisma.Sql[];
}

/** The walk along an order; undefined where no index has that order. */
export function walkOf(way: Way): Walk | undefined {
  const [first] = way.terms;
  if (first?.index !== undefined) return valueWalk(way, first, first.index);
  if (isBoardOrder(way.terms)) return way.terms.length === 4 ? boardWalk(way) : undefined;
  return way.terms.length === 2 ? fieldWalk(way) : undefined;
}

export const all = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? sql`TRUE` : join([...conditions], ' AND ');

/** The items of the place, as a condition on `i`. */
export const scopeOf = ({
  workspaceId,
  parent,
}: Pick<Way, 'workspaceId' | 'parent'>): Prisma.Sql =>
  parent.kind === 'column'
    ? sql`i.workspace_id = ${workspaceId} AND i.board_id = ${parent.boardId} AND i.column_id = ${parent.columnId}`
    : sql`i.workspace_id = ${workspaceId} AND i.board_id = ${parent.boardId}`;

/** By time, title, or place in a column. */
function fieldWalk(way: Way): Walk {
  const { query, terms, bounds } = way;
  const [field] = query.orderBy ?? [];
  const own = nodesOf(query.filter).flatMap(({ createdAt, updatedAt }) => {
    if (field?.field === 'CREATED_AT') return timeConditions(sql`i.created_at`, createdAt);
    return field?.field === 'UPDATED_AT' ? timeConditions(sql`i.updated_at`, updatedAt) : [];
  });
  const inside = all([scopeOf(way), ...bounds, ...own]);
  return {
    mayEnd: bounds.length + own.length > 0,
    rows: (count) => sql`SELECT i.* FROM item i WHERE ${inside} ${orderBy(terms)} LIMIT ${count}`,
  };
}

/**
 * Column by column. The columns come sorted and each has an end, so that PostgreSQL stops in the first one that has
 * enough. The column of the cursor's row is entered at its place: passing over what lies before would cost what it has.
 */
function boardWalk({ workspaceId, parent, query, terms, start, bounds }: Way): Walk {
  const isDown = terms[0]?.descending;
  const [way, beyond] = isDown ? [sql`DESC`, sql`<`] : [sql`ASC`, sql`>`];
  const wanted = nodesOf(query.filter).flatMap(({ columnId }) => idConditions(sql`c.id`, columnId));
  const [columnPosition, columnId, position, id] = start ?? [];
  const column = sql`(${columnPosition}::integer, ${columnId}::text)`;
  // A position is an integer, and these are further out.
  const edge = isDown ? sql`2147483648` : sql`-2147483649`;
  const isFrom = sql`(c.position, c.id) ${beyond}= ${column}`;
  const isBehind = sql`AND (i.position, i.id) ${beyond} (
    CASE WHEN (c.position, c.id) = ${column} THEN ${position}::bigint ELSE ${edge} END, ${id}::text)`;
  return {
    mayEnd: start !== undefined || wanted.length > 0,
    rows: (count) => sql`SELECT i.* FROM (
        SELECT c.* FROM board_column c WHERE ${all([
          sql`c.workspace_id = ${workspaceId} AND c.board_id = ${parent.boardId}`,
          ...wanted,
          ...(start === undefined ? [] : [isFrom]),
        ])} ORDER BY c.position ${way}, c.id ${way}
      ) c CROSS JOIN LATERAL (
        SELECT i.* FROM item i
        WHERE i.workspace_id = c.workspace_id AND i.board_id = c.board_id AND i.column_id = c.id
          ${start === undefined ? empty : isBehind}
        ORDER BY i.position ${way}, i.id ${way} LIMIT ${count}
      ) i WHERE ${all(bounds)} ORDER BY c.position ${way}, c.id ${way}, i.position ${way}, i.id ${way} LIMIT ${count}`,
  };
}

/** Along item_value, by one key. Only the items that have a number there are on the way. */
function valueWalk(
  way: Way,
  { descending, nulls }: Term,
  index: NonNullable<Term['index']>,
): Walk | undefined {
  const { query, start } = way;
  const [number, id] = [start?.[0], start?.at(-1)];
  const isOnWay = start === undefined ? nulls === 'last' : number != null;
  if (!isOnWay || query.orderBy?.length !== 1) return undefined;
  const direction = descending ? sql`DESC` : sql`ASC`;
  const beyond = descending ? sql`<` : sql`>`;
  const isBehind = sql`(v.number, v.item_id) ${beyond} (${number}::numeric, ${id}::text)`;
  const own = rangesIn(query.filter).filter(
    ({ key, reading }) => key === index.key && reading === index.reading,
  );
  const range = {
    ...index,
    where: [...own.flatMap(({ where }) => where), ...(start === undefined ? [] : [isBehind])],
  };
  return {
    mayEnd: own.length > 0,
    // The rows are counted out before any item is looked up: joined first, a big board would be joined whole.
    rows: (count) => sql`SELECT i.* FROM (
        SELECT v.item_id ${rangeIn(way, range)} ORDER BY v.number ${direction}, v.item_id ${direction} LIMIT ${count}
      ) v JOIN item i ON i.id = v.item_id AND ${scopeOf(way)}`,
  };
}
