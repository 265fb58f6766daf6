import { Prisma } from '../../../generated/prisma/client.ts';
import type { SortKeys } from '../../../sql/cursor.ts';
import { orderBy, type SortKey } from '../../../sql/order.ts';
import type { IndexPart } from '../../../sql/value-index.ts';
import { conjunctsOf, idConditions, timeConditions } from '../filter/filter.ts';
import { type ItemParent, type ItemQuery, isBoardOrder } from '../read/query.ts';
import { fromIndexRange, indexRanges } from './indexable.ts';

const { sql, join, empty } = Prisma;

export type BoardParent = Extract<ItemParent, { boardId: string }>;

/** An order, read along an index from its start or from a cursor. */
export interface OrderedScan {
  /** SELECT of the first so many items in that order. A condition on what it sorts by is already kept. */
  rows: (count: number) => Prisma.Sql;
  /** True for a walk that may come to an end soon, behind which no item can match. */
  mayEnd: boolean;
}

/** What is walked: the order as it is read, backwards or not, and the row that a cursor starts it behind. */
export interface ScanOptions {
  workspaceId: string;
  parent: BoardParent;
  query: ItemQuery;
  terms: readonly SortKey[];
  start: SortKeys | undefined;
  /** The conditions that the cursors make. */
  bounds: readonly Prisma.Sql[];
}

/** The walk along an order; undefined where no index has that order. */
export function createOrderedScan(way: ScanOptions): OrderedScan | undefined {
  const [first] = way.terms;
  if (first?.index !== undefined) return valueScan(way);
  if (isBoardOrder(way.terms)) return way.terms.length === 4 ? boardScan(way) : undefined;
  return way.terms.length === 2 ? fieldScan(way) : undefined;
}

export const and = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? sql`TRUE` : join([...conditions], ' AND ');

/** The items of the place, as a condition on `i`. */
export const isInParent = ({
  workspaceId,
  parent,
}: Pick<ScanOptions, 'workspaceId' | 'parent'>): Prisma.Sql =>
  parent.kind === 'column'
    ? sql`i.workspace_id = ${workspaceId} AND i.board_id = ${parent.boardId} AND i.column_id = ${parent.columnId}`
    : sql`i.workspace_id = ${workspaceId} AND i.board_id = ${parent.boardId}`;

/** By time, title, or place in a column. */
function fieldScan(way: ScanOptions): OrderedScan {
  const { query, terms, bounds } = way;
  const [field] = query.orderBy ?? [];
  const own = conjunctsOf(query.filter).flatMap(({ createdAt, updatedAt }) => {
    if (field?.field === 'CREATED_AT') return timeConditions(sql`i.created_at`, createdAt);
    return field?.field === 'UPDATED_AT' ? timeConditions(sql`i.updated_at`, updatedAt) : [];
  });
  const inside = and([isInParent(way), ...bounds, ...own]);
  return {
    mayEnd: bounds.length + own.length > 0,
    rows: (count) => sql`SELECT i.* FROM item i WHERE ${inside} ${orderBy(terms)} LIMIT ${count}`,
  };
}

/**
 * Column by column. The columns come sorted and each has an end, so that PostgreSQL stops in the first one that has
 * enough. The column of the cursor's row is entered at its place: passing over what lies before would cost what it has.
 */
function boardScan({ workspaceId, parent, query, terms, start, bounds }: ScanOptions): OrderedScan {
  const isDown = terms[0]?.descending;
  const [way, beyond] = isDown ? [sql`DESC`, sql`<`] : [sql`ASC`, sql`>`];
  const wanted = conjunctsOf(query.filter).flatMap(({ columnId }) =>
    idConditions(sql`c.id`, columnId),
  );
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
        SELECT c.* FROM board_column c WHERE ${and([
          sql`c.workspace_id = ${workspaceId} AND c.board_id = ${parent.boardId}`,
          ...wanted,
          ...(start === undefined ? [] : [isFrom]),
        ])} ORDER BY c.position ${way}, c.id ${way}
      ) c CROSS JOIN LATERAL (
        SELECT i.* FROM item i
        WHERE i.workspace_id = c.workspace_id AND i.board_id = c.board_id AND i.column_id = c.id
          ${start === undefined ? empty : isBehind}
        ORDER BY i.position ${way}, i.id ${way} LIMIT ${count}
      ) i WHERE ${and(bounds)} ORDER BY c.position ${way}, c.id ${way}, i.position ${way}, i.id ${way} LIMIT ${count}`,
  };
}

/**
 * Along item_value, by one key: as the order has it, in one reading or in all, one after the other. Only the items that
 * have a value there are on the way, so that it must not lead through the missing ones first.
 */
function valueScan(way: ScanOptions): OrderedScan | undefined {
  const { query, terms, start } = way;
  const kinds = terms.slice(0, -1);
  const [first] = kinds;
  const from = start === undefined ? 0 : kinds.findIndex((_, n) => start[n] != null);
  const isLost = from === -1 || (start === undefined && first?.nulls === 'first');
  if (isLost || query.orderBy?.length !== 1) return undefined;
  const ahead = first?.nulls === 'first' ? kinds.slice(0, from + 1).reverse() : kinds.slice(from);
  const [direction, beyond] = first?.descending ? [sql`DESC`, sql`<`] : [sql`ASC`, sql`>`];
  const own = indexRanges(query.filter).filter(({ key }) => key === first?.index?.key);
  const ranges = ahead.flatMap(({ index }, n) => {
    const asked = own.filter(({ reading }) => reading === index?.reading);
    // A value that is asked for as a number is no date, and the other way round.
    const isOut = asked.length === 0 && own.some(({ reading }) => reading !== undefined);
    if (index === undefined || isOut) return [];
    const isEntered = n === 0 && start !== undefined;
    const behind = isEntered ? [isBehind(index, beyond, [start[from], start.at(-1)])] : [];
    return [{ ...index, where: [...asked.flatMap(({ where }) => where), ...behind] }];
  });
  if (ranges.length === 0) return undefined;
  const sorted = sql`v.number ${direction}, v.text ${direction}, v.item_id ${direction}`;
  return {
    mayEnd: own.some(({ reading }) => reading !== undefined),
    // The rows are counted out before any item is looked up: joined first, a big board would be joined whole.
    rows: (count) => sql`SELECT i.* FROM (
        SELECT v.* FROM (${join(
          ranges.map(
            (range, n) =>
              sql`(SELECT ${n}::integer AS n, v.* ${fromIndexRange(way, range)} ORDER BY ${sorted} LIMIT ${count})`,
          ),
          ' UNION ALL ',
        )}) v ORDER BY v.n, ${sorted} LIMIT ${count}
      ) v JOIN item i ON i.id = v.item_id AND ${isInParent(way)}`,
  };
}

/** The rows `item_value v` behind one, whose number is 0 where it has a text, and the other way round. */
function isBehind(
  { reading }: Required<IndexPart>,
  beyond: Prisma.Sql,
  [key, id]: readonly (string | null | undefined)[],
): Prisma.Sql {
  const [number, text] = reading === 't' ? ['0', key] : [key, ''];
  return sql`(v.number, v.text, v.item_id) ${beyond} (${number}::numeric, ${text}::text, ${id}::text)`;
}
