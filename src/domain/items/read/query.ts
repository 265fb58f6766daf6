import { invalid } from '../../../errors.ts';
import { type Agent, type Contact, type Item, Prisma } from '../../../generated/prisma/client.ts';
import type { Cells, Reader } from '../../../postgres/client.ts';
import { RawJson } from '../../../raw-json.ts';
import { epochSeconds, parseJson, toDate, toText } from '../../../sql/decode.ts';
import { textArrayParam } from '../../../sql/generic-plan.ts';
import { orderBy, type SortKey } from '../../../sql/order.ts';
import {
  fetchOptions,
  type JoinedColumns,
  type PageQuery,
  type RowSelection,
  type Source,
  table,
} from '../../../sql/page.ts';
import { Placeholder, statementTemplate } from '../../../sql/statement-template.ts';
import { filterConditions, type ItemFilter, searchConditions } from '../filter/filter.ts';
import { type ValueOrder, valueTerms } from '../filter/value-order.ts';
import { type JsonProjection, jsonColumn } from './json-projection.ts';

const { sql, join, empty } = Prisma;

export type OrderField = 'POSITION' | 'CREATED_AT' | 'UPDATED_AT' | 'TITLE';

/** One sort key: a value of the items, else a field, else CREATED_AT. */
export interface ItemOrder {
  field?: OrderField | null | undefined;
  value?: ValueOrder | null | undefined;
  direction?: 'ASC' | 'DESC' | null | undefined;
  nulls?: 'FIRST' | 'LAST' | null | undefined;
}

/** Which items, in which order; where they lie is said by the parent. */
export interface ItemQuery {
  search?: string | null | undefined;
  filter?: ItemFilter | null | undefined;
  orderBy?: readonly ItemOrder[] | null | undefined;
}

/** The place that a connection of items hangs on; its kind says which ids it carries. */
export type ItemParent =
  | { kind: 'workspace' }
  | { kind: 'board'; boardId: string }
  | { kind: 'column'; boardId: string; columnId: string }
  | { kind: 'contact'; contactId: string };

/** What is fetched with an item, because the request asks for it too. */
export interface ItemIncludes {
  contact: boolean;
  createdBy: boolean;
  /** Where it is said, rows are no more than the text of this: `Written`, in the place of items. */
  shape?: JsonProjection | undefined;
}

/** An item, with what was fetched along with it. */
export type FullItem = Item & { contact?: Contact | null; createdBy?: Agent };

/** The columns of an item `i`, in the order in which `itemOf` takes their cells. */
const columns = sql`i.id, i.board_id, i.column_id, i.title, i.position, i."values", to_json(i.labels), i.contact_id,
  to_json(i.conversation_ids), i.created_by_id, i.version, ${epochSeconds(sql`i.created_at`)}, ${epochSeconds(sql`i.updated_at`)}`;
const columnsCount = 13;
const contactColumns = sql`contact.name, contact.phone, contact.email,
  ${epochSeconds(sql`contact.created_at`)}, ${epochSeconds(sql`contact.updated_at`)}`;
const contactColumnsCount = 5;
const agentColumns = sql`agent.name, ${epochSeconds(sql`agent.created_at`)}`;

/** What the text of an item may be made of. */
const rawColumns = sql`i.id, i.board_id, i.column_id, i.title, i.position, i."values", i.labels, i.contact_id,
  i.conversation_ids, i.created_by_id, i.version, i.created_at, i.updated_at`;

/** What is fetched along with the items `i`: more columns, and where they come from. */
function along(workspaceId: string, fetched: ItemIncludes): JoinedColumns {
  // OFFSET 0 makes it a look-up for each row, whatever the planner thinks: so the rows stay in their order.
  const contact = sql`LEFT JOIN LATERAL (SELECT k.* FROM contact k
    WHERE k.workspace_id = ${workspaceId} AND k.id = i.contact_id OFFSET 0) contact ON TRUE`;
  const createdBy = sql`LEFT JOIN LATERAL (SELECT a.* FROM agent a
    WHERE a.workspace_id = ${workspaceId} AND a.id = i.created_by_id OFFSET 0) agent ON TRUE`;
  return {
    columns: sql`${fetched.contact ? sql`, ${contactColumns}` : empty} ${fetched.createdBy ? sql`, ${agentColumns}` : empty}`,
    joins: sql`${fetched.contact ? contact : empty} ${fetched.createdBy ? createdBy : empty}`,
  };
}

