import { Prisma } from '../../../generated/prisma/client.ts';
import { textArrayParam } from '../../../sql/generic-plan.ts';
import { orderBy } from '../../../sql/order.ts';
import { oneParent, type RowSelection, type Source, table } from '../../../sql/page.ts';
import { type ItemParent, isBoardOrder, itemsFor, joinColumn } from './query.ts';
import { type FullItem, type ItemIncludes, rowsOf } from './rows.ts';

const { sql, join } = Prisma;

const ids = (parents: readonly ItemParent[], key: 'boardId' | 'columnId' | 'contactId'): string[] =>
  parents.map((parent) => (key in parent ? String(parent[key as keyof typeof parent]) : ''));

/** The items of parents that are all of one kind. */
export function itemSource(
  workspaceId: string,
  parents: readonly ItemParent[],
  includes: ItemIncludes = { contact: false, createdBy: false },
): Source<FullItem> {
  const rows = {
    ...rowsOf(workspaceId, includes),
    names: parents.map((parent) => JSON.stringify(parent)),
  };
  const boards = textArrayParam(ids(parents, 'boardId'));
  const inWorkspace = sql`i.workspace_id = ${workspaceId}`;
  switch (parents[0]?.kind) {
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
        parents: sql`unnest(${boards}, ${textArrayParam(ids(parents, 'columnId'))}) WITH ORDINALITY AS p (board_id, column_id, n)`,
        pick: table(
          sql`item i`,
          sql`${inWorkspace} AND i.board_id = p.board_id AND i.column_id = p.column_id`,
        ),
      };
    case 'contact':
      return {
        ...rows,
        parents: sql`unnest(${textArrayParam(ids(parents, 'contactId'))}) WITH ORDINALITY AS p (contact_id, n)`,
        pick: (selection) =>
          table(
            sql`${selection.where.length === 0 ? sql`item` : ofContact(workspaceId)} i ${joinColumn}`,
            sql`${inWorkspace} AND i.contact_id = p.contact_id`,
          )(selection),
      };
    default:
      return {
        ...rows,
        parents: oneParent,
        pick: table(sql`item i ${joinColumn}`, inWorkspace),
      };
  }
}

/** A contact has few items: OFFSET 0 makes the planner read these before it applies the filter. */
const ofContact = (workspaceId: string): Prisma.Sql =>
  sql`(SELECT i.* FROM item i WHERE i.workspace_id = ${workspaceId} AND i.contact_id = p.contact_id OFFSET 0)`;

/**
 * Reads at most a page of each column, by its index: a page of a board with a million items reads a few hundred rows. Without a filter
 * the counts of the columns tell which of them the page needs.
 */
function columnByColumn(
  workspaceId: string,
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
