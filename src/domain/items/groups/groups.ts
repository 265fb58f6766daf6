import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import type { Cells, Reader } from '../../../postgres/client.ts';
import { customPlan } from '../../../postgres/statement-names.ts';
import { and } from '../../../sql/conditions.ts';
import { textArrayParam } from '../../../sql/generic-plan.ts';
import { indexPart } from '../../../sql/value-index.ts';
import type { CompiledItemQuery } from '../read/query.ts';
import { isFound, itemsFromIndex } from '../scan/index-range.ts';
import { isFoundInParent } from '../scan/scan-context.ts';

const { sql, empty } = Prisma;

/** The key of the groups of a board's items: exactly one of the three. */
export interface GroupBy {
  field?: 'COLUMN' | 'LABEL' | 'CREATED_MONTH' | 'UPDATED_MONTH' | null | undefined;
  /** The text of the value under this key. */
  value?: string | null | undefined;
  /** The month (`2025-04`, UTC) of the date under this key. */
  month?: string | null | undefined;
}

export interface GroupArgs {
  by: GroupBy;
  /** By default SIZE, the largest first. Columns always come in the board's order. */
  sort?: 'SIZE' | 'KEY' | null | undefined;
  /** The most groups to return. */
  first: number;
}

export interface GroupQuery extends GroupArgs {
  db: Reader;
  workspaceId: string;
  boardId: string;
  query: CompiledItemQuery;
  /** The most items that the value index may find for a query. */
  sample: number;
}

export interface Group {
  /** Null for the items without a value. */
  key: string | null;
  count: number;
}

/** Sums over the values under one key that read as numbers. */
export interface Numbers {
  /** The number of values that are numbers. */
  count: number;
  /** The number of items with any other value. */
  nonNumericCount: number;
  sum: number | null;
  average: number | null;
  minimum: number | null;
  maximum: number | null;
}

export const maxGroups = 500;

const monthOf = (time: Prisma.Sql): Prisma.Sql =>
  sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM')`;

/** A query, and its items where the value index has found them. */
type Rows = GroupQuery & { few: Prisma.Sql | undefined };

/**
 * A value of the items `i` as number or instant: the expression, whether there is a value, and the join that they need.
 * For many items it is read from the value index; for a few, from each item.
 */
function typedValue({ workspaceId, boardId, few }: Rows, key: string, type: 'n' | 'd') {
  if (few !== undefined || indexPart({ key }) === undefined) {
    const read = type === 'n' ? sql`value_number` : sql`value_instant`;
    const value = sql`i."values" -> ${key}::text`;
    return { number: sql`${read}(${value})`, value, from: empty };
  }
  const read = Prisma.raw(`read_${type}`);
  const from = sql`FULL JOIN (SELECT v.item_id, v.reading, v.number FROM item_value v WHERE v.workspace_id = ${workspaceId}
    AND v.board_id = ${boardId} AND v.key = ${key}) ${read} ON ${read}.item_id = i.id`;
  const number = sql`CASE WHEN ${read}.reading = ${type} THEN ${read}.number END`;
  return { number, value: sql`${read}.item_id`, from };
}

/** Throws VALIDATION_ERROR. */
function checkArgs({ by, first }: GroupArgs): void {
  if (first < 1 || first > maxGroups) throw invalid('first', `must be 1 to ${maxGroups}`);
  const keys = [by.field, by.value, by.month].filter((key) => key != null);
  if (keys.length !== 1) throw invalid('by', 'must name exactly one of field, value and month');
}

/** The group key of an item, and the join that it needs: an item with three labels is in three groups. */
function groupKey(rows: Rows): { key: Prisma.Sql; from: Prisma.Sql } {
  const { field, value, month } = rows.by;
  if (value != null) return { key: sql`value_text(i."values" -> ${value}::text)`, from: empty };
  if (month != null) {
    const { number: seconds, from } = typedValue(rows, month, 'd');
    // An offset can put a date before the year 1 or after 9999: it has no month then.
    const key = sql`CASE WHEN ${seconds} BETWEEN -62135596800 AND 253402300799.999999999
      THEN ${monthOf(sql`to_timestamp(floor(${seconds})::double precision)`)} END`;
    return { key, from };
  }
  switch (field) {
    case 'LABEL':
      return {
        key: sql`label.name`,
        from: sql`LEFT JOIN LATERAL unnest(i.labels) AS label (name) ON TRUE`,
      };
    case 'CREATED_MONTH':
      return { key: monthOf(sql`i.created_at`), from: empty };
    case 'UPDATED_MONTH':
      return { key: monthOf(sql`i.updated_at`), from: empty };
    default:
      return { key: sql`i.column_id`, from: empty };
  }
}

