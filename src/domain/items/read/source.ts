import { Prisma } from '../../../generated/prisma/client.ts';
import { textArrayParam } from '../../../sql/generic-plan.ts';
import { orderBy } from '../../../sql/order.ts';
import { type RowSelection, type Source, table } from '../../../sql/page.ts';
import { type ItemParent, isBoardOrder, itemsFor, joinColumn } from './query.ts';
import { type FullItem, type ItemIncludes, rowsOf } from './rows.ts';

const { sql, join } = Prisma;

const ids = (parents: readonly ItemParent[], key: 'boardId' | 'columnId' | 'contactId'): string[] =>
  parents.map((parent) => (key in parent ? String(parent[key as keyof typeof parent]) : ''));

/** The items below the given parents, all of one kind, of one workspace. */
export function itemSource(
  workspaceId: string,
  parents: readonly ItemParent[],
  fetched: ItemIncludes = { contact: false, createdBy: false },
): Source<FullItem> {
  const rows = {
    ...rowsOf(workspaceId, fetched),
    names: parents.map((parent) => JSON.stringify(parent)),
  };
  const boards = textArrayParam(ids(parents, 'boardId'));
  const inWorkspace = sql`i.workspace_id = ${workspaceId}`;
  switch (parents[0]?.kind) {
    case 'board':
      return {
        ...rows,
        parents: sql`unnest(${boards}) WITH ORDINALITY AS p (board_id, n)`,
        pick: (wanted) =>
          isBoardOrder(wanted.order)
            ? columnByColumn(workspaceId, wanted)
            : table(
                itemsFor(wanted.order),
                sql`${inWorkspace} AND i.board_id = p.board_id`,
              )(wanted),
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
        pick: (wanted) =>
          table(
            sql`${wanted.where.length === 0 ? sql`item` : ofContact(workspaceId)} i ${joinColumn}`,
            sql`${inWorkspace} AND i.contact_id = p.contact_id`,
          )(wanted),
      };
    default:
      return {
        ...rows,
        parents: sql`(SELECT 1 AS n) AS p`,
        pick: table(sql`item i ${joinColumn}`, inWorkspace),
      };
  }
}

/** A contact has few items, and OFFSET 0 keeps the planner from looking for what else they match in all boards. */
const ofContact = (workspaceId: string): Prisma.Sql =>
  sql`(SELECT i.* FROM item i WHERE i.workspace_id = ${workspaceId} AND i.contact_id = p.contact_id OFFSET 0)`;

/**
 * Each column gives no more rows than the page can need, by its index; so a board of a million costs a few hundred.
 * Where nothing is left out the columns before have some already, by their counts.
 */
function columnByColumn(
  workspaceId: string,
  { where, bounds, order, limit }: RowSelection,
): Prisma.Sql {
  const own = sql`i.workspace_id = c.workspace_id AND i.board_id = c.board_id AND i.column_id = c.id`;
  const ofBoard = sql`c.workspace_id = ${workspaceId} AND c.board_id = p.board_id`;
  const isWhole = where.length + bounds.length === 0;
  const direction = order[0]?.descending ? sql`DESC` : sql`ASC`;
  const columns = isWhole
    ? sql`(SELECT c.*, coalesce(sum(c.items_count) OVER (ORDER BY c.position ${direction}, c.id ${direction}
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS count_before FROM board_column c WHERE ${ofBoard})`
    : sql`board_column`;
  return sql`FROM ${columns} c CROSS JOIN LATERAL (
      SELECT i.* FROM item i WHERE ${join([own, ...where, ...bounds], ' AND ')} ${orderBy(order)} LIMIT ${limit}
    ) i WHERE ${isWhole ? sql`c.count_before < ${limit}` : ofBoard}`;
}
