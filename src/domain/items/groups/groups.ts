import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { customPlan, type Reader } from '../../../postgres/client.ts';
import { indexPart } from '../../../sql/value-index.ts';
import { filterConditions, type ItemFilter, searchConditions } from '../filter/filter.ts';
import { isUnfiltered } from '../read/query.ts';
import { idsFromIndex } from '../scan/strategy.ts';

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
  /** SIZE, the largest first, where nothing is said; columns come as the board has them. */
  sort?: 'SIZE' | 'KEY' | null | undefined;
  /** How many groups at most. */
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
  nonNumericCount: number;
  sum: number | null;
  average: number | null;
  minimum: number | null;
  maximum: number | null;
}

/** As the database sends it: a numeric as text. */
type NumbersRow = Pick<Numbers, 'count' | 'nonNumericCount'> &
  Record<'key' | 'sum' | 'average' | 'minimum' | 'maximum', string | null>;

export const maxGroups = 500;

const monthOf = (time: Prisma.Sql): Prisma.Sql =>
  sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM')`;

/** The items to group: a question, and the condition that leaves a few of them, where there is one. */
type Rows = GroupQuery & { few: Prisma.Sql | undefined };

/**
 * A value of the items `i` read as number or instant, whether there is one, and the join that it takes. For many items the
 * value index has it ready; for a few it is read from each.
 */
function readingOf({ workspaceId, boardId, few }: Rows, key: string, reading: 'n' | 'd') {
  if (few !== undefined || indexPart({ key }) === undefined) {
    const read = reading === 'n' ? sql`value_number` : sql`value_instant`;
    const value = sql`i."values" -> ${key}::text`;
    return { number: sql`${read}(${value})`, value, from: empty };
  }
  const read = Prisma.raw(`read_${reading}`);
  const from = sql`LEFT JOIN item_value ${read} ON ${read}.workspace_id = ${workspaceId}
    AND ${read}.board_id = ${boardId} AND ${read}.key = ${key} AND ${read}.item_id = i.id`;
  const number = sql`CASE WHEN ${read}.reading = ${reading} THEN ${read}.number END`;
  return { number, value: sql`${read}.item_id`, from };
}

/** The key of an item's group, and the join that it takes: an item with three labels is in three groups. */
function keyOf(query: Rows): { key: Prisma.Sql; from: Prisma.Sql } {
  const { field, value, month } = query.by;
  const said = [field, value, month].filter((one) => one != null);
  if (said.length !== 1) throw invalid('by', 'must name exactly one of field, value and month');
  if (value != null) return { key: sql`value_text(i."values" -> ${value}::text)`, from: empty };
  if (month != null) {
    const { number: seconds, from } = readingOf(query, month, 'd');
    // An offset can put a date before the first year or after the last one: it has no month then.
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

/** The items of a question, each with the key of its group, and with a value and its number where one is asked for. */
async function rowsOf(db: Reader, query: GroupQuery, valueKey?: string): Promise<Prisma.Sql> {
  const { workspaceId, boardId, search, filter } = query;
  const parent = { kind: 'board', boardId } as const;
  const few = await idsFromIndex({ db, workspaceId, parent, query });
  const { key, from } = keyOf({ ...query, few });
  const read = valueKey === undefined ? undefined : readingOf({ ...query, few }, valueKey, 'n');
  const columns = read ? sql`, ${read.value} AS value, ${read.number} AS number` : empty;
  const conditions = [
    sql`i.workspace_id = ${workspaceId} AND i.board_id = ${boardId}`,
    ...searchConditions(search),
    ...filterConditions(filter),
    ...(few === undefined ? [] : [few]),
  ];
  return sql`SELECT ${key} AS key ${columns} FROM item i ${from} ${read?.from ?? empty}
    WHERE ${join(conditions, ' AND ')}`;
}

/** The groups in their order. Throws VALIDATION_ERROR. */
export async function readGroups(db: Reader, query: GroupQuery): Promise<Group[]> {
  const { by, sort, first } = query;
  if (first < 1 || first > maxGroups) throw invalid('first', `must be 1 to ${maxGroups}`);
  if (by.field === 'COLUMN' && by.value == null && by.month == null) return readColumns(db, query);
  const rows = await rowsOf(db, query);
  const order = sort === 'KEY' ? sql`key COLLATE "C"` : sql`count(*) DESC, key COLLATE "C"`;
  return db.$queryRaw<
    Group[]
  >`SELECT /* ${Prisma.raw(customPlan)} */ key, count(*)::integer AS count FROM (${rows}) i
    GROUP BY key ORDER BY ${order} LIMIT ${first}`;
}

/** Every column of the board, in its order; where nothing is left out by the counts that are kept. */
async function readColumns(db: Reader, query: GroupQuery): Promise<Group[]> {
  const { workspaceId, boardId, first } = query;
  const counted = isUnfiltered(query)
    ? { count: sql`c.items_count`, from: empty }
    : {
        count: sql`coalesce(found.count, 0)`,
        from: sql`LEFT JOIN (SELECT key, count(*)::integer AS count FROM (${await rowsOf(db, query)}) i
          GROUP BY key) found ON found.key = c.id`,
      };
  return db.$queryRaw<
    Group[]
  >`SELECT /* ${Prisma.raw(customPlan)} */ c.id AS key, ${counted.count} AS count
    FROM board_column c ${counted.from}
    WHERE c.workspace_id = ${workspaceId} AND c.board_id = ${boardId}
    ORDER BY c.position, c.id LIMIT ${first}`;
}

/** What the numbers under one key come to in each group, in one statement. */
export async function readNumbers(
  db: Reader,
  query: GroupQuery,
  valueKey: string,
): Promise<Map<string | null, Numbers>> {
  const items = await rowsOf(db, query, valueKey);
  const rows = await db.$queryRaw<NumbersRow[]>`
    SELECT /* ${Prisma.raw(customPlan)} */ key, count(number)::integer AS count, (count(value) - count(number))::integer AS "nonNumericCount",
      sum(number)::text AS sum, avg(number)::text AS average, min(number)::text AS minimum,
      max(number)::text AS maximum
    FROM (${items}) i GROUP BY key`;
  return new Map(
    rows.map(({ key, count, nonNumericCount, sum, average, minimum, maximum }) => [
      key,
      {
        count,
        nonNumericCount,
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
