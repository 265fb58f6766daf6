import DataLoader from 'dataloader';
import type { BoardState } from '../domain/boards/state.ts';
import {
  type Change,
  type ChangeParent,
  changePageQuery,
  changeSource,
} from '../domain/change-log.ts';
import type { JsonProjection } from '../domain/items/read/json-projection.ts';
import { type ItemParent, type ItemQuery, itemPageQuery } from '../domain/items/read/query.ts';
import {
  type FullItem,
  type ItemIncludes,
  type ItemJson,
  readItems,
} from '../domain/items/read/rows.ts';
import { itemSource } from '../domain/items/read/source.ts';
import {
  countLarge,
  isPlainPage,
  type LargeBoardQuery,
  readLargePage,
  thresholds,
} from '../domain/items/scan/strategy.ts';
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
    this.#items ??= itemLoaders(this, {
      db: this.#reads,
      workspaceId: this.#workspaceId,
      counts: this.#shared.counts,
      strategies: this.#shared.strategies,
      recentBoardState: this.#shared.recentBoardState,
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
      const name = JSON.stringify([whoseCursor(parent, args), isOfOne, isNewestFirst, args]);
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

/** Who has a cursor reads below one parent only. */
const whoseCursor = (parent: ItemParent | ChangeParent, { after, before }: PageArgs) =>
  after == null && before == null ? null : parent;

const keyOfParent = (parent: ItemParent | ChangeParent): string => JSON.stringify(parent);

interface ItemLoading extends Pick<SharedLoaders, 'counts' | 'strategies' | 'recentBoardState'> {
  db: Reader;
  workspaceId: string;
}

/** Pages and counts of items: one statement for all parents that ask the same. */
function itemLoaders(
  loaders: Loaders,
  { db, workspaceId, counts: countCache, strategies, recentBoardState }: ItemLoading,
) {
  const pages = new Map<string, DataLoader<ItemParent, Page<Item>, string>>();
  const counts = new Map<string, DataLoader<ItemParent, number, string>>();
  const options = { cacheKeyFn: keyOfParent, maxBatchSize };
  const recent = async (boardId: string): Promise<Column[]> =>
    (await recentBoardState(workspaceId, boardId))?.columns ?? [];
  /** The question as one to a big board or column, where it is one. */
  const asBig = async (
    parent: ItemParent,
    query: ItemQuery,
  ): Promise<LargeBoardQuery | undefined> => {
    if (!('boardId' in parent)) return undefined;
    const columns = (await recent(parent.boardId)).filter(
      ({ id }) => parent.kind === 'board' || parent.columnId === id,
    );
    const itemsCount = columns.reduce((sum, column) => sum + column.itemsCount, 0);
    return itemsCount > thresholds.bigParent
      ? { db, workspaceId, parent, itemsCount, query, strategies }
      : undefined;
  };
  /** Answers of big places, one by one, and of all others by one statement; in the order of the parents. */
  async function answerEach<Answer>(
    [parents, query]: readonly [readonly ItemParent[], ItemQuery],
    ofBig: (big: LargeBoardQuery) => Promise<Answer>,
    ofOthers: (others: readonly ItemParent[]) => Promise<Answer[]>,
  ): Promise<Answer[]> {
    const bigs = await Promise.all(parents.map((parent) => asBig(parent, query)));
    const others = parents.filter((_, n) => bigs[n] === undefined);
    const answers = others.length === 0 ? [] : await ofOthers(others);
    let next = 0;
    return Promise.all(
      bigs.map((big) => (big === undefined ? (answers[next++] as Answer) : ofBig(big))),
    );
  }
  return {
    page(parent: ItemParent, query: ItemQuery, args: PageArgs & ItemIncludes): Promise<Page<Item>> {
      const readAll = async (parents: readonly ItemParent[]) =>
        readPages(db, itemSource(workspaceId, parents, args), {
          ...itemPageQuery(parent.kind, query),
          ...args,
        });
      const read = async (parents: readonly ItemParent[]) =>
        isPlainPage(parent.kind, query, args)
          ? readAll(parents)
          : answerEach([parents, query], (big) => readLargePage(big, args), readAll);
      const name = JSON.stringify([whoseCursor(parent, args), parent.kind, query, args]);
      return remember(pages, name, () => new DataLoader(read, options)).load(parent);
    },
    /** Exact counts of a board's items are remembered with its revision; bounded ones are cheap. */
    async count(parent: ItemParent, query: ItemQuery, atMost?: number): Promise<number> {
      const load = async (parents: readonly ItemParent[]) =>
        answerEach(
          [parents, query],
          (big) => countLarge(big, atMost),
          (others) =>
            countRows(db, itemSource(workspaceId, others), {
              ...itemPageQuery(parent.kind, query),
              atMost,
            }),
        );
      const name = JSON.stringify([parent.kind, query, atMost]);
      const count = () => remember(counts, name, () => new DataLoader(load, options)).load(parent);
      if (atMost !== undefined || !('boardId' in parent)) return count();
      const { revision } = (await loaders.boardState(parent.boardId)) ?? {};
      return countCache.get([workspaceId, keyOfParent(parent), String(revision), name], count);
    },
  };
}

function remember<Name, Value>(known: Map<Name, Value>, name: Name, make: () => Value): Value {
  const value = known.get(name) ?? make();
  known.set(name, value);
  return value;
}
