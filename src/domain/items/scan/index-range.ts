import { Prisma } from '../../../generated/prisma/client.ts';
import { customPlan, type Reader } from '../../../postgres/client.ts';
import { and } from '../../../sql/conditions.ts';
import type { IndexedType } from '../../../sql/value-index.ts';
import type { IndexRange } from '../filter/indexed-values.ts';
import type { LargeBoardQuery } from './scan-context.ts';

const { sql } = Prisma;

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

/** Each range costs a statement: no more than the first three are counted. */
const maxProbes = 3;

/** The smallest range as a condition on the ids of items `i`; undefined where none has at most `sample` items. */
export async function idsFromIndex(
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
  return sql`i.id = ANY(${smallest.ids}::text[])`;
}

/**
 * The ranges of a query as a condition on items `i`. A range with few items gives their ids, which are looked up first
 * whatever the planner estimates. Wide ranges are used only where no other index finds anything: filtering the rows
 * of that index costs less than reading a wide range.
 */
export async function inIndexRanges(board: LargeBoardQuery): Promise<Prisma.Sql> {
  const ranges = board.query.indexRanges;
  const limit = board.thresholds.sample * 20;
  for (const range of ranges) {
    if ((await countInRanges(board, [range], limit)) < limit)
      return sql`i.id = ANY(ARRAY${idsIn(board, range)})`;
  }
  if (board.query.isIndexable) return sql`TRUE`;
  return and(ranges.map((range) => sql`i.id IN ${idsIn(board, range)}`));
}

/** The number of items that lie in all ranges. item_value has one row for each item and key. */
export async function countInRanges(
  { db, ...board }: Board & { db: Reader },
  [first, ...others]: readonly IndexRange[],
  atMost: number | undefined,
): Promise<number> {
  if (first === undefined) throw new Error('there is no range to count in');
  const inOthers = and(others.map((range) => sql`v.item_id IN ${idsIn(board, range)}`));
  const rows =
    others.length === 0 && atMost !== undefined
      ? firstOfRange(board, first, atMost)
      : sql`SELECT ${fromIndexRange(board, first)} AND ${inOthers} LIMIT ${atMost ?? null}::bigint`;
  const [row] = await db.$rows(
    sql`SELECT /* ${Prisma.raw(customPlan)} */ count(*) FROM (${rows}) counted`,
  );
  return Number(row?.[0]);
}
