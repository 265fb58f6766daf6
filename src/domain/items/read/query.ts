import { isDeepStrictEqual } from 'node:util';
import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import type { SortKey } from '../../../sql/order.ts';
import type { PageQuery } from '../../../sql/page.ts';
import type { PageArgs } from '../../../sql/page-args.ts';
import { cacheKeyOf } from '../cache-key.ts';
import type { FilterPlace } from '../filter/field-conditions.ts';
import { conjunctsOf, filterConditions, type ItemFilter } from '../filter/filter.ts';
import { indexRanges, isInContent, isIndexable } from '../filter/indexable.ts';
import type { IndexRange } from '../filter/indexed-values.ts';
import { isSmallOrLarge } from '../filter/item-size.ts';
import { searchConditions } from '../filter/text-search.ts';
import { type ValueOrder, valueSortKeys } from '../filter/value-order.ts';

const { sql } = Prisma;

export type OrderField = 'POSITION' | 'CREATED_AT' | 'UPDATED_AT' | 'TITLE';

/** One sort key: a value or a field of the items; CREATED_AT by default. */
export interface ItemOrder {
  field?: OrderField | null | undefined;
  value?: ValueOrder | null | undefined;
  direction?: 'ASC' | 'DESC' | null | undefined;
  nulls?: 'FIRST' | 'LAST' | null | undefined;
}

/** The query arguments of a connection of items. */
export interface ItemQuery {
  search?: string | null | undefined;
  filter?: ItemFilter | null | undefined;
  orderBy?: readonly ItemOrder[] | null | undefined;
}

/** The parent of a connection of items, with the ids that find its items. */
export type ItemParent =
  | { kind: 'workspace' }
  | { kind: 'board'; boardId: string }
  | { kind: 'column'; boardId: string; columnId: string }
  | { kind: 'contact'; contactId: string };

export type ParentKind = ItemParent['kind'];

/** Joins the column `c` of each item `i`: only the board's order sorts by it. */
const joinColumn = sql`JOIN board_column c
  ON c.workspace_id = i.workspace_id AND c.board_id = i.board_id AND c.id = i.column_id`;

const columnPosition = sql`c.position`;

/** True for the order in which a board shows its items. */
export const isBoardOrder = (order: readonly SortKey[]): boolean => order[0]?.by === columnPosition;

const needsColumn = (order: readonly SortKey[]): boolean =>
  order.some(({ by }) => by === columnPosition);

/** FROM items `i`, joined with their columns `c` where one of the sort keys needs them. */
export const itemsFor = (order: readonly SortKey[], items = sql`item`): Prisma.Sql =>
  needsColumn(order) ? sql`${items} i ${joinColumn}` : sql`${items} i`;

/**
 * The same for items that a subquery found. The workspace of the columns is named: Citus does not see in the subquery which one
 * it is. OFFSET 0 makes it a look-up of the column of each item, whatever the planner estimates.
 */
export const foundItemsFor = (
  order: readonly SortKey[],
  items: Prisma.Sql,
  workspaceId: string,
): Prisma.Sql =>
  needsColumn(order)
    ? sql`${items} i CROSS JOIN LATERAL (SELECT c.position FROM board_column c
        WHERE c.workspace_id = ${workspaceId} AND c.board_id = i.board_id AND c.id = i.column_id OFFSET 0) c`
    : itemsFor(order, items);

