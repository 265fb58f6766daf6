import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { and, or } from '../../../sql/conditions.ts';
import { survivorOf } from '../../contacts/merged.ts';
import { checkNoNull } from '../../validation.ts';
import {
  checkedTime,
  columnNameConditions,
  type FilterPlace,
  type IdFilter,
  idConditions,
  type LabelFilter,
  labelConditions,
  type TextFilter,
  type TimeFilter,
  timeConditions,
  titleConditions,
} from './field-conditions.ts';
import { amongSmallOrLarge } from './item-size.ts';
import { type ValueFilter, valueCondition } from './value-filter.ts';

const { sql } = Prisma;

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
/** The elements of all lists that are compared as values or as names: to read one takes microseconds. */
const maxOperands = 10_000;

/** The parts that a filter may still have. */
interface Remaining {
  leaves: number;
  nodes: number;
  operands: number;
}

/**
 * The conditions of a filter on the items `i`, all of which must hold; empty for an empty filter. Each is TRUE or FALSE
 * and never NULL, so that `not` is exact. Throws VALIDATION_ERROR for a null, and for more than 100 conditions, 10
 * levels or 10,000 operands of values; the nodes of an `and` at the top count as the top level.
 */
export function filterConditions(
  place: FilterPlace,
  filter: ItemFilter | null | undefined,
): Prisma.Sql[] {
  if (filter == null) return [];
  checkNoNull('filter', filter);
  const remaining = { leaves: maxLeaves, nodes: maxNodes, operands: maxOperands };
  return nodeConditions(filter, { place, remaining, depth: 0, isConjunct: true });
}

/** The nodes of a filter that must all hold: its root, and the nodes of its `and`, recursively. */
export const conjunctsOf = (filter: ItemFilter | null | undefined): ItemFilter[] =>
  filter == null ? [] : [filter, ...(filter.and ?? []).flatMap(conjunctsOf)];

/** The place of a node in the tree. A conjunct must hold for every match. */
interface NodePlace {
  place: FilterPlace;
  remaining: Remaining;
  depth: number;
  isConjunct: boolean;
}

function nodeConditions(
  filter: ItemFilter,
  { place, remaining, depth, isConjunct }: NodePlace,
): Prisma.Sql[] {
  if (depth > maxDepth) throw invalid('filter', `must not be deeper than ${maxDepth} levels`);
  const below = { place, remaining };
  const conjunct = (node: ItemFilter) =>
    nodeConditions(node, { ...below, depth: depth + 1, isConjunct });
  const nested = (node: ItemFilter) =>
    nodeConditions(node, { ...below, depth: Math.max(depth, 1) + 1, isConjunct: false });
  const either = (nodes: readonly ItemFilter[]) => {
    const condition = or(nodes.map((node) => and(nested(node))));
    return isConjunct ? amongSmallOrLarge(condition) : condition;
  };
  remaining.operands -= countOperands(filter);
  if (remaining.operands < 0)
    throw invalid(
      'filter',
      `must not have more than ${maxOperands} operands in the lists of values and columnName`,
    );
  const leaves = leafConditions(place, filter);
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

const countOperands = ({ values, columnName }: ItemFilter): number =>
  [columnName, ...(values ?? [])].reduce(
    (sum, test) => sum + (test?.in?.length ?? 0) + (test?.nin?.length ?? 0),
    0,
  );

function leafConditions(place: FilterPlace, filter: ItemFilter): Prisma.Sql[] {
  return [
    ...idConditions(sql`i.column_id`, filter.columnId),
    ...columnNameConditions(place, filter.columnName),
    ...titleConditions(filter.title),
    ...labelConditions(filter.labels),
    ...idConditions(sql`i.contact_id`, filter.contactId, (id) => survivorOf(place.workspaceId, id)),
    ...idConditions(sql`i.created_by_id`, filter.createdById),
    ...timeConditions(sql`i.created_at`, checkedTime('createdAt', filter.createdAt)),
    ...timeConditions(sql`i.updated_at`, checkedTime('updatedAt', filter.updatedAt)),
    ...(filter.values ?? []).flatMap(valueCondition),
  ];
}
