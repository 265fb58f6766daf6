import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { WholeDay } from '../../../limits/iso-8601.ts';
import { and, or } from '../../../sql/conditions.ts';
import { foldedName } from '../../../sql/fold.ts';
import { survivorOf } from '../../contacts/merged.ts';
import { labelKey } from '../../readings.ts';
import { checkNoNull } from '../../validation.ts';
import { amongSmallOrLarge } from './item-size.ts';
import {
  checkRange,
  comparisonOf,
  edgeOfSpan,
  type RangeOperator,
  rangeOperators,
} from './range.ts';
import { containsFolded, nameConditions, startsWithFolded } from './text-search.ts';
import { type ValueFilter, valueCondition } from './value-filter.ts';

const { sql } = Prisma;

export interface IdFilter {
  eq?: string | null | undefined;
  ne?: string | null | undefined;
  in?: readonly string[] | null | undefined;
  nin?: readonly string[] | null | undefined;
  exists?: boolean | null | undefined;
}

export interface TextFilter {
  eq?: string | null | undefined;
  ne?: string | null | undefined;
  in?: readonly string[] | null | undefined;
  nin?: readonly string[] | null | undefined;
  contains?: string | null | undefined;
  startsWith?: string | null | undefined;
}

export interface TimeFilter {
  gt?: Date | null | undefined;
  gte?: Date | null | undefined;
  lt?: Date | null | undefined;
  lte?: Date | null | undefined;
}

export interface LabelFilter {
  hasAll?: readonly string[] | null | undefined;
  hasAny?: readonly string[] | null | undefined;
  hasNone?: readonly string[] | null | undefined;
  exists?: boolean | null | undefined;
}

/** A tree of conditions. All conditions of a node must hold. Null, which GraphQL allows, is refused. */
export interface ItemFilter {
  and?: readonly ItemFilter[] | null | undefined;
  or?: readonly ItemFilter[] | null | undefined;
  not?: ItemFilter | null | undefined;
  columnId?: IdFilter | null | undefined;
  columnName?: TextFilter | null | undefined;
  title?: TextFilter | null | undefined;
  labels?: LabelFilter | null | undefined;
  contactId?: IdFilter | null | undefined;
  createdById?: IdFilter | null | undefined;
  createdAt?: TimeFilter | null | undefined;
  updatedAt?: TimeFilter | null | undefined;
  values?: readonly ValueFilter[] | null | undefined;
}

const maxLeaves = 100;
/** The most nodes and value filters of the tree, empty ones included. */
const maxNodes = 500;
const maxDepth = 10;

/** The parts that a filter may still have. */
interface Remaining {
  leaves: number;
  nodes: number;
}

/**
 * The conditions of a filter on the items `i`, all of which must hold; empty for an empty filter. Each is TRUE or FALSE
 * and never NULL, so that `not` is exact. Throws VALIDATION_ERROR for a null, and for more than 100 conditions or 10
 * levels; the nodes of an `and` at the top count as the top level.
 */
export function filterConditions(
  workspaceId: string,
  filter: ItemFilter | null | undefined,
): Prisma.Sql[] {
  if (filter == null) return [];
  checkNoNull('filter', filter);
  const remaining = { leaves: maxLeaves, nodes: maxNodes };
  return nodeConditions(filter, { workspaceId, remaining, depth: 0, isConjunct: true });
}

/** The nodes of a filter that must all hold: its root, and the nodes of its `and`, recursively. */
export const conjunctsOf = (filter: ItemFilter | null | undefined): ItemFilter[] =>
  filter == null ? [] : [filter, ...(filter.and ?? []).flatMap(conjunctsOf)];

/** The place of a node in the tree. A conjunct must hold for every match. */
interface Place {
  workspaceId: string;
  remaining: Remaining;
  depth: number;
  isConjunct: boolean;
}

