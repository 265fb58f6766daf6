import DataLoader from 'dataloader';
import type { PrismaClient } from './database/open.ts';
import type { Agent, Board, Column, Contact, Item } from './generated/prisma/client.ts';
import { type BigQuestion, care, countBig, isPlainPage, readBigPage } from './items/big-page.ts';
import { type BoardState, readBoardStates } from './items/board-state.ts';
import { type Change, type ChangeParent, changeQuestion, changeSource } from './items/change.ts';
import { decodeCursor, encodeCursor } from './items/cursor.ts';
import {
  type FullItem,
  type ItemParent,
  type ItemQuery,
  type ItemText,
  itemQuestion,
  itemSource,
  readItems,
  readItemTexts,
  type With,
} from './items/item.ts';
import type { Shape } from './items/item-text.ts';
import { countRows, type Page, type PageArgs, readPages } from './items/page.ts';
import type { Totals } from './items/totals.ts';

const maxBatchSize = 1000;

/** The answers in the order of the keys that were asked for; undefined where there is none. */
function inOrder<Row>(rows: readonly Row[], keys: readonly string[], keyOf: (row: Row) => string) {
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => found.get(key));
}

/** A batch of rows by id. */
const byId = <Row extends { id: string }>(read: (ids: string[]) => Promise<Row[]>) =>
  new DataLoader<string, Row | undefined>(
    async (ids) => inOrder(await read([...ids]), ids, ({ id }) => id),
    { maxBatchSize },
  );

export type Loaders = ReturnType<typeof createLoaders>;

/**
 * The batches of one request: each is one statement for all that was asked for at the same depth. One set for
 * each request, for a loader's memory must never outlive the caller that it was filled for.
 */
export function createLoaders(db: PrismaClient, workspaceId: string, totals: Totals) {
  const where = (ids: string[]) => ({ workspaceId, id: { in: ids } });
  const rows = {
    agent: byId<Agent>((ids) => db.agent.findMany({ where: where(ids) })),
    contact: byId<Contact>((ids) => db.contact.findMany({ where: where(ids) })),
    board: byId<Board>((ids) => db.board.findMany({ where: where(ids) })),
    column: byId<Column>((ids) => db.column.findMany({ where: where(ids) })),
    item: byId<FullItem>((ids) => readItems(db, workspaceId, ids)),
  };
  const boardState = new DataLoader<string, BoardState | undefined>(
    async (ids) =>
      inOrder(await readBoardStates(db, workspaceId, ids), ids, ({ boardId }) => boardId),
    { maxBatchSize },
  );
  /** The columns of a board in its order, with their counts; empty for a board that is not there. */
  const columnsOf = async (boardId: string): Promise<Column[]> =>
    (await boardState.load(boardId))?.columns ?? [];
  return {
    ...rows,
    /** A row that a foreign key promises. */
    async existing<Name extends keyof typeof rows>(name: Name, id: string) {
      const row = await rows[name].load(id);
      if (row === undefined) throw new Error(`${name} ${id} is referred to and missing`);
      return row as Exclude<Awaited<ReturnType<(typeof rows)[Name]['load']>>, undefined>;
    },
    boardState,
    columnsOf,
    ...changeLoaders(db, workspaceId),
    ...itemLoaders({ db, workspaceId, totals, columnsOf, boardState }),
  };
}

/** Pages of the change log: one statement for all boards, or all items, whose log is read from the same end. */
function changeLoaders(db: PrismaClient, workspaceId: string) {
  const pages = new Map<string, DataLoader<ChangeParent, Page<Change>, string>>();
  return {
    changePage(
      parent: ChangeParent,
      isNewestFirst: boolean,
      args: PageArgs,
    ): Promise<Page<Change>> {
      const question = changeQuestion(parent, isNewestFirst);
      const read = async (parents: readonly ChangeParent[]) => {
        const found = await readPages(db, changeSource(workspaceId, parents), {
          ...question,
          ...args,
        });
        // Each log's cursors are its own.
        return found.map((page, at) => {
          const { identity } = changeQuestion(parents[at] ?? parent, isNewestFirst);
          const cursor = (n: number) =>
            encodeCursor(identity, decodeCursor(question.identity, page.cursor(n)));
          return { ...page, cursor };
        });
      };
      // Who has a cursor reads one log only.
      const isOne = args.after != null || args.before != null;
      const name = JSON.stringify([isOne && parent, parent.itemId == null, isNewestFirst, args]);
      const options = { cacheKeyFn: keyOfParent, maxBatchSize };
      return remember(pages, name, () => new DataLoader(read, options)).load(parent);
    },
  };
}

