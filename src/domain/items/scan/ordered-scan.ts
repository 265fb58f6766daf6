import { Prisma } from '../../../generated/prisma/client.ts';
import { and } from '../../../sql/conditions.ts';
import type { SortKeys } from '../../../sql/cursor.ts';
import { orderBy, type SortKey } from '../../../sql/order.ts';
import type { IndexPart } from '../../../sql/value-index.ts';
import { idConditions, timeConditions } from '../filter/field-conditions.ts';
import { type CompiledItemQuery, type ItemOrder, isBoardOrder } from '../read/query.ts';
import { fromIndexRange, itemsById } from './index-range.ts';
import { type BoardParent, isInParent } from './scan-context.ts';

const { sql, join, empty } = Prisma;

/** A scan of items in the order of an index, from its start or from a cursor. */
export interface OrderedScan {
  /** SELECT of the first `count` items. Conditions of the filter on the first sort key are already applied. */
  rows: (count: number) => Prisma.Sql;
  /** True for a scan that may end before all items of the board are read; no item after its end matches. */
  mayEnd: boolean;
}

export interface ScanOptions {
  workspaceId: string;
  parent: BoardParent;
  query: CompiledItemQuery;
  orderBy: readonly ItemOrder[];
  /** The sort keys of `orderBy`, reversed for a page that is read backwards. */
  terms: readonly SortKey[];
  /** The cursor's row, after which the scan starts. */
  start: SortKeys | undefined;
  /** The conditions of the cursors. */
  bounds: readonly Prisma.Sql[];
}

/** Returns undefined where no index has the order. */
export function createOrderedScan(options: ScanOptions): OrderedScan | undefined {
  const { terms } = options;
  if (terms[0]?.index !== undefined) return scanByValue(options);
  if (isBoardOrder(terms)) return terms.length === 4 ? scanByColumn(options) : undefined;
  return terms.length === 2 ? scanByField(options) : undefined;
}

/** By time, title, or position in a column. */
function scanByField(options: ScanOptions): OrderedScan {
  const { query, terms, bounds } = options;
  const field = options.orderBy[0]?.field;
  const times = query.conjuncts.flatMap(({ createdAt, updatedAt }) => {
    if (field === 'CREATED_AT') return timeConditions(sql`i.created_at`, createdAt);
    return field === 'UPDATED_AT' ? timeConditions(sql`i.updated_at`, updatedAt) : [];
  });
  const isInScan = and([isInParent(options), ...bounds, ...times]);
  return {
    mayEnd: bounds.length + times.length > 0,
    rows: (count) => sql`SELECT i.* FROM item i WHERE ${isInScan} ${orderBy(terms)} LIMIT ${count}`,
  };
}

/**
 * Column by column. The columns are sorted and each has a limit, so that PostgreSQL stops in the first one that has
 * enough. The cursor's column starts at the cursor's row: skipping the rows before it would read them.
 */
function scanByColumn({
  workspaceId,
  parent,
  query,
  terms,
  start,
  bounds,
}: ScanOptions): OrderedScan {
  const isDescending = terms[0]?.descending;
  const [direction, beyond] = isDescending ? [sql`DESC`, sql`<`] : [sql`ASC`, sql`>`];
  const columnConditions = query.conjuncts.flatMap((node) =>
    idConditions(sql`c.id`, node.columnId),
  );
  const [columnPosition, columnId, position, id] = start ?? [];
  const startColumn = sql`(${columnPosition}::integer, ${columnId}::text)`;
  // Positions are integers; these lie outside their range.
  const outermost = isDescending ? sql`2147483648` : sql`-2147483649`;
  const isFromStart = sql`(c.position, c.id) ${beyond}= ${startColumn}`;
  const isAfterStart = sql`AND (i.position, i.id) ${beyond} (
    CASE WHEN (c.position, c.id) = ${startColumn} THEN ${position}::bigint ELSE ${outermost} END, ${id}::text)`;
  return {
    mayEnd: start !== undefined || columnConditions.length > 0,
    rows: (count) => sql`SELECT i.* FROM (
        SELECT c.* FROM board_column c WHERE ${and([
          sql`c.workspace_id = ${workspaceId} AND c.board_id = ${parent.boardId}`,
          ...columnConditions,
          ...(start === undefined ? [] : [isFromStart]),
        ])} ORDER BY c.position ${direction}, c.id ${direction}
      ) c CROSS JOIN LATERAL (
        SELECT i.* FROM item i
        WHERE i.workspace_id = ${workspaceId} AND i.board_id = c.board_id AND i.column_id = c.id
          ${start === undefined ? empty : isAfterStart}
        ORDER BY i.position ${direction}, i.id ${direction} LIMIT ${count}
      ) i WHERE ${and(bounds)}
      ORDER BY c.position ${direction}, c.id ${direction}, i.position ${direction}, i.id ${direction} LIMIT ${count}`,
  };
}

