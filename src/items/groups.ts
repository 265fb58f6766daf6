import type { Queries } from '../database/open.ts';
import { ApiError, invalid } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { filterConditions, type ItemFilter, searchConditions } from './filter.ts';

const { sql, join, empty } = Prisma;

/** What the items of a board are grouped by: exactly one of the three. */
export interface GroupBy {
  field?: 'COLUMN' | 'LABEL' | 'CREATED_MONTH' | 'UPDATED_MONTH' | null | undefined;
  /** The text of the value under this key. */
  value?: string | null | undefined;
  /** The month (`2025-04`, UTC) of the date under this key. */
  month?: string | null | undefined;
}

export interface GroupQuery {
  workspaceId: string;
  boardId: string;
  by: GroupBy;
  search?: string | null | undefined;
  filter?: ItemFilter | null | undefined;
  /** How many groups at most, the largest first. */
  first: number;
}

export interface Group {
  /** Null: the items that have none. */
  key: string | null;
  count: number;
}

/** Sums over the values under one key that read as numbers. */
export interface Numbers {
  /** How many are numbers. */
  count: number;
  /** How many items have something else there. */
  others: number;
  sum: number | null;
  average: number | null;
  minimum: number | null;
  maximum: number | null;
}

/** As the database sends it: a numeric as text. */
type NumbersRow = Pick<Numbers, 'count' | 'others'> &
  Record<'key' | 'sum' | 'average' | 'minimum' | 'maximum', string | null>;

const maxGroups = 500;

const monthOf = (time: Prisma.Sql): Prisma.Sql =>
  sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM')`;

/** The key of an item's group, and the join that it takes: an item with three labels is in three groups. */
function keyOf({ field, value, month }: GroupBy): { key: Prisma.Sql; from: Prisma.Sql } {
  const said = [field, value, month].filter((one) => one != null);
  if (said.length !== 1) throw invalid('by', 'must name exactly one of field, value and month');
  if (value != null) return { key: sql`value_text(i."values" -> ${value}::text)`, from: empty };
  if (month != null) {
    const seconds = sql`value_instant(i."values" -> ${month}::text)`;
    // An offset can put a date before the first year or after the last one: it has no month then.
    const key = sql`CASE WHEN ${seconds} BETWEEN -62135596800 AND 253402300799.999999999
      THEN ${monthOf(sql`to_timestamp(${seconds}::double precision)`)} END`;
    return { key, from: empty };
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

function rowsOf({ workspaceId, boardId, by, search, filter }: GroupQuery): Prisma.Sql {
  const { key, from } = keyOf(by);
  const conditions = [
    sql`i.workspace_id = ${workspaceId} AND i.board_id = ${boardId}`,
    ...searchConditions(search),
    ...filterConditions(filter),
  ];
  return sql`SELECT ${key} AS key, i."values" FROM item i ${from} WHERE ${join(conditions, ' AND ')}`;
}

/** The groups, the largest first, in one statement. Throws VALIDATION_ERROR. */
export function readGroups(db: Queries, query: GroupQuery): Promise<Group[]> {
  if (query.first < 1 || query.first > maxGroups) {
    throw new ApiError('VALIDATION_ERROR', `first must be 1 to ${maxGroups}`, [
      { field: 'first', message: `must be 1 to ${maxGroups}` },
    ]);
  }
  return db.$queryRaw<Group[]>`SELECT key, count(*)::integer AS count FROM (${rowsOf(query)}) i
    GROUP BY key ORDER BY count(*) DESC, key LIMIT ${query.first}`;
}

/** What the numbers under one key come to in each group, in one statement. */
export async function readNumbers(
  db: Queries,
  query: GroupQuery,
  valueKey: string,
): Promise<Map<string | null, Numbers>> {
  const rows = await db.$queryRaw<NumbersRow[]>`
    SELECT key, count(number)::integer AS count, (count(value) - count(number))::integer AS others,
      sum(number)::text AS sum, avg(number)::text AS average, min(number)::text AS minimum,
      max(number)::text AS maximum
    FROM (
      SELECT key, "values" -> ${valueKey}::text AS value, value_number("values" -> ${valueKey}::text) AS number
      FROM (${rowsOf(query)}) i
    ) i GROUP BY key`;
  return new Map(
    rows.map(({ key, count, others, sum, average, minimum, maximum }) => [
      key,
      {
        count,
        others,
        sum: double(sum),
        average: double(average),
        minimum: double(minimum),
        maximum: double(maximum),
      },
    ]),
  );
}

/** The nearest double; null for a number beyond all doubles, which a cast in the database would not survive. */
function double(text: string | null): number | null {
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

/** The filter that leaves the items of one group. */
export function filterOf({ field, value, month }: GroupBy, key: string | null): ItemFilter {
  if (value != null) {
    const isText = { key: value, as: 'TEXT' as const };
    return key === null
      ? { not: { values: [{ ...isText, gte: '' }] } }
      : { values: [{ ...isText, eq: key }] };
  }
  if (month != null) {
    const isDate = { key: month, as: 'DATE' as const };
    const [from, to] = key === null ? ['0001-01', '9999-12'] : [key, key];
    const within = { ...isDate, gte: `${from}-01`, lte: `${to}-${lastDay(to)}${endOfDay}` };
    return key === null ? { not: { values: [within] } } : { values: [within] };
  }
  if (field === 'LABEL') return { labels: key === null ? { exists: false } : { hasAny: [key] } };
  if (field === 'COLUMN') return { columnId: { eq: key ?? '' } };
  const [gte, lt] = monthBounds(key ?? '');
  return field === 'CREATED_MONTH' ? { createdAt: { gte, lt } } : { updatedAt: { gte, lt } };
}

/** Values hold fractions of up to nine digits. */
const endOfDay = 'T23:59:59.999999999Z';

/** The number of days of a month like `2025-04`. */
function lastDay(month: string): number {
  const [from, to] = monthBounds(month);
  return Math.round((to.getTime() - from.getTime()) / 86_400_000);
}

function monthBounds(key: string): [Date, Date] {
  const from = new Date(`${key}-01T00:00:00Z`);
  const to = new Date(from);
  to.setUTCMonth(to.getUTCMonth() + 1);
  return [from, to];
}
