import { Prisma } from '../../../generated/prisma/client.ts';
import type { Reader } from '../../../postgres/client.ts';
import { customPlan } from '../../../postgres/statement-names.ts';
import { and } from '../../../sql/conditions.ts';
import type { IndexedType } from '../../../sql/value-index.ts';
import type { IndexRange } from '../filter/indexed-values.ts';
import { isInParent, type LargeBoardQuery } from './scan-context.ts';

const { sql, join } = Prisma;

/** The board whose part of item_value is read. */
interface Board {
  workspaceId: string;
  parent: { boardId: string };
}

/** The types are no parameters: a generic plan would not use the indexes that have the values of one type. */
const hasType: Record<IndexedType, Prisma.Sql> = {
  n: sql`v.reading = 'n'`,
  d: sql`v.reading = 'd'`,
  t: sql`v.reading = 't'`,
};

/** FROM and WHERE of the rows `item_value v` in a range. */
export const fromIndexRange = (
  { workspaceId, parent }: Board,
  { key, type, where }: IndexRange,
): Prisma.Sql =>
  sql`FROM item_value v WHERE ${and([
    sql`v.workspace_id = ${workspaceId} AND v.board_id = ${parent.boardId}`,
    sql`v.key = ${key}`,
    ...(type === undefined ? [] : [hasType[type]]),
    ...where,
  ])}`;

/**
 * SELECT of the first `limit` rows of a range, in the order of the index: without it the planner would scan the whole
 * table for a few rows, which need not exist.
 */
export const firstOfRange = (board: Board, range: IndexRange, limit: number): Prisma.Sql =>
  sql`SELECT v.reading, v.item_id ${fromIndexRange(board, range)}
    ORDER BY ${range.order ?? sql`v.reading, v.number, v.text, v.item_id`} LIMIT ${limit}`;

const idsIn = (board: Board, range: IndexRange): Prisma.Sql =>
  sql`(SELECT v.item_id ${fromIndexRange(board, range)})`;

/**
 * The items with the ids of a relation of one column. OFFSET 0 makes it a look-up of each id, whatever the planner
 * estimates: without statistics it would read the whole board for each of them.
 */
export const itemsById = (workspaceId: string, ids: Prisma.Sql): Prisma.Sql =>
  sql`(SELECT i.* FROM ${ids} AS found (id) CROSS JOIN LATERAL (
    SELECT i.* FROM item i WHERE i.workspace_id = ${workspaceId} AND i.id = found.id OFFSET 0) i)`;

/** Each range costs a statement: no more than the first three are counted. */
const maxProbes = 3;

/** The items of the smallest range; undefined where none has at most `sample` items. */
export async function itemsFromIndex(
  { db, ...board }: Board & { db: Reader },
  ranges: readonly IndexRange[],
  sample: number,
): Promise<Prisma.Sql | undefined> {
  const probes = ranges.slice(0, maxProbes).map(async (range) => {
    const first = firstOfRange(board, range, sample + 1);
    // The ids of a larger range are not sent.
    const [row] = await db.$rows(
      sql`SELECT count(*), CASE WHEN count(*) <= ${sample} THEN array_agg(item_id)::text END FROM (${first}) v`,
    );
    return { count: Number(row?.[0]), ids: row?.[1] ?? '{}' };
  });
  const [smallest] = (await Promise.all(probes)).sort((a, b) => a.count - b.count);
  if (smallest === undefined || smallest.count > sample) return undefined;
  return itemsById(board.workspaceId, sql`unnest(${smallest.ids}::text[])`);
}

/**
 * True where a FULL JOIN found all of these. PostgreSQL has no nested loop for a FULL JOIN: of two parts that it expects to
 * be small, as it does without statistics, it would read one whole for each row of the other. IS NOT NULL would tell it that
 * the join is an inner one.
 */
export const isFound = (columns: readonly Prisma.Sql[]): Prisma.Sql =>
  sql`num_nulls(${join([...columns])}) = 0`;

/** The ids of the items that lie in all ranges. item_value has one row for each item and key. */
function idsInAll(board: Board, [first, ...others]: readonly IndexRange[]): Prisma.Sql {
  if (first === undefined) throw new Error('there is no range to look in');
  if (others.length === 0) return idsIn(board, first);
  const names = others.map((_, n) => Prisma.raw(`other_${n}`));
  const joins = others.map(
    (range, n) =>
      sql`FULL JOIN ${idsIn(board, range)} ${names[n]} ON ${names[n]}.item_id = v.item_id`,
  );
  return sql`(SELECT v.item_id FROM ${idsIn(board, first)} v ${join(joins, ' ')}
    WHERE ${isFound([sql`v.item_id`, ...names.map((name) => sql`${name}.item_id`)])})`;
}

/**
 * The items that the ranges of a query leave. Those of a range with few items are looked up, whatever the planner
 * estimates. Wide ranges are used only where no other index finds anything: filtering the rows of that index costs less
 * than reading a wide range.
 */
export async function itemsInRanges(board: LargeBoardQuery): Promise<Prisma.Sql> {
  const ranges = board.query.indexRanges;
  const limit = board.thresholds.sample * 20;
  for (const range of ranges) {
    if ((await countInRanges(board, [range], limit)) < limit)
      return itemsById(board.workspaceId, idsIn(board, range));
  }
  if (ranges.length === 0 || board.query.isIndexable) return sql`item`;
  const items = sql`(SELECT i.* FROM item i WHERE ${isInParent(board)})`;
  return sql`(SELECT i.* FROM ${items} i FULL JOIN ${idsInAll(board, ranges)} found ON found.item_id = i.id
    WHERE ${isFound([sql`i.id`, sql`found.item_id`])})`;
}

/** The number of items that lie in all ranges. */
export async function countInRanges(
  { db, ...board }: Board & { db: Reader },
  ranges: readonly IndexRange[],
  atMost: number | undefined,
): Promise<number> {
  const [first, ...others] = ranges;
  const ids =
    first !== undefined && others.length === 0 && atMost !== undefined
      ? firstOfRange(board, first, atMost)
      : sql`SELECT FROM ${idsInAll(board, ranges)} v LIMIT ${atMost ?? null}::bigint`;
  const [row] = await db.$rows(
    sql`SELECT /* ${Prisma.raw(customPlan)} */ count(*) FROM (${ids}) counted`,
  );
  return Number(row?.[0]);
}