/**
 * By the values of one key in item_value: of one type, or of all types one after the other. item_value has only items
 * with a value there, so an order that begins with missing values cannot be scanned.
 */
function scanByValue(options: ScanOptions): OrderedScan | undefined {
  const { query, terms, start } = options;
  const valueTerms = terms.slice(0, -1);
  const [first] = valueTerms;
  const startTerm = start === undefined ? 0 : valueTerms.findIndex((_, n) => start[n] != null);
  const beginsWithMissing = startTerm === -1 || (start === undefined && first?.nulls === 'first');
  if (beginsWithMissing || options.orderBy.length !== 1) return undefined;
  const scannedTerms =
    first?.nulls === 'first'
      ? valueTerms.slice(0, startTerm + 1).reverse()
      : valueTerms.slice(startTerm);
  const [direction, beyond] = first?.descending ? [sql`DESC`, sql`<`] : [sql`ASC`, sql`>`];
  const keyRanges = query.indexRanges.filter(({ key }) => key === first?.index?.key);
  const isTyped = keyRanges.some(({ type }) => type !== undefined);
  const scannedRanges = scannedTerms.flatMap(({ index }, n) => {
    const typeRanges = keyRanges.filter(({ type }) => type === index?.type);
    // A filter on numbers excludes instants, and the other way round.
    if (index === undefined || (typeRanges.length === 0 && isTyped)) return [];
    const isStart = n === 0 && start !== undefined;
    const afterStart = isStart
      ? [isAfterValue(index, beyond, [start[startTerm], start.at(-1)])]
      : [];
    return [{ ...index, where: [...typeRanges.flatMap(({ where }) => where), ...afterStart] }];
  });
  if (scannedRanges.length === 0) return undefined;
  const sorted = sql`v.number ${direction}, v.text ${direction}, v.item_id ${direction}`;
  return {
    mayEnd: isTyped,
    // The limit applies before the items are looked up: joined first, PostgreSQL would join the whole of a large board.
    rows: (count) => {
      const ids = sql`(SELECT v.item_id FROM (${join(
        scannedRanges.map(
          (range, n) =>
            sql`(SELECT ${n}::integer AS n, v.* ${fromIndexRange(options, range)} ORDER BY ${sorted} LIMIT ${count})`,
        ),
        ' UNION ALL ',
      )}) v ORDER BY v.n, ${sorted} LIMIT ${count})`;
      return sql`SELECT i.* FROM ${itemsById(options.workspaceId, ids)} i WHERE ${isInParent(options)}`;
    },
  };
}

/** The rows `item_value v` after the given value and id. A text has the number 0, a number or instant an empty text. */
function isAfterValue(
  { type }: Required<IndexPart>,
  beyond: Prisma.Sql,
  [value, id]: readonly (string | null | undefined)[],
): Prisma.Sql {
  const [number, text] = type === 't' ? ['0', value] : [value, ''];
  return sql`(v.number, v.text, v.item_id) ${beyond} (${number}::numeric, ${text}::text, ${id}::text)`;
}