const keyOfParent = (parent: ItemParent | ChangeParent): string => JSON.stringify(parent);

interface ItemLoading {
  db: PrismaClient;
  workspaceId: string;
  totals: Totals;
  columnsOf: (boardId: string) => Promise<Column[]>;
  boardState: DataLoader<string, BoardState | undefined>;
}

/** Pages and counts of items: one statement for all parents that ask the same. */
function itemLoaders({ db, workspaceId, totals, columnsOf, boardState }: ItemLoading) {
  const pages = new Map<string, DataLoader<ItemParent, Page<Item>, string>>();
  const counts = new Map<string, DataLoader<ItemParent, number, string>>();
  const texts = new Map<Shape, DataLoader<string, ItemText | undefined>>();
  const options = { cacheKeyFn: keyOfParent, maxBatchSize };
  /** The question as one to a big board or column, where it is one. */
  const asBig = async (parent: ItemParent, query: ItemQuery): Promise<BigQuestion | undefined> => {
    if (!('boardId' in parent)) return undefined;
    const columns = (await columnsOf(parent.boardId)).filter(
      ({ id }) => parent.kind === 'board' || parent.columnId === id,
    );
    const itemsCount = columns.reduce((sum, column) => sum + column.itemsCount, 0);
    return itemsCount > care.bigParent ? { db, workspaceId, parent, itemsCount, query } : undefined;
  };
  /** Answers of big places, one by one, and of all others by one statement; in the order of the parents. */
  async function answerEach<Answer>(
    [parents, query]: readonly [readonly ItemParent[], ItemQuery],
    ofBig: (big: BigQuestion) => Promise<Answer>,
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
    /** An item as a text of that shape. */
    itemText(id: string, fetched: With & { shape: Shape }): Promise<ItemText | undefined> {
      const make = () => byId((ids) => readItemTexts(db, workspaceId, { ...fetched, ids }));
      return remember(texts, fetched.shape, make).load(id);
    },
    itemPage(parent: ItemParent, query: ItemQuery, args: PageArgs & With): Promise<Page<Item>> {
      const readAll = async (parents: readonly ItemParent[]) =>
        readPages(db, itemSource(workspaceId, parents, args), {
          ...itemQuestion(parent.kind, query),
          ...args,
        });
      const read = async (parents: readonly ItemParent[]) =>
        isPlainPage(parent.kind, query, args)
          ? readAll(parents)
          : answerEach([parents, query], (big) => readBigPage(big, args), readAll);
      const name = JSON.stringify([parent.kind, query, args]);
      return remember(pages, name, () => new DataLoader(read, options)).load(parent);
    },
    /** Exact totals of a board's items are remembered with its revision; bounded ones are cheap. */
    async itemCount(parent: ItemParent, query: ItemQuery, atMost?: number): Promise<number> {
      const load = async (parents: readonly ItemParent[]) =>
        answerEach(
          [parents, query],
          (big) => countBig(big, atMost),
          (others) =>
            countRows(db, itemSource(workspaceId, others), {
              ...itemQuestion(parent.kind, query),
              atMost,
            }),
        );
      const name = JSON.stringify([parent.kind, query, atMost]);
      const count = () => remember(counts, name, () => new DataLoader(load, options)).load(parent);
      if (atMost !== undefined || !('boardId' in parent)) return count();
      const { revision } = (await boardState.load(parent.boardId)) ?? {};
      return totals.at([workspaceId, keyOfParent(parent), String(revision), name], count);
    },
  };
}

function remember<Name, Value>(known: Map<Name, Value>, name: Name, make: () => Value): Value {
  const value = known.get(name) ?? make();
  known.set(name, value);
  return value;
}
