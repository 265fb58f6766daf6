import { Prisma } from '../../../generated/prisma/client.ts';
import { textArrayParam, textParam } from '../../../sql/generic-plan.ts';
import { orderBy } from '../../../sql/order.ts';
import { oneParent, type Page, type RowSelection, type Source, table } from '../../../sql/page.ts';
import type { Placeholder } from '../../../sql/statement-template.ts';
import { boardEtag } from '../../boards/state.ts';
import { type ItemParent, isBoardOrder, itemsFor, type ParentKind } from './query.ts';
import { type FullItem, type ItemIncludes, readerOf, rowColumns } from './rows.ts';

const { sql, join, empty } = Prisma;

const ids = (parents: readonly ItemParent[], key: 'boardId' | 'columnId' | 'contactId'): string[] =>
  parents.map((parent) => (key in parent ? String(parent[key as keyof typeof parent]) : ''));

type Ids = readonly string[] | Placeholder;

/** The workspace and the parents of items: their kind, and by kind their ids. */
export interface ItemPlace {
  workspaceId: string | Placeholder;
  kind: ParentKind | undefined;
  boardIds: Ids;
  columnIds: Ids;
  contactIds: Ids;
}

/** Parents that are all of one kind. */
export const placeOf = (workspaceId: string, parents: readonly ItemParent[]) => ({
  workspaceId,
  kind: parents[0]?.kind,
  boardIds: ids(parents, 'boardId'),
  columnIds: ids(parents, 'columnId'),
  contactIds: ids(parents, 'contactId'),
});

/** Names the parents in cursors. */
export const namesOf = (parents: readonly ItemParent[]): string[] =>
  parents.map((parent) => JSON.stringify(parent));

/** The items of parents that are all of one kind. */
export const itemSource = (
  workspaceId: string,
  parents: readonly ItemParent[],
  includes: ItemIncludes = { contact: false, createdBy: false },
): Source<FullItem> => ({
  ...itemColumns(placeOf(workspaceId, parents), includes),
  names: namesOf(parents),
  read: readerOf(workspaceId, includes),
});

/** The SQL of their source. */
export function itemColumns(
  { workspaceId, kind, ...place }: ItemPlace,
  includes: ItemIncludes,
): Omit<Source<FullItem>, 'names' | 'read'> {
  const rows = rowColumns(workspaceId, includes);
  const boards = textArrayParam(place.boardIds);
  const inWorkspace = sql`i.workspace_id = ${workspaceId}`;
  switch (kind) {
    case 'board':
      return {
        ...rows,
        parents: sql`unnest(${boards}) WITH ORDINALITY AS p (board_id, n)`,
        pick: (selection) =>
          isBoardOrder(selection.order)
            ? columnByColumn(workspaceId, selection)
            : table(
                itemsFor(selection.order),
                sql`${inWorkspace} AND i.board_id = p.board_id`,
              )(selection),
      };
    case 'column':
      return {
        ...rows,
        parents: sql`unnest(${boards}, ${textArrayParam(place.columnIds)}) WITH ORDINALITY AS p (board_id, column_id, n)`,
        pick: table(
          sql`item i`,
          sql`${inWorkspace} AND i.board_id = p.board_id AND i.column_id = p.column_id`,
        ),
      };
    case 'contact':
      return {
        ...rows,
        parents: sql`unnest(${textArrayParam(place.contactIds)}) WITH ORDINALITY AS p (contact_id, n)`,
        pick: (selection) =>
          table(
            itemsFor(
              selection.order,
              selection.where.length === 0 ? sql`item` : ofContact(workspaceId),
            ),
            sql`${inWorkspace} AND i.contact_id = p.contact_id`,
          )(selection),
      };
    default:
      return {
        ...rows,
        parents: oneParent,
        pick: (selection) => table(itemsFor(selection.order), inWorkspace)(selection),
      };
  }
}

/** The state of the board of a page, read at the same moment. */
export interface PageBoard {
  revision: string;
  etag: string;
  /** The items of the page's parent. */
  itemsCount: number;
}

/** The header that reads the board of one board or column; no row for a board that does not exist. */
export function boardHeader({ workspaceId, kind, boardIds, columnIds }: ItemPlace): Prisma.Sql {
  const workspace = textParam(workspaceId);
  const isCounted = kind === 'column' ? sql`AND c.id = ANY(${textArrayParam(columnIds)})` : empty;
  return sql`SELECT 0::bigint AS n, ARRAY[b.revision::text, ${boardEtag}, (
      SELECT coalesce(sum(c.items_count), 0) FROM board_column c WHERE c.workspace_id = ${workspace} AND c.board_id = b.id ${isCounted}
    )::text] AS keys, '' AS item
    FROM board b JOIN workspace w ON w.id = b.workspace_id
    WHERE b.workspace_id = ${workspace} AND b.id = ANY(${textArrayParam(boardIds)})`;
}

/** Reads the texts of the header. */
export const pageBoardOf = ([revision, etag, itemsCount]: NonNullable<
  Page<unknown>['header']
>): PageBoard => ({
  revision: String(revision),
  etag: String(etag),
  itemsCount: Number(itemsCount),
});

/** A contact has few items: OFFSET 0 makes the planner read these before it applies the filter. */
const ofContact = (workspaceId: string | Placeholder): Prisma.Sql =>
  sql`(SELECT i.* FROM item i WHERE i.workspace_id = ${workspaceId} AND i.contact_id = p.contact_id OFFSET 0)`;

/**
 * Reads at most a page of each column, by its index: a page of a board with a million items reads a few hundred rows. Without a filter
 * the counts of the columns tell which of them the page needs.
 */
function columnByColumn(
  workspaceId: string | Placeholder,
  { where, bounds, order, limit }: RowSelection,
): Prisma.Sql {
  const isInColumn = sql`i.workspace_id = ${workspaceId} AND i.board_id = c.board_id AND i.column_id = c.id`;
  const isOnBoard = sql`c.workspace_id = ${workspaceId} AND c.board_id = p.board_id`;
  const isUnfiltered = where.length + bounds.length === 0;
  const direction = order[0]?.descending ? sql`DESC` : sql`ASC`;
  const columns = isUnfiltered
    ? sql`(SELECT c.*, coalesce(sum(c.items_count) OVER (ORDER BY c.position ${direction}, c.id ${direction}
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS count_before FROM board_column c WHERE ${isOnBoard})`
    : sql`board_column`;
  return sql`FROM ${columns} c CROSS JOIN LATERAL (
      SELECT i.* FROM item i WHERE ${join([isInColumn, ...where, ...bounds], ' AND ')} ${orderBy(order)} LIMIT ${limit}
    ) i WHERE ${isUnfiltered ? sql`c.count_before < ${limit}` : isOnBoard}`;
}
