import DataLoader from 'dataloader';
import type { KeyRow } from '../auth/api-keys.ts';
import type { BoardState } from '../domain/boards/state.ts';
import {
  type Change,
  type ChangeParent,
  changePageQuery,
  changeSource,
} from '../domain/change-log.ts';
import { mergedIdsOf, readContacts } from '../domain/contacts/merged.ts';
import type { JsonProjection } from '../domain/items/read/json-projection.ts';
import type { CompiledItemQuery, ItemParent } from '../domain/items/read/query.ts';
import {
  type FullItem,
  type ItemIncludes,
  type ItemJson,
  readItems,
} from '../domain/items/read/rows.ts';
import { countItems, readItemPages } from '../domain/items/scan/choose.ts';
import type { Agent, Board, Column, Contact, Item, Webhook } from '../generated/prisma/client.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import { countRows, type Page, type PageArgs, readPages } from '../sql/page.ts';
import { inOrder, type SharedLoaders } from './shared-loaders.ts';

const maxBatchSize = 1000;

type RowLoader<Row> = DataLoader<string, Row | undefined>;

/** Loads rows by id, in batches. */
const byId = <Row extends { id: string }>(read: (ids: string[]) => Promise<Row[]>) =>
  new DataLoader<string, Row | undefined>(
    async (ids) => inOrder(await read([...ids]), ids, ({ id }) => id),
    { maxBatchSize },
  );

interface Loading {
  db: PrismaClient;
  /** Runs the statements of pages and counts, under the limits of reads. */
  reads: Reader;
  workspaceId: string;
  shared: SharedLoaders;
  /** True for the events of streams: those that one commit wakes read its items in one statement. */
  sharesItems?: boolean;
}

/**
 * The DataLoaders of one request: each reads in one statement what the fields of one depth need. A request has its own,
 * as their caches hold rows of its caller; each is created on first use.
 */
export class Loaders {
  readonly #db: PrismaClient;
  readonly #reads: Reader;
  readonly #workspaceId: string;
  readonly #shared: SharedLoaders;
  readonly #sharesItems: boolean;
  #agent: RowLoader<Agent> | undefined;
  #contact: RowLoader<Contact> | undefined;
  #mergedIds: DataLoader<string, string[]> | undefined;
  #board: RowLoader<Board> | undefined;
  #column: RowLoader<Column> | undefined;
  #item: RowLoader<FullItem> | undefined;
  #items: ReturnType<typeof itemLoaders> | undefined;
  #webhook: RowLoader<Webhook> | undefined;
  #apiKey: RowLoader<KeyRow> | undefined;
  #changes: ReturnType<typeof changeLoaders> | undefined;
  #boardStates: Map<string, Promise<BoardState | undefined>> | undefined;

  constructor({ db, reads, workspaceId, shared, sharesItems = false }: Loading) {
    this.#db = db;
    this.#reads = reads;
    this.#workspaceId = workspaceId;
    this.#shared = shared;
    this.#sharesItems = sharesItems;
  }

  get agent(): RowLoader<Agent> {
    this.#agent ??= byId((ids) => this.#db.agent.findMany({ where: this.#where(ids) }));
    return this.#agent;
  }