/** SELECT of the group key of each item; with `valueKey` also of its value and the number that it is. */
async function selectRows(groups: GroupQuery, valueKey?: string): Promise<Prisma.Sql> {
  const { db, workspaceId, boardId, sample } = groups;
  const { where, indexRanges } = groups.query;
  const board = { db, workspaceId, parent: { kind: 'board' as const, boardId } };
  const few = await itemsFromIndex(board, indexRanges, sample);
  const { key, from } = groupKey({ ...groups, few });
  const typed = valueKey === undefined ? undefined : typedValue({ ...groups, few }, valueKey, 'n');
  const columns = typed ? sql`, ${typed.value} AS value, ${typed.number} AS number` : empty;
  const conditions = [isFoundInParent({ ...board, query: groups.query }), ...where];
  const items = sql`(SELECT i.* FROM ${few ?? sql`item`} i WHERE ${and(conditions)})`;
  return sql`SELECT ${key} AS key ${columns} FROM ${items} i ${typed?.from ?? empty} ${from}
    WHERE ${isFound([sql`i.id`])}`;
}

/** The groups in their order. Throws VALIDATION_ERROR. */
export async function readGroups(groups: GroupQuery): Promise<Group[]> {
  checkArgs(groups);
  const { db, by, sort, first } = groups;
  if (by.field === 'COLUMN') return readColumnGroups(groups);
  const rows = await selectRows(groups);
  const order = sort === 'KEY' ? sql`key COLLATE "C"` : sql`count(*) DESC, key COLLATE "C"`;
  const found =
    await db.$rows(sql`SELECT /* ${Prisma.raw(customPlan)} */ key, count(*) FROM (${rows}) i
    GROUP BY key ORDER BY ${order} LIMIT ${first}`);
  return found.map(toGroup);
}

/** Every column of the board, in its order; without a filter by the maintained counts. */
async function readColumnGroups(groups: GroupQuery): Promise<Group[]> {
  const { db, workspaceId, boardId, query, first } = groups;
  const counted = query.isEmpty
    ? { count: sql`c.items_count`, from: empty }
    : {
        count: sql`coalesce(found.count, 0)`,
        from: sql`LEFT JOIN (SELECT key, count(*)::integer AS count FROM (${await selectRows(groups)}) i
          GROUP BY key) found ON found.key = c.id`,
      };
  const rows = await db.$rows(sql`SELECT /* ${Prisma.raw(customPlan)} */ c.id, ${counted.count}
    FROM board_column c ${counted.from}
    WHERE c.workspace_id = ${workspaceId} AND c.board_id = ${boardId}
    ORDER BY c.position, c.id LIMIT ${first}`);
  return rows.map(toGroup);
}

const toGroup = ([key = null, count]: Cells): Group => ({ key, count: Number(count) });

/** The aggregates of the numbers under one key in some of the groups, in one statement. */
export async function readNumbers(
  groups: GroupQuery,
  { keys, valueKey }: { keys: readonly (string | null)[]; valueKey: string },
): Promise<Map<string | null, Numbers>> {
  const items = await selectRows(groups, valueKey);
  // OFFSET 0 keeps the keys out of the plan of the items.
  const rows = await groups.db.$rows(sql`
    SELECT /* ${Prisma.raw(customPlan)} */ * FROM (
      SELECT key, count(number), count(value) - count(number), sum(number), avg(number), min(number), max(number)
      FROM (${items}) i GROUP BY key OFFSET 0
    ) g WHERE key IS NULL OR key = ANY(${textArrayParam(keys.filter((key) => key !== null))})`);
  return new Map(
    rows.map(([key = null, count, nonNumericCount, sum, average, minimum, maximum]) => [
      key,
      {
        count: Number(count),
        nonNumericCount: Number(nonNumericCount),
        sum: double(sum),
        average: double(average),
        minimum: double(minimum),
        maximum: double(maximum),
      },
    ]),
  );
}

/** The nearest double; null for a number outside their range, where a cast in PostgreSQL would fail. */
function double(text: string | null | undefined): number | null {
  const number = text == null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}
