import DataLoader from 'dataloader';
import type { BoardState } from '../domain/boards/state.ts';
import {
  type Change,
  type ChangeParent,
  changePageQuery,
  changeSource,
} from '../domain/change-log.ts';
import type { JsonProjection } from '../domain/items/read/json-projection.ts';
import type { CompiledItemQuery, ItemParent } from '../domain/items/read/query.ts';
import {
  type FullItem,
  type ItemIncludes,
  type ItemJson,
  readItems,
} from '../domain/items/read/rows.ts';
import { countItems, readItemPages } from '../domain/items/scan/choose.ts';
import type { Agent, Board, Column, Contact, Item } from '../generated/prisma/client.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import { countRows, type Page, type PageArgs, readPages } from '../sql/page.ts';
import { inOrder, type SharedLoaders } from './shared-loaders.ts';

const maxBatchSize = 1000;

type RowLoader<Row> = DataLoader<string, Row | undefined>;

/** A batch of rows by id. */
const byId = <Row extends { id: string }>(read: (ids: string[]) => Promise<Row[]>) =>
  new DataLoader<string, Row | undefined>(
    async (ids) => inOrder(await read([...ids]), ids, ({ id }) => id),
    { maxBatchSize },
  );

interface Loading {
  db: PrismaClient;
  /** What pages and counts are asked by: in turns with other requests. */
  reads: Reader;
  workspaceId: string;
  shared: SharedLoaders;
}

/**
 * The batches of one request: each is one statement for all that was asked for at the same depth. One set for
 * each request, for a loader's memory must never outlive the caller that it was filled for; each is made when it is
 * first needed.
 */
export class Loaders {
  readonly #db: PrismaClient;
  readonly #reads: Reader;
  readonly #workspaceId: string;
  readonly #shared: SharedLoaders;
  #agent: RowLoader<Agent> | undefined;
  #contact: RowLoader<Contact> | undefined;
  #board: RowLoader<Board> | undefined;
  #column: RowLoader<Column> | undefined;
  #item: RowLoader<FullItem> | undefined;
  #items: ReturnType<typeof itemLoaders> | undefined;
  #changes: ReturnType<typeof changeLoaders> | undefined;
  #boardStates: Map<string, Promise<BoardState | undefined>> | undefined;

  constructor({ db, reads, workspaceId, shared }: Loading) {
    this.#db = db;
    this.#reads = reads;
    this.#workspaceId = workspaceId;
    this.#shared = shared;
  }

  get agent(): RowLoader<Agent> {
    this.#agent ??= byId((ids) => this.#db.agent.findMany({ where: this.#where(ids) }));
    return this.#agent;
  }

  get contact(): RowLoader<Contact> {
    this.#contact ??= byId((ids) => this.#db.contact.findMany({ where: this.#where(ids) }));
    return this.#contact;
  }

  get board(): RowLoader<Board> {
    this.#board ??= byId((ids) => this.#db.board.findMany({ where: this.#where(ids) }));
    return this.#board;
  }

  get column(): RowLoader<Column> {
    this.#column ??= byId((ids) => this.#db.column.findMany({ where: this.#where(ids) }));
    return this.#column;
  }

  get item(): RowLoader<FullItem> {
    this.#item ??= byId((ids) => readItems(this.#reads, this.#workspaceId, ids));
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

  /** A row that a foreign key promises. */
  async existing<Name extends 'agent' | 'board' | 'column'>(name: Name, id: string) {
    const row = await this[name].load(id);
    if (row === undefined) throw new Error(`${name} ${id} is referred to and missing`);
    return row as Exclude<Awaited<ReturnType<this[Name]['load']>>, undefined>;
  }

  /** A board as it is at one moment of the request, always the same one; undefined where there is none. */
  boardState(boardId: string): Promise<BoardState | undefined> {
    this.#boardStates ??= new Map();
    return remember(this.#boardStates, boardId, () =>
      this.#shared.boardState(this.#workspaceId, boardId),
    );
  }

  /** The columns of a board in its order, with their counts; empty for a board that is not there. */
  async columnsOf(boardId: string): Promise<Column[]> {
    return (await this.boardState(boardId))?.columns ?? [];
  }

  /** An item as a text of that shape. */
  itemText(
    id: string,
    fetched: ItemIncludes & { shape: JsonProjection },
  ): Promise<ItemJson | undefined> {
    return this.#shared.itemText(fetched)(this.#workspaceId, id);
  }

  #where(ids: string[]) {
    return { workspaceId: this.#workspaceId, id: { in: ids } };
  }
}

/** Pages of the change log: one statement for all boards, or all items, whose log is read from the same end. */
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
      const isOfOne = parent.subjectId !== undefined;
      const name = JSON.stringify([cursorParent(parent, args), isOfOne, isNewestFirst, args]);
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

/** The part of a loader's name that parts pages by parent: a cursor belongs to one parent. */
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
      // The order does not matter where nothing is filtered: all such queries share one count.
      const name = JSON.stringify([query.isEmpty ? query.kind : query.identity, atMost]);
      const read = (parents: readonly ItemParent[]) => countItems(scan, parents, { query, atMost });
      const count = () => remember(counts, name, () => new DataLoader(read, options)).load(parent);
      if (atMost !== undefined || !('boardId' in parent)) return count();
      const { revision } = (await boardState(parent.boardId)) ?? {};
      return shared.counts.get([workspaceId, keyOfParent(parent), String(revision), name], count);
    },
  };
}

function remember<Name, Value>(cache: Map<Name, Value>, name: Name, create: () => Value): Value {
  const value = cache.get(name) ?? create();
  cache.set(name, value);
  return value;
}