function sortKeysOfOne(kind: ParentKind, { field, value, direction, nulls }: ItemOrder): SortKey[] {
  const descending = direction === 'DESC';
  if (value != null)
    return valueSortKeys(value, { descending, nulls: nulls === 'FIRST' ? 'first' : 'last' });
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

/** The SQL sort keys of an order, ending with the id in the direction of the last one. */
export const sortKeys = (kind: ParentKind, orderBy: readonly ItemOrder[]): SortKey[] => [
  ...orderBy.flatMap((order) => sortKeysOfOne(kind, order)),
  { by: sql`i.id`, cast: sql`text`, descending: orderBy.at(-1)?.direction === 'DESC' },
];

/** The board's order where items have one board; across boards, newest first. */
const defaultOrder = (kind: ParentKind): ItemOrder[] =>
  kind === 'board' || kind === 'column'
    ? [{ field: 'POSITION', direction: 'ASC' }]
    : [{ field: 'CREATED_AT', direction: 'DESC' }];

const maxOrders = 3;

function checkOrder(orderBy: readonly ItemOrder[]): void {
  if (orderBy.length > maxOrders)
    throw invalid('orderBy', `must not have more than ${maxOrders} keys`);
  if (orderBy.some(({ field, value }) => field != null && value != null))
    throw invalid('orderBy', 'must name a field or a value in each key, not both');
}

/**
 * A query for the parents of one kind, compiled once and shared by page, counts and groups. Each part is computed on
 * first use and kept: an invalid argument is reported by the fields that use it, and an unused part costs nothing.
 */
export class CompiledItemQuery {
  readonly kind: ParentKind;
  #place: FilterPlace;
  readonly orderBy: readonly ItemOrder[];
  readonly #query: ItemQuery;
  #identity: string | undefined;
  #key: string | undefined;
  #where: readonly Prisma.Sql[] | undefined;
  #page: PageQuery | undefined;
  #conjuncts: readonly ItemFilter[] | undefined;
  #indexRanges: readonly IndexRange[] | undefined;
  #isIndexable: boolean | undefined;

  constructor(workspaceId: string, kind: ParentKind, query: ItemQuery) {
    this.#place = { workspaceId };
    this.kind = kind;
    this.orderBy = query.orderBy?.length ? query.orderBy : defaultOrder(kind);
    this.#query = query;
  }

  /** The same query for the items of one board. */
  onBoard(boardId: string): CompiledItemQuery {
    if (!this.identity.includes('"columnName":')) return this;
    const query = new CompiledItemQuery(this.#place.workspaceId, this.kind, this.#query);
    query.#place = { ...this.#place, boardId };
    query.#identity = this.#identity;
    return query;
  }

  /** Equal for equal queries: what cursors are bound to. Nothing is validated for it. */
  get identity(): string {
    const { search, filter } = this.#query;
    this.#identity ??= JSON.stringify([this.kind, search, filter, this.orderBy]);
    return this.#identity;
  }

  /** Short, and equal for equal queries: the key of caches. */
  get key(): string {
    this.#key ??= cacheKeyOf([this.identity]);
    return this.#key;
  }

  /** True for the arguments that it was compiled from. */
  isOf(kind: ParentKind, query: ItemQuery): boolean {
    return kind === this.kind && isDeepStrictEqual(query, this.#query);
  }

  /** Conditions on the items `i`, all of which must hold. Throws VALIDATION_ERROR. */
  get where(): readonly Prisma.Sql[] {
    const { search, filter } = this.#query;
    this.#where ??= [
      ...searchConditions(sql`i.search`, search),
      ...filterConditions(this.#place, filter),
      ...(this.isIndexable ? [isSmallOrLarge] : []),
    ];
    return this.#where;
  }

  /** True where a merge of contacts can change what matches, though no item changes. */
  get dependsOnContacts(): boolean {
    return this.identity.includes('"contactId":');
  }

  /** True where nothing is filtered, so that the maintained counts are the total. */
  get isEmpty(): boolean {
    return this.where.length === 0;
  }

  /** True for pages that one index holds in their order, on a board of any size. */
  isIndexPage({ after, before }: PageArgs): boolean {
    if (!this.isEmpty || this.orderBy.some(({ value }) => value != null)) return false;
    const hasCursor = (after ?? before) != null;
    return !hasCursor || !isBoardOrder(this.page.order);
  }

  /** Conditions, order and identity of its pages. Throws VALIDATION_ERROR. */
  get page(): PageQuery {
    this.#page ??= this.#compilePage();
    return this.#page;
  }

  /** The nodes of the filter that must all hold. */
  get conjuncts(): readonly ItemFilter[] {
    this.#conjuncts ??= conjunctsOf(this.#query.filter);
    return this.#conjuncts;
  }

  /** Conditions on item_value that hold for every match. */
  get indexRanges(): readonly IndexRange[] {
    this.#indexRanges ??= indexRanges(this.conjuncts);
    return this.#indexRanges;
  }

  /** True where an index other than item_value finds all that can match. */
  get isIndexable(): boolean {
    this.#isIndexable ??= isIndexable(this.#query.search, this.conjuncts);
    return this.#isIndexable;
  }

  /** True where the index on content finds all that can match. */
  get isInContent(): boolean {
    return isInContent(this.#query.search, this.conjuncts);
  }

  /** True where all that can match is linked to given contacts, which have few items. */
  get isOfContacts(): boolean {
    return this.conjuncts.some(({ contactId }) => (contactId?.eq ?? contactId?.in) != null);
  }

  /** True where any index finds all that can match. */
  get usesIndex(): boolean {
    return this.isIndexable || this.indexRanges.length > 0;
  }

  #compilePage(): PageQuery {
    const { where, kind, orderBy, identity } = this;
    checkOrder(orderBy);
    return { where, order: sortKeys(kind, orderBy), identity };
  }
}
