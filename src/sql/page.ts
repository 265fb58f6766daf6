import { invalid } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { type Cells, customPlan, type Reader } from '../postgres/client.ts';
import { isUnreadable } from '../postgres/errors.ts';
import { decodeCursor, encodeCursor, invalidCursor, type SortKeys } from './cursor.ts';
import { toTextArray } from './decode.ts';
import { isAfter, orderBy, reverse, type SortKey, sortKeyValues } from './order.ts';

const { sql, join, empty } = Prisma;

/** The source of a page's rows. */
export interface Source<Row> {
  /** The parents as a relation `p (n, …)`, one row for each, `n` from 1. */
  parents: Prisma.Sql;
  /** The identity of each parent: a cursor of one is invalid for any other. */
  names: readonly string[];
  /** FROM and WHERE of the selected rows of the parent `p`. */
  pick: (selection: RowSelection) => Prisma.Sql;
  /** The columns of one row. */
  row: Prisma.Sql;
  /** The columns that are read in the end, if not those of `row`. */
  joined?: JoinedColumns;
  /** Decodes a row from the cells of its columns. */
  read: (cells: Cells) => Row;
}

/**
 * Columns to read, `keys` first, and the joins that they need. The picked rows are `i` and stay in their order. By
 * default all columns of `row`.
 */
export interface JoinedColumns {
  columns: Prisma.Sql;
  joins: Prisma.Sql;
}

/** The parent of a source that has only one. */
export const oneParent = sql`(SELECT 1 AS n) AS p`;

/** The rows to pick; a source may return more than `limit`, in any order. */
export interface RowSelection {
  where: readonly Prisma.Sql[];
  /** The conditions of the cursors. */
  bounds: readonly Prisma.Sql[];
  order: readonly SortKey[];
  limit: number;
}

/** The pick of one table: FROM, and the condition that a row belongs to its workspace and parent. */
export const table =
  (from: Prisma.Sql, scope: Prisma.Sql): Source<unknown>['pick'] =>
  ({ where, bounds }) =>
    sql`FROM ${from} WHERE ${join([scope, ...where, ...bounds], ' AND ')}`;

/** Filter and order of a page. The order ends with the id, so that it is total. */
export interface PageQuery {
  where: readonly Prisma.Sql[];
  order: readonly SortKey[];
  /** Equal for equal filter and order: a cursor is bound to it and to its parent. */
  identity: string;
}

/** The arguments of every connection. */
export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  offset?: number | null | undefined;
  /** False where no cursor is selected. */
  cursors?: boolean | undefined;
}