function nodeConditions(
  filter: ItemFilter,
  { workspaceId, remaining, depth, isConjunct }: Place,
): Prisma.Sql[] {
  if (depth > maxDepth) throw invalid('filter', `must not be deeper than ${maxDepth} levels`);
  const below = { workspaceId, remaining };
  const conjunct = (node: ItemFilter) =>
    nodeConditions(node, { ...below, depth: depth + 1, isConjunct });
  const nested = (node: ItemFilter) =>
    nodeConditions(node, { ...below, depth: Math.max(depth, 1) + 1, isConjunct: false });
  const either = (nodes: readonly ItemFilter[]) => {
    const condition = or(nodes.map((node) => and(nested(node))));
    return isConjunct ? amongSmallOrLarge(condition) : condition;
  };
  const leaves = leafConditions(workspaceId, filter);
  remaining.leaves -= leaves.length;
  remaining.nodes -= 1 + (filter.values?.length ?? 0);
  if (remaining.nodes < 0) throw invalid('filter', `must not have more than ${maxNodes} parts`);
  if (remaining.leaves < 0)
    throw invalid('filter', `must not have more than ${maxLeaves} conditions`);
  return [
    ...leaves,
    ...(filter.and ?? []).flatMap(conjunct),
    ...(filter.or == null ? [] : [either(filter.or)]),
    ...(filter.not == null ? [] : [sql`NOT ${and(nested(filter.not))}`]),
  ];
}

function leafConditions(workspaceId: string, filter: ItemFilter): Prisma.Sql[] {
  return [
    ...idConditions(sql`i.column_id`, filter.columnId),
    ...columnNameConditions(filter.columnName),
    ...titleConditions(filter.title),
    ...labelConditions(filter.labels),
    ...idConditions(sql`i.contact_id`, filter.contactId, (id) => survivorOf(workspaceId, id)),
    ...idConditions(sql`i.created_by_id`, filter.createdById),
    ...timeConditions(sql`i.created_at`, checkedTime('createdAt', filter.createdAt)),
    ...timeConditions(sql`i.updated_at`, checkedTime('updatedAt', filter.updatedAt)),
    ...(filter.values ?? []).flatMap(valueCondition),
  ];
}

/**
 * Each is never NULL. With coalesce instead of IS NOT NULL, PostgreSQL would not use the index on the column. `resolve`
 * replaces an id by the one that it stands for.
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

/** Column names match as they are compared: folded. */
function columnNameConditions(test: TextFilter | null | undefined): Prisma.Sql[] {
  const isAmong = (names: readonly string[]) =>
    sql`folded_name(c.name) = ANY(${names.map(foldedName)}::text[])`;
  const conditions = [
    ...(test?.eq == null ? [] : [isAmong([test.eq])]),
    ...(test?.ne == null ? [] : [sql`NOT ${isAmong([test.ne])}`]),
    ...(test?.in == null ? [] : [isAmong(test.in)]),
    ...(test?.nin == null ? [] : [sql`NOT ${isAmong(test.nin)}`]),
    ...nameConditions('columnName', sql`c.name`, test ?? {}),
  ];
  return conditions.map(
    (condition) => sql`EXISTS (SELECT FROM board_column c WHERE c.workspace_id = i.workspace_id
      AND c.board_id = i.board_id AND c.id = i.column_id AND ${condition})`,
  );
}

function titleConditions(test: TextFilter | null | undefined): Prisma.Sql[] {
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

function labelConditions(test: LabelFilter | null | undefined): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = [];
  const list = (labels: readonly string[]) => sql`${labels.map(labelKey)}::text[]`;
  if (test?.hasAll != null) conditions.push(sql`i.labels @> ${list(test.hasAll)}`);
  if (test?.hasAny != null) conditions.push(sql`i.labels && ${list(test.hasAny)}`);
  if (test?.hasNone != null) conditions.push(sql`NOT i.labels && ${list(test.hasNone)}`);
  if (test?.exists != null) conditions.push(sql`(cardinality(i.labels) > 0) = ${test.exists}`);
  return conditions;
}

/** A bare date as a bound is the whole day. */
const timeEdge = (operator: RangeOperator, bound: Date) =>
  edgeOfSpan(operator, { low: bound, high: bound instanceof WholeDay ? bound.end : undefined });

export function checkedTime(field: string, test: TimeFilter | null | undefined) {
  const compare = (low: Date, high: Date) => low.getTime() - high.getTime();
  checkRange(field, test ?? {}, { edgeOf: timeEdge, compare });
  return test;
}

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
