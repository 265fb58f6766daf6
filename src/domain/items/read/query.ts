import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import type { SortKey } from '../../../sql/order.ts';
import type { PageQuery } from '../../../sql/page.ts';
import { filterConditions, type ItemFilter, searchConditions } from '../filter/filter.ts';
import { type ValueOrder, valueTerms } from '../filter/value-order.ts';

const { sql } = Prisma;

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

/** The column of each item: only the board's order needs it. */
export const joinColumn = sql`JOIN board_column c
  ON c.workspace_id = i.workspace_id AND c.board_id = i.board_id AND c.id = i.column_id`;

const columnPosition = sql`c.position`;

/** True for the order in which a board shows its items. */
export const isBoardOrder = (order: readonly SortKey[]): boolean => order[0]?.by === columnPosition;

/** The items `i`, with their columns `c` where the board's order is among the sort keys, first or later. */
export const itemsFor = (order: readonly SortKey[], items = sql`item`): Prisma.Sql =>
  order.some(({ by }) => by === columnPosition) ? sql`${items} i ${joinColumn}` : sql`${items} i`;

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
