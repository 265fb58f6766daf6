import { Prisma } from '../../../generated/prisma/client.ts';
import { WholeDay } from '../../../limits/iso-8601.ts';
import { checkedOperand, foldedNameOperand } from '../../../sql/operand.ts';
import { labelKey } from '../../readings.ts';
import {
  checkRange,
  comparisonOf,
  edgeOfSpan,
  type RangeOperator,
  rangeOperators,
} from './range.ts';
import { containsFolded, nameConditions, startsWithFolded } from './text-search.ts';

const { sql } = Prisma;

// The conditions of a filter on the fields of items. Each is TRUE or FALSE and never NULL.

/** Tests on an id, all of which must hold. */
export interface IdFilter {
  eq?: string | null | undefined;
  ne?: string | null | undefined;
  in?: readonly string[] | null | undefined;
  nin?: readonly string[] | null | undefined;
  exists?: boolean | null | undefined;
}

/** Tests on a text, all of which must hold. */
export interface TextFilter {
  eq?: string | null | undefined;
  ne?: string | null | undefined;
  in?: readonly string[] | null | undefined;
  nin?: readonly string[] | null | undefined;
  contains?: string | null | undefined;
  startsWith?: string | null | undefined;
}

/** The bounds of a range of time, all of which must hold. */
export interface TimeFilter {
  gt?: Date | null | undefined;
  gte?: Date | null | undefined;
  lt?: Date | null | undefined;
  lte?: Date | null | undefined;
}

/** Tests on the labels, all of which must hold. */
export interface LabelFilter {
  hasAll?: readonly string[] | null | undefined;
  hasAny?: readonly string[] | null | undefined;
  hasNone?: readonly string[] | null | undefined;
  exists?: boolean | null | undefined;
}

/**
 * The conditions on a column of ids. With coalesce instead of IS NOT NULL, PostgreSQL would not use the index on the column.
 * `resolve` replaces an id by the one that it stands for.
 */
export function idConditions(
  column: Prisma.Sql,
  test: IdFilter | null | undefined,
  resolve?: (id: Prisma.Sql) => Prisma.Sql,
): Prisma.Sql[] {
  const one = (id: string) => resolve?.(sql`${id}`) ?? sql`${id}`;
  const list = (ids: readonly string[]) => {
    const given = sql`${[...ids]}::text[]`;
    return resolve
      ? sql`ARRAY(SELECT ${resolve(sql`l.id`)} FROM unnest(${given}) AS l (id))`
      : given;
  };
  const conditions: Prisma.Sql[] = [];
  if (test?.eq != null)
    conditions.push(sql`(${column} IS NOT NULL AND ${column} = ${one(test.eq)})`);
  if (test?.ne != null) conditions.push(sql`${column} IS DISTINCT FROM ${one(test.ne)}`);
  if (test?.in != null)
    conditions.push(sql`(${column} IS NOT NULL AND ${column} = ANY(${list(test.in)}))`);
  if (test?.nin != null) conditions.push(sql`coalesce(${column} <> ALL(${list(test.nin)}), TRUE)`);
  if (test?.exists != null) conditions.push(sql`(${column} IS NOT NULL) = ${test.exists}`);
  return conditions;
}

/** Where the items of a filter are: in a workspace, and on one board if that is known. */
export interface FilterPlace {
  workspaceId: string;
  boardId?: string | undefined;
}

/**
 * The conditions on the name of the column of items `i`. Names are compared folded. On one board its columns are looked up once,
 * whatever the planner estimates.
 */
export function columnNameConditions(
  { workspaceId, boardId }: FilterPlace,
  test: TextFilter | null | undefined,
): Prisma.Sql[] {
  const isAmong = (names: readonly string[]) =>
    sql`folded_name(c.name) = ANY(${names.map((name) => foldedNameOperand('columnName', name))}::text[])`;
  const conditions = [
    ...(test?.eq == null ? [] : [isAmong([test.eq])]),
    ...(test?.ne == null ? [] : [sql`NOT ${isAmong([test.ne])}`]),
    ...(test?.in == null ? [] : [isAmong(test.in)]),
    ...(test?.nin == null ? [] : [sql`NOT ${isAmong(test.nin)}`]),
    ...nameConditions('columnName', sql`c.name`, test ?? {}),
  ];
  return conditions.map((condition) =>
    boardId === undefined
      ? sql`EXISTS (SELECT FROM board_column c WHERE c.workspace_id = ${workspaceId}
          AND c.board_id = i.board_id AND c.id = i.column_id AND ${condition})`
      : sql`i.column_id = ANY(ARRAY(SELECT c.id FROM board_column c WHERE c.workspace_id = ${workspaceId}
          AND c.board_id = ${boardId} AND ${condition}))`,
  );
}

/** The conditions on the title of items `i`. */
export function titleConditions(test: TextFilter | null | undefined): Prisma.Sql[] {
  const { eq, ne, in: list, nin, contains, startsWith } = test ?? {};
  const title = sql`i.title`;
  return [
    ...(contains == null ? [] : [containsFolded('title', title, contains)]),
    ...(startsWith == null ? [] : [startsWithFolded('title', title, startsWith)]),
    ...(eq == null ? [] : [sql`i.title = ${eq}`]),
    ...(ne == null ? [] : [sql`i.title <> ${ne}`]),
    ...(list == null ? [] : [sql`i.title = ANY(${[...list]}::text[])`]),
    ...(nin == null ? [] : [sql`i.title <> ALL(${[...nin]}::text[])`]),
  ];
}

/** The conditions on the labels of items `i`. */
export function labelConditions(test: LabelFilter | null | undefined): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = [];
  const keyOf = (label: string) => labelKey(checkedOperand('labels', label));
  const list = (labels: readonly string[]) => sql`${labels.map(keyOf)}::text[]`;
  if (test?.hasAll != null) conditions.push(sql`i.labels @> ${list(test.hasAll)}`);
  if (test?.hasAny != null) conditions.push(sql`i.labels && ${list(test.hasAny)}`);
  if (test?.hasNone != null) conditions.push(sql`NOT i.labels && ${list(test.hasNone)}`);
  if (test?.exists != null) conditions.push(sql`(cardinality(i.labels) > 0) = ${test.exists}`);
  return conditions;
}

/** A bare date as a bound is the whole day. */
const timeEdge = (operator: RangeOperator, bound: Date) =>
  edgeOfSpan(operator, { low: bound, high: bound instanceof WholeDay ? bound.end : undefined });

/** Returns the bounds of a time as they are. Throws VALIDATION_ERROR for a range that contains no time. */
export function checkedTime(field: string, test: TimeFilter | null | undefined) {
  const compare = (low: Date, high: Date) => low.getTime() - high.getTime();
  checkRange(field, test ?? {}, { edgeOf: timeEdge, compare });
  return test;
}

/** The conditions on a column of times, whose range is checked. */
export function timeConditions(
  column: Prisma.Sql,
  test: TimeFilter | null | undefined,
): Prisma.Sql[] {
  return rangeOperators.flatMap((operator) => {
    const bound = test?.[operator];
    if (bound == null) return [];
    const { at, isOpen } = timeEdge(operator, bound);
    return [sql`${column} ${comparisonOf(operator, isOpen)} ${at}`];
  });
}