/** How the cells of a row are an item, with what was fetched along. */
const itemOf =
  (workspaceId: string, fetched: ItemIncludes) =>
  (cells: Cells): FullItem => {
    const contactId = cells[7] ?? null;
    const createdById = toText(cells[9]);
    const item: FullItem = {
      workspaceId,
      id: toText(cells[0]),
      boardId: toText(cells[1]),
      columnId: toText(cells[2]),
      title: toText(cells[3]),
      position: Number(cells[4]),
      values: parseJson(cells[5]) as Item['values'],
      labels: parseJson(cells[6]) as string[],
      contactId,
      conversationIds: parseJson(cells[8]) as string[],
      createdById,
      version: Number(cells[10]),
      createdAt: toDate(cells[11]),
      updatedAt: toDate(cells[12]),
    };
    const at = columnsCount;
    if (fetched.contact && contactId !== null) {
      item.contact = {
        workspaceId,
        id: contactId,
        name: toText(cells[at]),
        phone: cells[at + 1] ?? null,
        email: cells[at + 2] ?? null,
        createdAt: toDate(cells[at + 3]),
        updatedAt: toDate(cells[at + 4]),
      };
    }
    if (fetched.createdBy) {
      const from = at + (fetched.contact ? contactColumnsCount : 0);
      const createdAt = toDate(cells[from + 1]);
      item.createdBy = { workspaceId, id: createdById, name: toText(cells[from]), createdAt };
    }
    return item;
  };

/** How the rows of a source are read: as items, or as texts of them. */
function rowsOf(workspaceId: string, fetched: ItemIncludes) {
  const { columns: more, joins } = along(workspaceId, fetched);
  const { shape } = fetched;
  if (shape === undefined) {
    const read = itemOf(workspaceId, fetched);
    return { row: columns, along: { columns: sql`i.* ${more}`, joins }, read };
  }
  return {
    row: rawColumns,
    along: { columns: sql`i.keys, ${jsonColumn(shape)}`, joins },
    // The plan that said the shape takes texts wherever it takes rows.
    read: ([cell]: Cells) => new RawJson(toText(cell)) as unknown as FullItem,
  };
}

/** An item that is no more than a text, and what must be known of it. */
export interface ItemJson {
  id: string;
  boardId: string;
  text: RawJson;
}

const [theWorkspace, theIds] = [new Placeholder(), new Placeholder()];

const itemTexts = new WeakMap<JsonProjection, ReturnType<typeof statementTemplate>>();

/** The statement for items by their ids as texts. */
function itemTextsFor(
  fetched: ItemIncludes & { shape: JsonProjection },
): ReturnType<typeof statementTemplate> {
  const { joins } = along(theWorkspace as never, fetched);
  return statementTemplate(sql`SELECT i.id, i.board_id, i.version, ${jsonColumn(fetched.shape)} FROM item i ${joins}
    WHERE i.workspace_id = ${theWorkspace} AND i.id = ANY(${textArrayParam(theIds)})`);
}

/** Items by their ids as texts of one shape, in one statement. */
export async function readItemsAsJson(
  db: Reader,
  workspaceId: string,
  { ids, ...fetched }: ItemIncludes & { ids: readonly string[]; shape: JsonProjection },
): Promise<ItemJson[]> {
  const template = itemTexts.get(fetched.shape) ?? itemTextsFor(fetched);
  itemTexts.set(fetched.shape, template);
  const holes = new Map<unknown, unknown>([
    [theWorkspace, workspaceId],
    [theIds, ids],
  ]);
  const rows = await db.$rows(template(holes), fetchOptions(ids.length));
  return rows.map((cells) => ({
    id: toText(cells[0]),
    boardId: toText(cells[1]),
    text: new RawJson(toText(cells[3]), Number(cells[2])),
  }));
}

