import type { Queries } from '../database/open.ts';
import { invalid } from '../errors.ts';
import { type Agent, type Contact, type Item, Prisma } from '../generated/prisma/client.ts';
import { filterConditions, type ItemFilter, searchConditions } from './filter.ts';
import { orderBy, type Term } from './order.ts';
import { type Question, type Source, table, type Wanted } from './page.ts';
import { type ValueOrder, valueTerms } from './value-order.ts';

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
export interface With {
  contact: boolean;
  createdBy: boolean;
}

/** An item, with what was fetched along with it. */
export type FullItem = Item & { contact?: Contact | null; createdBy?: Agent };

const contact = sql`, 'contact', (SELECT json_build_object('workspaceId', k.workspace_id, 'id', k.id, 'name', k.name,
    'phone', k.phone, 'email', k.email, 'createdAt', k.created_at, 'updatedAt', k.updated_at)
  FROM contact k WHERE k.workspace_id = i.workspace_id AND k.id = i.contact_id)`;
const createdBy = sql`, 'createdBy', (SELECT json_build_object('workspaceId', a.workspace_id, 'id', a.id, 'name', a.name,
    'createdAt', a.created_at) FROM agent a WHERE a.workspace_id = i.workspace_id AND a.id = i.created_by_id)`;

/** One item `i` as a JSON object. */
const rowWith = (fetched: With): Prisma.Sql => sql`json_build_object(
  'workspaceId', i.workspace_id, 'id', i.id, 'boardId', i.board_id, 'columnId', i.column_id,
  'title', i.title, 'position', i.position, 'values', i."values", 'labels', i.labels,
  'contactId', i.contact_id, 'conversationIds', i.conversation_ids, 'createdById', i.created_by_id,
  'version', i.version, 'createdAt', i.created_at, 'updatedAt', i.updated_at
  ${fetched.contact ? contact : empty} ${fetched.createdBy ? createdBy : empty})`;

/** JSON has no instants: the columns that are come as ISO 8601 text. */
const withTimes = <Row extends { createdAt: Date; updatedAt?: Date }>(row: Row): Row => ({
  ...row,
  createdAt: new Date(row.createdAt),
  ...(row.updatedAt && { updatedAt: new Date(row.updatedAt) }),
});

const revive = (item: FullItem): FullItem => ({
  ...withTimes(item),
  ...(item.contact && { contact: withTimes(item.contact) }),
  ...(item.createdBy && { createdBy: withTimes(item.createdBy) }),
});

/** Items by their ids with all that belongs to them, in one statement. */
export async function readItems(
  db: Queries,
  workspaceId: string,
  itemIds: readonly string[],
): Promise<FullItem[]> {
  const rows = await db.$queryRaw<{ item: FullItem }[]>`
    SELECT ${rowWith({ contact: true, createdBy: true })} AS item FROM item i
    WHERE i.workspace_id = ${workspaceId} AND i.id = ANY(${[...itemIds]}::text[])`;
  return rows.map(({ item }) => revive(item));
}

const ids = (parents: readonly ItemParent[], key: 'boardId' | 'columnId' | 'contactId'): string[] =>
  parents.map((parent) => (key in parent ? String(parent[key as keyof typeof parent]) : ''));

/** The items below the given parents, all of one kind, of one workspace. */
export function itemSource(
  workspaceId: string,
  parents: readonly ItemParent[],
  fetched: With = { contact: false, createdBy: false },
): Source<FullItem> {
  const row = rowWith(fetched);
  const boards = sql`${ids(parents, 'boardId')}::text[]`;
  const inWorkspace = sql`i.workspace_id = ${workspaceId}`;
  switch (parents[0]?.kind) {
    case 'board':
      return {
        ...{ row, revive },
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
        ...{ row, revive },
        parents: sql`unnest(${boards}, ${ids(parents, 'columnId')}::text[]) WITH ORDINALITY AS p (board_id, column_id, n)`,
        pick: table(
          sql`item i`,
          sql`${inWorkspace} AND i.board_id = p.board_id AND i.column_id = p.column_id`,
        ),
      };
    case 'contact':
      return {
        ...{ row, revive },
        parents: sql`unnest(${ids(parents, 'contactId')}::text[]) WITH ORDINALITY AS p (contact_id, n)`,
        pick: table(sql`item i ${joinColumn}`, sql`${inWorkspace} AND i.contact_id = p.contact_id`),
      };
    default:
      return {
        ...{ row, revive },
        parents: sql`(SELECT 1 AS n) AS p`,
        pick: table(sql`item i ${joinColumn}`, inWorkspace),
      };
  }
}

/** The column of each item: only the board's order needs it. */
const joinColumn = sql`JOIN board_column c
  ON c.workspace_id = i.workspace_id AND c.board_id = i.board_id AND c.id = i.column_id`;

const columnPosition = sql`c.position`;

/** True for the order in which a board shows its items. */
export const isBoardOrder = (order: readonly Term[]): boolean => order[0]?.by === columnPosition;

/** The items `i`, with their columns `c` where the board's order is among the sort keys, first or later. */
export const itemsFor = (order: readonly Term[], items = sql`item`): Prisma.Sql =>
  order.some(({ by }) => by === columnPosition) ? sql`${items} i ${joinColumn}` : sql`${items} i`;

/** Each column gives no more rows than the page can need, by its index; so a board of a million costs a few hundred. */
function columnByColumn(workspaceId: string, { where, bounds, order, limit }: Wanted): Prisma.Sql {
  const own = sql`i.workspace_id = c.workspace_id AND i.board_id = c.board_id AND i.column_id = c.id`;
  return sql`FROM board_column c CROSS JOIN LATERAL (
      SELECT i.* FROM item i WHERE ${join([own, ...where, ...bounds], ' AND ')} ${orderBy(order)} LIMIT ${limit}
    ) i WHERE c.workspace_id = ${workspaceId} AND c.board_id = p.board_id`;
}

function terms(kind: ItemParent['kind'], { field, value, direction, nulls }: ItemOrder): Term[] {
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
export function itemQuestion(kind: ItemParent['kind'], query: ItemQuery): Question {
  const orders = query.orderBy?.length ? query.orderBy : defaultOrder(kind);
  if (orders.length > maxOrders)
    throw invalid('orderBy', `must not have more than ${maxOrders} keys`);
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
export const isWhole = ({ search, filter }: ItemQuery): boolean =>
  searchConditions(search).length === 0 && filterConditions(filter).length === 0;