export interface Page<Row> {
  nodes: Row[];
  /** The end cursor of a page without nodes; undefined for none. */
  emptyPageCursor?: string | null | undefined;
  /** Encodes the cursor of the nth node. */
  cursor: (n: number) => string;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

export const defaultPageSize = 50;
export const maxPageSize = 500;

/** Throws VALIDATION_ERROR for arguments that are out of range or contradict each other. */
export function checkPageArgs({ first, after, last, before, offset }: PageArgs): void {
  if (first != null && last != null) throw invalid('last', 'cannot be given together with first');
  for (const [field, size] of Object.entries({ first, last })) {
    if (size == null) continue;
    if (size < 0) throw invalid(field, 'must be 0 or more');
    if (size > maxPageSize) throw invalid(field, `must be at most ${maxPageSize}`);
  }
  if (offset != null && offset < 0) throw invalid('offset', 'must be 0 or more');
  if (offset && (after != null || before != null || last != null)) {
    const other = last == null ? 'a cursor' : 'last';
    throw invalid('offset', `cannot be given together with ${other}`);
  }
}

/**
 * One page of at most 500 rows for each parent, in one statement. With a cursor there must be one parent. Throws
 * VALIDATION_ERROR or INVALID_CURSOR.
 */
export async function readPages<Row>(
  db: Reader,
  source: Source<Row>,
  { where, order, identity, ...args }: PageQuery & PageArgs,
): Promise<Page<Row>[]> {
  const { size, terms, bounds, isBackwards } = pageWindow(source, { order, identity, ...args });
  const offset = args.offset ?? 0;
  const picked = source.pick({ where, bounds, order: terms, limit: size + 1 + offset });
  const { columns, joins } = source.joined ?? { columns: sql`i.*`, joins: empty };
  const statement = sql`
    SELECT ${planHint(where)} p.n, ${columns} FROM ${source.parents}
    LEFT JOIN LATERAL (
      SELECT ${args.cursors === false ? sql`'{}'` : sortKeyValues(order)} AS keys, ${source.row} ${picked}
      ${orderBy(terms)} LIMIT ${size + 1} ${offset === 0 ? empty : sql`OFFSET ${offset}`}
    ) i ON TRUE ${joins}`;
  const rows = await db
    .$rows(statement, fetchOptions(source.names.length * size))
    .catch((error) => {
      // Of all texts that the statement parses, only those of a cursor are not validated yet.
      throw bounds.length > 0 && isUnreadable(error) ? invalidCursor() : error;
    });
  return byParent(rows).map((parentRows, parent) => {
    const hasMore = parentRows.length > size;
    const page = hasMore ? parentRows.slice(0, size) : parentRows;
    if (isBackwards) page.reverse();
    return {
      nodes: page.map((cells) => source.read(cells.slice(2))),
      cursor: (n) =>
        encodeCursor(cursorIdentity(source.names[parent], identity), toTextArray(page[n]?.[1])),
      hasNextPage: args.before != null || (!isBackwards && hasMore),
      hasPreviousPage: args.after != null || offset > 0 || (isBackwards && hasMore),
    };
  });
}

/** More than 100 rows are fetched in steps, one round trip each, as rows may be large. */
export const fetchOptions = (rows: number): { step?: number } => (rows <= 100 ? {} : { step: 100 });

/** Groups rows by parent. A row begins with the parent's number and its sort keys; null keys: the parent has no rows. */
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

/** A filter is planned with its values: its best plan depends on them, and functions of them are computed once. */
const planHint = (where: readonly Prisma.Sql[]): Prisma.Sql =>
  where.length === 0 ? empty : Prisma.raw(`/* ${customPlan} */`);

/** Binds a cursor to the name of its parent and the identity of its query. */
export const cursorIdentity = (name: string | undefined, identity: string): string =>
  JSON.stringify([name, identity]);

/** Resolves page arguments: the number of rows, the order in which they are read, and their bounds. */
export function pageWindow(
  source: Pick<Source<unknown>, 'names'>,
  { order, identity, ...args }: Omit<PageQuery, 'where'> & PageArgs,
) {
  checkPageArgs(args);
  const isBackwards = args.last != null;
  const keys = (cursor: string | null | undefined) =>
    cursor == null
      ? undefined
      : cursorKeys(cursorIdentity(source.names[0], identity), order, cursor);
  const [after, before] = [keys(args.after), keys(args.before)];
  return {
    isBackwards,
    /** The keys of the row after which reading starts. */
    start: isBackwards ? before : after,
    bounds: [
      ...(after === undefined ? [] : [isAfter(order, after)]),
      ...(before === undefined ? [] : [isAfter(reverse(order), before)]),
    ],
    size: args.last ?? args.first ?? defaultPageSize,
    terms: isBackwards ? reverse(order) : order,
  };
}

/** The number of rows of each parent, in one statement; counted no further than `atMost`. */
export async function countRows<Row>(
  db: Reader,
  source: Source<Row>,
  { where, atMost }: Pick<PageQuery, 'where'> & { atMost?: number | undefined },
): Promise<number[]> {
  const rows = await db.$rows(sql`
    SELECT ${planHint(where)} counted.count FROM ${source.parents}
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS count FROM (
        SELECT 1 ${source.pick({ where, bounds: [], order: [], limit: 0 })} ${atMost === undefined ? empty : sql`LIMIT ${atMost}`}
      ) found
    ) counted
    ORDER BY p.n`);
  return rows.map(([count]) => Number(count));
}

function cursorKeys(identity: string, order: readonly SortKey[], cursor: string): SortKeys {
  const keys = decodeCursor(identity, cursor);
  if (keys.length !== order.length) throw invalidCursor();
  return keys;
}