  /** Contacts, also by the ids of those that were merged into them. */
  get contact(): RowLoader<Contact> {
    this.#contact ??= new DataLoader((ids) => readContacts(this.#db, this.#workspaceId, ids), {
      maxBatchSize,
    });
    return this.#contact;
  }

  /** The ids that were merged into a contact. */
  get mergedIds(): DataLoader<string, string[]> {
    this.#mergedIds ??= new DataLoader((ids) => mergedIdsOf(this.#db, this.#workspaceId, ids), {
      maxBatchSize,
    });
    return this.#mergedIds;
  }

  get board(): RowLoader<Board> {
    this.#board ??= byId((ids) => this.#db.board.findMany({ where: this.#where(ids) }));
    return this.#board;
  }

  get column(): RowLoader<Column> {
    this.#column ??= byId((ids) => this.#db.column.findMany({ where: this.#where(ids) }));
    return this.#column;
  }

  get webhook(): RowLoader<Webhook> {
    this.#webhook ??= byId((ids) => this.#db.webhook.findMany({ where: this.#where(ids) }));
    return this.#webhook;
  }

  get apiKey(): RowLoader<KeyRow> {
    this.#apiKey ??= byId((ids) =>
      this.#db.apiKey.findMany({ where: this.#where(ids), omit: { hash: true } }),
    );
    return this.#apiKey;
  }

  get item(): RowLoader<FullItem> {
    this.#item ??= this.#sharesItems
      ? new DataLoader((ids) =>
          Promise.all(ids.map((id) => this.#shared.item(this.#workspaceId, id))),
        )
      : byId((ids) => readItems(this.#reads, this.#workspaceId, ids));
    return this.#item;
  }

  /** Pages and counts of items. */
  get items(): ReturnType<typeof itemLoaders> {
    this.#items ??= itemLoaders((boardId) => this.boardState(boardId), {
      db: this.#reads,
      workspaceId: this.#workspaceId,
      shared: this.#shared,
    });
    return this.#items;
  }

  /** Pages of the change log. */
  get changes(): ReturnType<typeof changeLoaders> {
    this.#changes ??= changeLoaders(this.#reads, this.#workspaceId);
    return this.#changes;
  }

  /** A row that a foreign key guarantees to exist. */
  async existing<Name extends 'agent' | 'board' | 'column'>(name: Name, id: string) {
    const row = await this[name].load(id);
    if (row === undefined)
      throw new Error(`${name} ${id} does not exist, but a foreign key refers to it`);
    return row as Exclude<Awaited<ReturnType<this[Name]['load']>>, undefined>;
  }

  /** The state of a board, read once in a request; undefined for a board that does not exist. */
  boardState(boardId: string): Promise<BoardState | undefined> {
    this.#boardStates ??= new Map();
    return remember(this.#boardStates, boardId, () =>
      this.#shared.boardState(this.#workspaceId, boardId),
    );
  }

  /** The columns of a board in its order, with their counts; empty for a board that does not exist. */
  async columnsOf(boardId: string): Promise<Column[]> {
    return (await this.boardState(boardId))?.columns ?? [];
  }

  /** An item as JSON text. */
  itemJson(
    id: string,
    includes: ItemIncludes & { shape: JsonProjection },
  ): Promise<ItemJson | undefined> {
    return this.#shared.itemJson(includes)(this.#workspaceId, id);
  }

  #where(ids: string[]) {
    return { workspaceId: this.#workspaceId, id: { in: ids } };
  }
}

/** Pages of the change log: one batch for all boards, or all items, with the same order and arguments. */
function changeLoaders(db: Reader, workspaceId: string) {
  const pages = new Map<string, DataLoader<ChangeParent, Page<Change>, string>>();
  const counts = new Map<string, DataLoader<ChangeParent, number, string>>();
  const options = { cacheKeyFn: keyOfParent, maxBatchSize };
  return {
    page(parent: ChangeParent, isNewestFirst: boolean, args: PageArgs): Promise<Page<Change>> {
      const read = (parents: readonly ChangeParent[]) =>
        readPages(db, changeSource(workspaceId, parents), {
          ...changePageQuery(isNewestFirst),
          ...args,
        });
      const isOfSubject = parent.subjectId !== undefined;
      const name = JSON.stringify([cursorParent(parent, args), isOfSubject, isNewestFirst, args]);
      return remember(pages, name, () => new DataLoader(read, options)).load(parent);
    },
    count(parent: ChangeParent, atMost?: number): Promise<number> {
      const count = (parents: readonly ChangeParent[]) =>
        countRows(db, changeSource(workspaceId, parents), { where: [], atMost });
      const name = JSON.stringify([parent.subjectId !== undefined, atMost]);
      return remember(counts, name, () => new DataLoader(count, options)).load(parent);
    },
  };
}

/** The parent that a cursor belongs to; null without a cursor: then all parents can share a loader. */
const cursorParent = (parent: ItemParent | ChangeParent, { after, before }: PageArgs) =>
  after == null && before == null ? null : parent;

const keyOfParent = (parent: ItemParent | ChangeParent): string => JSON.stringify(parent);

/** Pages and counts of items: one batch for all parents with the same query and arguments. */
function itemLoaders(
  boardState: (boardId: string) => Promise<BoardState | undefined>,
  { db, workspaceId, shared }: Pick<Loading, 'workspaceId' | 'shared'> & { db: Reader },
) {
  const pages = new Map<string, DataLoader<ItemParent, Page<Item>, string>>();
  const counts = new Map<string, DataLoader<ItemParent, number, string>>();
  const options = { cacheKeyFn: keyOfParent, maxBatchSize };
  const { thresholds, strategies, recentBoardState } = shared;
  const scan = { db, workspaceId, thresholds, strategies, recentBoardState };
  return {
    page(
      parent: ItemParent,
      query: CompiledItemQuery,
      args: PageArgs & ItemIncludes,
    ): Promise<Page<Item>> {
      const read = (parents: readonly ItemParent[]) =>
        readItemPages(scan, parents, { ...args, query });
      const name = JSON.stringify([query.identity, cursorParent(parent, args), args]);
      return remember(pages, name, () => new DataLoader(read, options)).load(parent);
    },
    /** Exact counts of a board's items are cached with its revision; bounded ones are cheap. */
    async count(parent: ItemParent, query: CompiledItemQuery, atMost?: number): Promise<number> {
      // Queries without a filter share one count, whatever their order.
      const name = JSON.stringify([query.isEmpty ? query.kind : query.identity, atMost]);
      const read = (parents: readonly ItemParent[]) => countItems(scan, parents, { query, atMost });
      const count = () => remember(counts, name, () => new DataLoader(read, options)).load(parent);
      if (atMost !== undefined || !('boardId' in parent)) return count();
      const { revision, etag } = (await boardState(parent.boardId)) ?? {};
      const state = String(query.dependsOnContacts ? etag : revision);
      return shared.counts.get([workspaceId, keyOfParent(parent), state, name], count);
    },
  };
}

function remember<Name, Value>(cache: Map<Name, Value>, name: Name, create: () => Value): Value {
  const value = cache.get(name) ?? create();
  cache.set(name, value);
  return value;
}