/** Items by their ids with all that belongs to them, in one statement. */
export async function readItems(
  db: Reader,
  workspaceId: string,
  itemIds: readonly string[],
): Promise<FullItem[]> {
  const fetched = { contact: true, createdBy: true };
  const { columns: more, joins } = along(workspaceId, fetched);
  const rows = await db.$rows(
    sql`SELECT ${columns} ${more} FROM item i ${joins}
    WHERE i.workspace_id = ${workspaceId} AND i.id = ANY(${textArrayParam(itemIds)})`,
    fetchOptions(itemIds.length),
  );
  return rows.map(itemOf(workspaceId, fetched));
}

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

/** The column of each item: only the board's order needs it. */
const joinColumn = sql`JOIN board_column c
  ON c.workspace_id = i.workspace_id AND c.board_id = i.board_id AND c.id = i.column_id`;

const columnPosition = sql`c.position`;

/** True for the order in which a board shows its items. */
export const isBoardOrder = (order: readonly SortKey[]): boolean => order[0]?.by === columnPosition;

/** The items `i`, with their columns `c` where the board's order is among the sort keys, first or later. */
export const itemsFor = (order: readonly SortKey[], items = sql`item`): Prisma.Sql =>
  order.some(({ by }) => by === columnPosition) ? sql`${items} i ${joinColumn}` : sql`${items} i`;

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

function terms(kind: ItemParent['kind'], { field, value, direction, nulls }: ItemOrder): SortKey[] {
  const descending = direction === 'DESC';
  if (value != null)
    return valueTerms(value, { descending, nulls: nulls === 'FIRST' ? 'first' : 'last' });
  switch (field) {
    case 'POSITION':
      if (kind === 'column') return [{ by: sql`i.position`, cast: sql`integer`, descending }];
      return [
        { by: columnPosition, cast: sql`integer`, descending },
        { by: sql`i.column_id`, cast: sql`text`, descending },
        { by: sql`i.position`, cast: sql`integer`, descending },
      ];
    case 'UPDATED_AT':
      return [{ by: sql`i.updated_at`, cast: sql`timestamptz`, descending }];
    case 'TITLE':
      return [{ by: sql`i.title`, cast: sql`text`, descending }];
    default:
      return [{ by: sql`i.created_at`, cast: sql`timestamptz`, descending }];
  }
}

/** The order when none is asked for: as the board shows them; across boards, newest first. */
const defaultOrder = (kind: ItemParent['kind']): ItemOrder[] =>
  kind === 'board' || kind === 'column'
    ? [{ field: 'POSITION', direction: 'ASC' }]
    : [{ field: 'CREATED_AT', direction: 'DESC' }];

const maxOrders = 3;

/** The question that a query puts to the parents of one kind. */
export function itemPageQuery(kind: ItemParent['kind'], query: ItemQuery): PageQuery {
  const orders = query.orderBy?.length ? query.orderBy : defaultOrder(kind);
  if (orders.length > maxOrders)
    throw invalid('orderBy', `must not have more than ${maxOrders} keys`);
  if (orders.some(({ field, value }) => field != null && value != null))
    throw invalid('orderBy', 'must name a field or a value in each key, not both');
  const last = orders.at(-1);
  return {
    where: [...searchConditions(query.search), ...filterConditions(query.filter)],
    order: [
      ...orders.flatMap((order) => terms(kind, order)),
      { by: sql`i.id`, cast: sql`text`, descending: last?.direction === 'DESC' },
    ],
    identity: JSON.stringify([kind, query.search, query.filter, orders]),
  };
}

/** True where the query leaves nothing out, so that the maintained counts are its total. */
export const isUnfiltered = ({ search, filter }: ItemQuery): boolean =>
  searchConditions(search).length === 0 && filterConditions(filter).length === 0;
