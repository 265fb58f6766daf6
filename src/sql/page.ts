import { ApiError } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { type Cells, customPlan, type Reader } from '../postgres/client.ts';
import { isUnreadable } from '../postgres/errors.ts';
import { decodeCursor, encodeCursor, invalidCursor, type SortKeys } from './cursor.ts';
import { toTextArray } from './decode.ts';
import { isAfter, orderBy, reverse, type SortKey, sortKeyValues } from './order.ts';

const { sql, join, empty } = Prisma;

/** Where a page's rows come from. */
export interface Source<Row> {
  /** The parents as a relation `p (n, …)`, one row for each, `n` from 1. */
  parents: Prisma.Sql;
  /** What each parent is called: its cursors are good for no other one. */
  names: readonly string[];
  /** FROM and WHERE that pick the wanted rows of the parent `p`. */
  pick: (wanted: RowSelection) => Prisma.Sql;
  /** The columns of one row. */
  row: Prisma.Sql;
  /** What is read of the row, and along with it. */
  along?: JoinedColumns;
  /** The row that resolvers take, from the cells of its columns and of those that were fetched along. */
  read: (cells: Cells) => Row;
}

/**
 * The columns that are read, `keys` first, and the joins that they come from; the picked rows are called `i` there, and
 * stay in their order. By default all columns of the row.
 */
export interface JoinedColumns {
  columns: Prisma.Sql;
  joins: Prisma.Sql;
}

/** Which rows are wanted; a source may pick more than `limit`, and in any order. */
export interface RowSelection {
  where: readonly Prisma.Sql[];
  /** The conditions that the cursors make. */
  bounds: readonly Prisma.Sql[];
  order: readonly SortKey[];
  limit: number;
}

/** A source that is one table: FROM, and what ties a row to its workspace and its parent. */
export const table =
  (from: Prisma.Sql, scope: Prisma.Sql): Source<unknown>['pick'] =>
  ({ where, bounds }) =>
    sql`FROM ${from} WHERE ${join([scope, ...where, ...bounds], ' AND ')}`;

/** Which rows, in which order. The order ends with the id, so that no two rows are equal in it. */
export interface PageQuery {
  where: readonly Prisma.Sql[];
  order: readonly SortKey[];
  /** A text that is the same for the same filter and order: what a cursor is bound to, beside its parent. */
  identity: string;
}

/** The arguments of every connection. */
export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  offset?: number | null | undefined;
  /** False where nobody asks for a cursor. */
  cursors?: boolean | undefined;
}

