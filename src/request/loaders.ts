import DataLoader from 'dataloader';
import type { KeyRow } from '../auth/api-keys.ts';
import type { BoardState } from '../domain/boards/state.ts';
import { contactsLog } from '../domain/contacts/contact-log.ts';
import { mergedIdsOf, readContacts } from '../domain/contacts/merged.ts';
import { readRevisionRanges } from '../domain/feed/revision-range.ts';
import type { FeedEnd } from '../domain/feed/workspace-feed.ts';
import type { JsonProjection } from '../domain/items/read/json-projection.ts';
import {
  type FullItem,
  type ItemIncludes,
  type ItemJson,
  readItems,
  readItemsAsJson,
} from '../domain/items/read/rows.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import type {
  Agent,
  Board,
  Column,
  Contact,
  Webhook,
  Workspace,
} from '../generated/prisma/client.ts';
import type { Reads } from '../limits/read-limiter.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { changeLoaders, itemLoaders, maxBatchSize, remember } from './page-loaders.ts';
import { inOrder, type SharedLoaders } from './shared-loaders.ts';

type RowLoader<Row> = DataLoader<string, Row | undefined>;

interface Loading {
  db: PrismaClient;
  /** Runs the statements of pages and counts, under the limits of reads. */
  reads: Reads;
  workspaceId: string;
  shared: SharedLoaders;
  /** True for the events of streams: those that one commit wakes read its items in one statement. */
  sharesItems?: boolean;
}

/** Single items of a request that are read together with those of others. The rest waits for its turns. */
const sharedItems = 3;

/** Agents are not deleted. */
const deletedCodes: Partial<Record<string, ErrorCode>> = {
  board: 'BOARD_NOT_FOUND',
  column: 'COLUMN_NOT_FOUND',
};

/**
 * The DataLoaders of one request: each reads in one statement what the fields of one depth need. A request has its own,
 * as their caches hold rows of its caller; each is created on first use.
 */
export class Loaders {
  readonly #db: PrismaClient;
  readonly #reads: Reads;
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
  #workspace: Promise<Workspace> | undefined;
  #feedEnd: Promise<FeedEnd> | undefined;
  #contactsRevision: Promise<number> | undefined;
  #itemsAsJson = 0;
  #boardStates: Map<string, Promise<BoardState | undefined>> | undefined;

  constructor({ db, reads, workspaceId, shared, sharesItems = false }: Loading) {
    this.#db = db;
    this.#reads = reads;
    this.#workspaceId = workspaceId;
    this.#shared = shared;
    this.#sharesItems = sharesItems;
  }

  get agent(): RowLoader<Agent> {
    this.#agent ??= this.#byId((ids) => this.#db.agent.findMany({ where: this.#where(ids) }));
    return this.#agent;
  }

  /** Contacts, also by the ids of those that were merged into them. */
  get contact(): RowLoader<Contact> {
    this.#contact ??= new DataLoader(
      (ids) => this.#reads.run(() => readContacts(this.#db, this.#workspaceId, ids)),
      { maxBatchSize },
    );
    return this.#contact;
  }

  /** The ids that were merged into a contact. */
  get mergedIds(): DataLoader<string, string[]> {
    this.#mergedIds ??= new DataLoader(
      (ids) => this.#reads.run(() => mergedIdsOf(this.#db, this.#workspaceId, ids)),
      { maxBatchSize },
    );
    return this.#mergedIds;
  }

  get board(): RowLoader<Board> {
    this.#board ??= this.#byId((ids) => this.#db.board.findMany({ where: this.#where(ids) }));
    return this.#board;
  }

  get column(): RowLoader<Column> {
    this.#column ??= this.#byId((ids) => this.#db.column.findMany({ where: this.#where(ids) }));
    return this.#column;
  }

  get webhook(): RowLoader<Webhook> {
    this.#webhook ??= this.#byId((ids) => this.#db.webhook.findMany({ where: this.#where(ids) }));
    return this.#webhook;
  }

  get apiKey(): RowLoader<KeyRow> {
    this.#apiKey ??= this.#byId((ids) =>
      this.#db.apiKey.findMany({ where: this.#where(ids), omit: { hash: true } }),
    );
    return this.#apiKey;
  }

  get item(): RowLoader<FullItem> {
    this.#item ??= this.#sharesItems
      ? new DataLoader((ids) =>
          Promise.all(ids.map((id) => this.#shared.item(this.#workspaceId, id))),
        )
      : new DataLoader(
          async (ids) =>
            inOrder(await readItems(this.#reads, this.#workspaceId, ids), ids, ({ id }) => id),
          { maxBatchSize },
        );
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

  /**
   * A row that a foreign key guarantees to exist. Only a reference that was read before can be to a deleted one: that of
   * an item that changes meanwhile, or of the result of an earlier write, which its key returns again.
   */
  async existing<Name extends 'agent' | 'board' | 'column'>(name: Name, id: string) {
    const row = await this[name].load(id);
    if (row === undefined) {
      const code = deletedCodes[name];
      throw code === undefined
        ? new Error(`${name} ${id} does not exist, but a foreign key refers to it`)
        : new ApiError(code, `The ${name} '${id}' has been deleted meanwhile.`);
    }
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

  /** The workspace of the caller, read once in a request. */
  workspace(): Promise<Workspace> {
    this.#workspace ??= this.#reads.run(() =>
      this.#db.workspace.findUniqueOrThrow({ where: { id: this.#workspaceId } }),
    );
    return this.#workspace;
  }

  /** The end of the workspace's feed, read once in a request. */
  feedEnd(): Promise<FeedEnd> {
    this.#feedEnd ??= this.#shared.feedEnd(this.#workspaceId);
    return this.#feedEnd;
  }

  /** The newest revision of the log of contacts, read once in a request. */
  contactsRevision(): Promise<number> {
    this.#contactsRevision ??= readRevisionRanges(this.#reads, this.#workspaceId, [
      [contactsLog],
    ]).then((ranges) => ranges.get(contactsLog)?.newest ?? 0);
    return this.#contactsRevision;
  }

  /** An item as JSON text. */
  itemJson(
    id: string,
    includes: ItemIncludes & { shape: JsonProjection },
  ): Promise<ItemJson | undefined> {
    this.#itemsAsJson += 1;
    if (this.#itemsAsJson > sharedItems)
      return this.#reads.list(async () => {
        const ids = [id];
        const { primary } = this.#reads;
        return (await readItemsAsJson(primary, this.#workspaceId, { ...includes, ids }))[0];
      });
    return this.#shared.itemJson(includes)(this.#workspaceId, id);
  }

  /** Loads rows by id, in batches, under the limits of reads. */
  #byId<Row extends { id: string }>(read: (ids: string[]) => Promise<Row[]>) {
    return new DataLoader<string, Row | undefined>(
      async (ids) => {
        const rows = await this.#reads.run(() => read([...ids]));
        return inOrder(rows, ids, ({ id }) => id);
      },
      { maxBatchSize },
    );
  }

  #where(ids: string[]) {
    return { workspaceId: this.#workspaceId, id: { in: ids } };
  }
}
