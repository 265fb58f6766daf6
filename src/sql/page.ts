import { Prisma } from '../generated/prisma/client.ts';
import type { Cells, Reader, RowsStatement } from '../postgres/client.ts';
import { isUnreadable } from '../postgres/errors.ts';
import { customPlan } from '../postgres/statement-names.ts';
import { type CursorAdvice, cursorEncoder, invalidCursor } from './cursor.ts';
import { toTextArray } from './decode.ts';
import { orderBy, type SortKey, sortKeyValues } from './order.ts';
import {
  cursorIdentities,
  type PageArgs,
  type PageWindow,
  pageWindow,
  type StatementWindow,
} from './page-args.ts';
import type { Placeholder } from './statement-template.ts';

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
  /** One more row, read at the same moment: `SELECT 0, text[], text`. The rows of the pages must be one text each. */
  header?: Prisma.Sql | undefined;
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
  limit: number | Placeholder;
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
  /** The text about a cursor of another query, if it is not that of a list. */
  cursorAdvice?: CursorAdvice;
}

export interface Page<Row> {
  nodes: Row[];
  /** The end cursor of a page without nodes; undefined for none. */
  emptyPageCursor?: string | null | undefined;
  /** Encodes the cursor of the nth node. */
  cursor: (n: number) => string;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** The texts of the source's header; undefined for none. */
  header?: readonly (string | null)[] | undefined;
}

/**
 * One page of at most 500 rows for each parent, in one statement. With a cursor there must be one parent. Throws
 * VALIDATION_ERROR or INVALID_CURSOR.
 */
export async function readPages<Row>(
  db: Reader,
  source: Source<Row>,
  query: PageQuery & PageArgs,
): Promise<Page<Row>[]> {
  const window = pageWindow(source, query);
  return runPages(db, source, {
    ...query,
    window,
    statement: pageStatement(source, query, window),
  });
}

/** The only result of a read for one parent. */
export async function single<Result>(results: Promise<readonly Result[]>): Promise<Result> {
  const [result] = await results;
  if (result === undefined) throw new Error('one parent has one result');
  return result;
}

/** The statement of pages. Each row begins with the number of its parent and its sort keys. */
export function pageStatement(
  source: Omit<Source<unknown>, 'names' | 'read'>,
  { where, order, cursors }: Pick<PageQuery & PageArgs, 'where' | 'order' | 'cursors'>,
  { bounds, terms, limit, reach, offset }: StatementWindow,
): Prisma.Sql {
  const picked = source.pick({ where, bounds, order: terms, limit: reach });
  const { columns, joins } = source.joined ?? { columns: sql`i.*`, joins: empty };
  const pages = sql`
    SELECT ${planHint(where)} p.n, ${columns} FROM ${source.parents}
    LEFT JOIN LATERAL (
      SELECT ${cursors === false ? sql`'{}'::text[]` : sortKeyValues(order)} AS keys, ${source.row} ${picked}
      ${orderBy(terms)} LIMIT ${limit} ${offset === 0 ? empty : sql`OFFSET ${offset}`}
    ) i ON TRUE ${joins}`;
  return source.header === undefined ? pages : sql`${source.header} UNION ALL (${pages})`;
}

/** Runs the statement of pages. */
export async function runPages<Row>(
  db: Reader,
  source: Pick<Source<Row>, 'names' | 'read'>,
  {
    window: { size, isBackwards, offset, bounds },
    statement,
    identity,
    after,
    before,
  }: { window: PageWindow; statement: RowsStatement } & Pick<PageQuery, 'identity'> & PageArgs,
): Promise<Page<Row>[]> {
  const rows = await db
    .$rows(statement, fetchOptions(source.names.length * size))
    .catch((error) => {
      // Of all texts that the statement parses, only those of a cursor are not validated yet.
      throw bounds.length > 0 && isUnreadable(error) ? invalidCursor() : error;
    });
  // The row of the header has the number 0. UNION ALL promises no order of its parts.
  const headerRow = rows.find(([n]) => n === '0');
  const header = headerRow && toTextArray(headerRow[1]);
  const identityOf = cursorIdentities(identity);
  return byParent(rows.filter((row) => row !== headerRow)).map((parentRows, parent) => {
    const hasMore = parentRows.length > size;
    const page = hasMore ? parentRows.slice(0, size) : parentRows;
    if (isBackwards) page.reverse();
    const encode = cursorEncoder(() => identityOf(source.names[parent]));
    return {
      nodes: page.map((cells) => source.read(cells.slice(2))),
      cursor: (n) => encode(toTextArray(page[n]?.[1])),
      hasNextPage: before != null || (!isBackwards && hasMore),
      hasPreviousPage: after != null || offset > 0 || (isBackwards && hasMore),
      header,
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
