import { ApiError } from '../../errors.ts';
import type { GatewayClient } from './gateway-client.ts';

/** The parts of the documented REST API that an import reads. Other servers may leave out what is optional. */
export interface SourceBoard {
  id: string;
  name: string;
  description?: string | null;
  columns: { id: string; name: string; position: number }[];
  settings?: { allow_delete?: boolean; allow_reorder?: boolean; color?: string };
}

export interface SourceColumn {
  id: string;
  name: string;
  color?: string | null;
  settings?: { wip_limit?: number | null; auto_archive_days?: number | null };
}

export interface SourceContact {
  id: string;
  name: string;
  phone?: string | null;
  email?: string | null;
}

export interface SourceItem {
  id: string;
  title: string;
  column_id: string;
  values?: Record<string, unknown> | null;
  labels?: string[];
  contact?: SourceContact | null;
}

interface List<Row> {
  data: Row[];
  pagination?: { total: number };
  next_cursor?: string | null;
}

/** Rows of a page: the first that the server does not refuse. */
const pageSizes = [500, 100, 50];

/** Reads a server that speaks the documented REST API. */
export class Source {
  readonly #client: GatewayClient;
  #pageSize = 0;

  constructor(client: GatewayClient) {
    this.#client = client;
  }

  get url(): string {
    return this.#client.url;
  }

  async *boards(): AsyncGenerator<{ id: string; name: string }> {
    yield* this.#rows<{ id: string; name: string }>('/boards');
  }

  async board(id: string): Promise<SourceBoard> {
    return (await this.#client.rest<{ data: SourceBoard }>(`/boards/${encodeURIComponent(id)}`))
      .data;
  }

  async column(boardId: string, column: { id: string; name: string }): Promise<SourceColumn> {
    const path = `/boards/${encodeURIComponent(boardId)}/columns/${encodeURIComponent(column.id)}`;
    const found = await this.#optional<{ data: SourceColumn }>(path);
    return found?.data ?? column;
  }

  /** All contacts; undefined where the server has no list of them. */
  async contacts(): Promise<SourceContact[] | undefined> {
    if ((await this.#optional('/contacts?limit=1')) === undefined) return undefined;
    const contacts: SourceContact[] = [];
    for await (const contact of this.#rows<SourceContact>('/contacts')) contacts.push(contact);
    return contacts;
  }

  /** The items of a board in its order. Where a list leaves labels out, each item is read by itself. */
  async *items(boardId: string): AsyncGenerator<SourceItem> {
    const path = `/boards/${encodeURIComponent(boardId)}/items`;
    for await (const item of this.#rows<SourceItem>(path)) {
      if (item.labels !== undefined) yield item;
      else yield await this.item(boardId, item.id);
    }
  }

  async item(boardId: string, id: string): Promise<SourceItem> {
    const path = `/boards/${encodeURIComponent(boardId)}/items/${encodeURIComponent(id)}`;
    return (await this.#client.rest<{ data: SourceItem }>(path)).data;
  }

  /** The rows of a list: by cursor where there is one, otherwise by offset. */
  async *#rows<Row>(path: string): AsyncGenerator<Row> {
    let offset = 0;
    let cursor: string | null | undefined;
    for (;;) {
      const place: string =
        cursor == null ? `offset=${offset}` : `cursor=${encodeURIComponent(cursor)}`;
      const { data, pagination, next_cursor } = await this.#page<Row>(path, place);
      yield* data;
      offset += data.length;
      cursor = next_cursor;
      const isLast =
        next_cursor === undefined
          ? pagination === undefined || offset >= pagination.total
          : next_cursor === null;
      if (data.length === 0 || isLast) return;
    }
  }

  async #page<Row>(path: string, place: string): Promise<List<Row>> {
    for (;;) {
      const limit = pageSizes[this.#pageSize];
      try {
        return await this.#client.rest<List<Row>>(`${path}?limit=${limit}&${place}`);
      } catch (error) {
        const isRefused = error instanceof ApiError && error.code === 'VALIDATION_ERROR';
        const isTooLarge = error instanceof ApiError && error.code === 'QUERY_TOO_LARGE';
        if (!(isRefused || isTooLarge) || this.#pageSize === pageSizes.length - 1) throw error;
        this.#pageSize += 1;
      }
    }
  }

  /** Undefined for what the server does not have. */
  async #optional<Reply>(path: string): Promise<Reply | undefined> {
    try {
      return await this.#client.rest<Reply>(path);
    } catch (error) {
      const isMissing =
        error instanceof ApiError && ['NOT_FOUND', 'METHOD_NOT_ALLOWED'].includes(error.code);
      if (isMissing) return undefined;
      throw error;
    }
  }
}
