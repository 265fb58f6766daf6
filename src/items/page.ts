import { plannedAnew, type Queries } from '../database/open.ts';
import { ApiError } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { decodeCursor, encodeCursor, type Keys } from './cursor.ts';
import { isAfter, keysOf, orderBy, reversed, type Term } from './order.ts';

const { sql, join, empty } = Prisma;

/** Where a page's rows come from. */
export interface Source<Row> {
  /** The parents as a relation `p (n, …)`, one row for each, `n` from 1. */
  parents: Prisma.Sql;
  /** FROM and WHERE that pick the wanted rows of the parent `p`. */
  pick: (wanted: Wanted) => Prisma.Sql;
  /** One row as a JSON object. */
  row: Prisma.Sql;
  /** The JSON object as the row that resolvers take. */
  revive: (json: Row) => Row;
}

/** Which rows are wanted; a source may pick more than `limit`, and in any order. */
export interface Wanted {
  where: readonly Prisma.Sql[];
  /** The conditions that the cursors make. */
  bounds: readonly Prisma.Sql[];
  order: readonly Term[];
  limit: number;
}

/** A source that is one table: FROM, and what ties a row to its workspace and its parent. */
export const table =
  (from: Prisma.Sql, scope: Prisma.Sql): Source<unknown>['pick'] =>
  ({ where, bounds }) =>
    sql`FROM ${from} WHERE ${join([scope, ...where, ...bounds], ' AND ')}`;

/** Which rows, in which order. The order ends with the id, so that no two rows are equal in it. */
export interface Question {
  where: readonly Prisma.Sql[];
  order: readonly Term[];
  /** A text that is the same for the same filter and order: what a cursor is bound to. */
  identity: string;
}

/** The arguments of every connection. */
export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  offset?: number | null | undefined;
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
 * One page for each parent, in one statement: at most 500 rows each. Throws VALIDATION_ERROR or INVALID_CURSOR.
 */
export async function readPages<Row>(
  db: Queries,
  source: Source<Row>,
  { where, order, identity, ...args }: Question & PageArgs,
): Promise<Page<Row>[]> {
  checkPageArgs(args);
  const { size, terms, bounds, backwards } = windowOf({ order, identity, ...args });
  const offset = args.offset ?? 0;
  const picked = source.pick({ where, bounds, order: terms, limit: size + 1 + offset });
  const rows = await db.$queryRaw<{ page: { row: Row; keys: Keys }[] }[]>`
    SELECT ${planning(where)} coalesce(page.rows, '[]') AS page FROM ${source.parents}
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('row', picked.row, 'keys', picked.keys)) AS rows FROM (
        SELECT ${source.row} AS row, ${keysOf(order)} AS keys ${picked}
        ${orderBy(terms)} LIMIT ${size + 1} ${offset === 0 ? empty : sql`OFFSET ${offset}`}
      ) picked
    ) page ON TRUE ORDER BY p.n`;
  return rows.map(({ page }) => {
    const hasMore = page.length > size;
    const picked = hasMore ? page.slice(0, size) : page;
    if (backwards) picked.reverse();
    return {
      nodes: picked.map(({ row }) => source.revive(row)),
      cursor: (n) => encodeCursor(identity, picked[n]?.keys ?? []),
      hasNextPage: backwards ? args.before != null : hasMore,
      hasPreviousPage: backwards ? hasMore : args.after != null || offset > 0,
    };
  });
}

/** A filter's best plan depends on its values, and functions of them are then worked out once for all rows. */
const planning = (where: readonly Prisma.Sql[]): Prisma.Sql =>
  where.length === 0 ? empty : Prisma.raw(`/* ${plannedAnew} */`);

/** What page arguments mean: how many rows, read in which order, between which bounds. */
function windowOf({ order, identity, ...args }: Omit<Question, 'where'> & PageArgs) {
  const backwards = args.last != null;
  const bounds = [
    ...(args.after == null ? [] : [isAfter(order, keysIn(identity, order, args.after))]),
    ...(args.before == null
      ? []
      : [isAfter(reversed(order), keysIn(identity, order, args.before))]),
  ];
  return {
    backwards,
    bounds,
    size: args.last ?? args.first ?? defaultPageSize,
    terms: backwards ? reversed(order) : order,
  };
}

/** How many rows there are for each parent, in one statement; counted no further than `atMost`. */
export async function countRows<Row>(
  db: Queries,
  source: Source<Row>,
  { where, atMost }: Pick<Question, 'where'> & { atMost?: number | undefined },
): Promise<number[]> {
  const rows = await db.$queryRaw<{ count: number }[]>`
    SELECT ${planning(where)} counted.count FROM ${source.parents}
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS count FROM (
        SELECT 1 ${source.pick({ where, bounds: [], order: [], limit: 0 })} ${atMost === undefined ? empty : sql`LIMIT ${atMost}`}
      ) found
    ) counted
    ORDER BY p.n`;
  return rows.map(({ count }) => count);
}

function keysIn(identity: string, order: readonly Term[], cursor: string): Keys {
  const keys = decodeCursor(identity, cursor);
  if (keys.length !== order.length)
    throw new ApiError('INVALID_CURSOR', 'This cursor is of another order.');
  return keys;
}
