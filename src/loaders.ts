import DataLoader from 'dataloader';
import type { PrismaClient } from './database/open.ts';
import type { Agent, Board, Column, Contact, Item } from './generated/prisma/client.ts';
import { care, type PlaceInBoard, readBigPage } from './items/big-page.ts';
import {
  type FullItem,
  type ItemParent,
  type ItemQuery,
  isWhole,
  itemQuestion,
  itemSource,
  readItems,
  type With,
} from './items/item.ts';
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
  /** What came with items is known to the loaders: nobody asks for it again. */
  const remembered = (items: FullItem[]): FullItem[] => {
    for (const { contact, createdBy } of items) {
      if (contact) rows.contact.prime(contact.id, contact);
      if (createdBy) rows.agent.prime(createdBy.id, createdBy);
    }
    return items;
  };
  const rows = {
    agent: byId<Agent>((ids) => db.agent.findMany({ where: where(ids) })),
    contact: byId<Contact>((ids) => db.contact.findMany({ where: where(ids) })),
    board: byId<Board>((ids) => db.board.findMany({ where: where(ids) })),
    column: byId<Column>((ids) => db.column.findMany({ where: where(ids) })),
    item: byId<Item>(async (ids) => remembered(await readItems(db, workspaceId, ids))),
  };
  /** The columns of a board in its order, with their counts; empty for a board that is not there. */
  const columnsOf = new DataLoader<string, Column[]>(
    async (boardIds) => {
      const columns = await db.column.findMany({
        where: { workspaceId, boardId: { in: [...boardIds] } },
        orderBy: [{ position: 'asc' }, { id: 'asc' }],
      });
      const byBoard = new Map(boardIds.map((id) => [id, [] as Column[]]));
      for (const column of columns) byBoard.get(column.boardId)?.push(column);
      return boardIds.map((id) => byBoard.get(id) ?? []);
    },
    { maxBatchSize },
  );
  return {
    ...rows,
    /** A row that a foreign key promises. */
    async existing<Name extends keyof typeof rows>(name: Name, id: string) {
      const row = await rows[name].load(id);
      if (row === undefined) throw new Error(`${name} ${id} is referred to and missing`);
      return row as Exclude<Awaited<ReturnType<(typeof rows)[Name]['load']>>, undefined>;
    },
    columnsOf,
    ...itemLoaders({ db, workspaceId, totals, columnsOf, remembered, board: rows.board }),
  };
}

const keyOfParent = (parent: ItemParent): string => JSON.stringify(parent);

interface ItemLoading {
  db: PrismaClient;
  workspaceId: string;
  totals: Totals;
  columnsOf: DataLoader<string, Column[]>;
  remembered: (items: FullItem[]) => FullItem[];
  board: DataLoader<string, Board | undefined>;
}

/** Pages and counts of items: one statement for all parents that ask the same. */
function itemLoaders({ db, workspaceId, totals, columnsOf, remembered, board }: ItemLoading) {
  const pages = new Map<string, DataLoader<ItemParent, Page<Item>, string>>();
  const counts = new Map<string, DataLoader<ItemParent, number, string>>();
  const options = { cacheKeyFn: keyOfParent, maxBatchSize };
  const isBig = async (place: PlaceInBoard) => {
    const columns = (await columnsOf.load(place.boardId)).filter(
      ({ id }) => place.kind === 'board' || place.columnId === id,
    );
    return columns.reduce((sum, { itemsCount }) => sum + itemsCount, 0) > care.bigParent;
  };
  return {
    itemPage(parent: ItemParent, query: ItemQuery, args: PageArgs & With): Promise<Page<Item>> {
      const isPlain = isWhole(query) && !query.orderBy?.some(({ value }) => value != null);
      const read = async (parents: readonly ItemParent[]) => {
        const [place, another] = parents;
        if (!isPlain && place && 'boardId' in place && !another && (await isBig(place))) {
          return [
            await readBigPage({ db, workspaceId, parent: place, query, args, fetched: args }),
          ];
        }
        const question = itemQuestion(parent.kind, query);
        return readPages(db, itemSource(workspaceId, parents, args), { ...question, ...args });
      };
      const load = async (parents: readonly ItemParent[]) => {
        const found = await read(parents);
        for (const { nodes } of found) remembered(nodes);
        return found;
      };
      const name = JSON.stringify([parent.kind, query, args]);
      return remember(pages, name, () => new DataLoader(load, options)).load(parent);
    },
    /** Exact totals of a board's items are remembered with its revision; bounded ones are cheap. */
    async itemCount(parent: ItemParent, query: ItemQuery, atMost?: number): Promise<number> {
      const load = (parents: readonly ItemParent[]) =>
        countRows(db, itemSource(workspaceId, parents), {
          ...itemQuestion(parent.kind, query),
          atMost,
        });
      const name = JSON.stringify([parent.kind, query, atMost]);
      const count = () => remember(counts, name, () => new DataLoader(load, options)).load(parent);
      if (atMost !== undefined || !('boardId' in parent)) return count();
      const { revision } = (await board.load(parent.boardId)) ?? {};
      return totals.at([workspaceId, keyOfParent(parent), String(revision), name], count);
    },
  };
}

function remember<Value>(known: Map<string, Value>, name: string, make: () => Value): Value {
  const value = known.get(name) ?? make();
  known.set(name, value);
  return value;
}