export interface Page<Row> {
  nodes: Row[];
  /** The cursor of the nth node, made when asked for. */
  cursor: (n: number) => string;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

export const defaultPageSize = 50;
export const maxPageSize = 500;

const isWithin = (value: number, low: number, high: number): boolean =>
  value >= low && value <= high;

/** Refuses page arguments that contradict each other or leave their range; never clamps. */
export function checkPageArgs({ first, after, last, before, offset }: PageArgs): void {
  const refuse = (field: string, message: string) => {
    throw new ApiError('VALIDATION_ERROR', `${field} ${message}`, [{ field, message }]);
  };
  if (first != null && last != null) refuse('last', 'cannot be given together with first');
  for (const [field, size] of Object.entries({ first, last })) {
    if (size != null && !isWithin(size, 1, maxPageSize))
      refuse(field, `must be 1 to ${maxPageSize}`);
  }
  if (offset != null && offset < 0) refuse('offset', 'must be 0 or more');
  if (offset && (after != null || before != null || last != null)) {
    refuse('offset', 'cannot be given together with a cursor or last');
  }
}

/**
 * One page for each parent, in one statement: at most 500 rows each. Who has a cursor asks for one parent only. Throws
 * VALIDATION_ERROR or INVALID_CURSOR.
 */
export async function readPages<Row>(
  db: Reader,
  source: Source<Row>,
  { where, order, identity, ...args }: PageQuery & PageArgs,
): Promise<Page<Row>[]> {
  const { size, terms, bounds, backwards } = pageWindow(source, { order, identity, ...args });
  const offset = args.offset ?? 0;
  const picked = source.pick({ where, bounds, order: terms, limit: size + 1 + offset });
  const { columns, joins } = source.along ?? { columns: sql`i.*`, joins: empty };
  const statement = sql`
    SELECT ${planning(where)} p.n, ${columns} FROM ${source.parents}
    LEFT JOIN LATERAL (
      SELECT ${args.cursors === false ? sql`'{}'` : sortKeyValues(order)} AS keys, ${source.row} ${picked}
      ${orderBy(terms)} LIMIT ${size + 1} ${offset === 0 ? empty : sql`OFFSET ${offset}`}
    ) i ON TRUE ${joins}`;
  const rows = await db
    .$rows(statement, fetchOptions(source.names.length * size))
    .catch((error) => {
      // All other texts that are read as something were checked before.
      throw bounds.length > 0 && isUnreadable(error) ? invalidCursor() : error;
    });
  return byParent(rows).map((found, parent) => {
    const hasMore = found.length > size;
    const picked = hasMore ? found.slice(0, size) : found;
    if (backwards) picked.reverse();
    return {
      nodes: picked.map((cells) => source.read(cells.slice(2))),
      cursor: (n) =>
        encodeCursor(ownIdentity(source, identity, parent), toTextArray(picked[n]?.[1])),
      hasNextPage: args.before != null || (!backwards && hasMore),
      hasPreviousPage: args.after != null || offset > 0 || (backwards && hasMore),
    };
  });
}

/** Rows may be large: more than a common page has are fetched in steps, at a round trip each. */
export const fetchOptions = (rows: number): { step?: number } => (rows <= 100 ? {} : { step: 100 });

/** The rows of each parent; each begins with the parent's number and the sort keys, which a parent without rows lacks. */
function byParent(rows: readonly Cells[]): Cells[][] {
  const pages: Cells[][] = [];
  for (const row of rows) {
    const n = Number(row[0]) - 1;
    const page = pages[n] ?? [];
    pages[n] = page;
    if (row[1] !== null) page.push(row);
  }
  return pages;
}

/** A filter's best plan depends on its values, and functions of them are then worked out once for all rows. */
const planning = (where: readonly Prisma.Sql[]): Prisma.Sql =>
  where.length === 0 ? empty : Prisma.raw(`/* ${customPlan} */`);

const ownIdentity = ({ names }: Pick<Source<unknown>, 'names'>, identity: string, parent: number) =>
  JSON.stringify([names[parent], identity]);

/** What page arguments mean: how many rows, read in which order, between which bounds. */
export function pageWindow(
  source: Pick<Source<unknown>, 'names'>,
  { order, identity, ...args }: Omit<PageQuery, 'where'> & PageArgs,
) {
  checkPageArgs(args);
  const backwards = args.last != null;
  const keys = (cursor: string | null | undefined) =>
    cursor == null ? undefined : keysIn(ownIdentity(source, identity, 0), order, cursor);
  const [after, before] = [keys(args.after), keys(args.before)];
  return {
    backwards,
    /** The keys of the row behind which reading starts. */
    start: backwards ? before : after,
    bounds: [
      ...(after === undefined ? [] : [isAfter(order, after)]),
      ...(before === undefined ? [] : [isAfter(reverse(order), before)]),
    ],
    size: args.last ?? args.first ?? defaultPageSize,
    terms: backwards ? reverse(order) : order,
  };
}

/** How many rows there are for each parent, in one statement; counted no further than `atMost`. */
export async function countRows<Row>(
  db: Reader,
  source: Source<Row>,
  { where, atMost }: Pick<PageQuery, 'where'> & { atMost?: number | undefined },
): Promise<number[]> {
  const rows = await db.$rows(sql`
    SELECT ${planning(where)} counted.count FROM ${source.parents}
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS count FROM (
        SELECT 1 ${source.pick({ where, bounds: [], order: [], limit: 0 })} ${atMost === undefined ? empty : sql`LIMIT ${atMost}`}
      ) found
    ) counted
    ORDER BY p.n`);
  return rows.map(([count]) => Number(count));
}

function keysIn(identity: string, order: readonly SortKey[], cursor: string): SortKeys {
  const keys = decodeCursor(identity, cursor);
  if (keys.length !== order.length) throw invalidCursor();
  return keys;
}
