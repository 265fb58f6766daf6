import type { HandlerResponse } from '../../http/handler.ts';
import type { JsonObject } from '../../http/json-object.ts';
import { stringify } from '../../raw-json.ts';
import type { Context, RequestContexts } from '../../request/context.ts';
import type { Endpoint } from '../endpoint.ts';
import { EndpointError } from '../error-response.ts';
import type { Variables } from '../variables.ts';
import {
  csv,
  type ExportedItem,
  type ExportHead,
  type FileFormat,
  fileName,
  ndjson,
} from './export-text.ts';
import { optionOf } from './options.ts';

/** Runs an endpoint's operation. Throws EndpointError, or the route's `notFound`. */
export type ReadData = (
  endpoint: Endpoint,
  variables: Variables,
  context: Context,
) => Promise<unknown>;

export interface ExportOptions {
  requestContexts: RequestContexts;
  readData: ReadData;
  /** The endpoint that reads the board. */
  head: Endpoint;
}

interface ItemPage {
  rows: (Omit<ExportedItem, 'column_name'> & { column_id: string })[];
  page: { hasNextPage: boolean; endCursor: string | null };
}

interface HeadData {
  revision: number;
  changes: { page: { endCursor: string | null } };
  columns: { nodes: { id: string; name: string }[] };
  value_keys: { key: string }[];
  name: string;
}

const maxRows = 500;

function formatOf(parameters: JsonObject): FileFormat {
  if (optionOf(parameters, 'format') === 'ndjson') return ndjson;
  return csv({
    delimiter: optionOf(parameters, 'delimiter') ?? ',',
    hasMark: optionOf(parameters, 'bom') === 'true',
    escapesFormulas: optionOf(parameters, 'escape_formulas') === 'true',
  });
}

/** Lists of rows are JSON text where a plan has read them. */
const plain = <Data>(data: unknown): Data => JSON.parse(stringify(data)) as Data;

/** One export: reads pages one after the other, as fast as the client takes them. */
class Export {
  readonly #options: ExportOptions;
  readonly #endpoint: Endpoint;
  readonly #variables: Variables;
  readonly #context: Context;
  #limit = maxRows;
  #columnNames = new Map<string, string>();

  constructor(
    options: ExportOptions,
    {
      endpoint,
      variables,
      context,
    }: { endpoint: Endpoint; variables: Variables; context: Context },
  ) {
    this.#options = options;
    this.#endpoint = endpoint;
    this.#variables = variables;
    this.#context = context;
  }

  async readHead(): Promise<ExportHead> {
    const { readData, head } = this.#options;
    const { boardId } = this.#variables.raw;
    const variables = { raw: { boardId }, coerced: { boardId } };
    const data = plain<HeadData>(
      await this.#inTurn((context) => readData(head, variables, context)),
    );
    const { revision, changes, value_keys, columns, ...board } = data;
    this.#columnNames = new Map(columns.nodes.map(({ id, name }) => [id, name]));
    return {
      board: { ...board, columns: columns.nodes },
      valueKeys: value_keys.map(({ key }) => key),
      revision,
      cursor: changes.page.endCursor,
    };
  }

  /** Reads a page: a smaller one where the rows are too large. */
  async readPage(cursor: string | null): Promise<ItemPage> {
    for (;;) {
      const change = { limit: this.#limit, ...(cursor !== null && { cursor }) };
      const { raw, coerced } = this.#variables;
      const variables = { raw: { ...raw, ...change }, coerced: { ...coerced, ...change } };
      try {
        const page = plain<ItemPage>(
          await this.#inTurn((context) =>
            this.#options.readData(this.#endpoint, variables, context),
          ),
        );
        this.#limit = Math.min(maxRows, this.#limit * 2);
        return page;
      } catch (error) {
        const isTooLarge =
          error instanceof EndpointError && error.payload.code === 'QUERY_TOO_LARGE';
        if (!isTooLarge || this.#limit === 1) throw error;
        this.#limit = Math.ceil(this.#limit / 4);
      }
    }
  }

  /** The text of the file, from its first page on. */
  async *text(format: FileFormat, head: ExportHead, first: ItemPage): AsyncGenerator<string> {
    try {
      yield format.begin(head);
      let items = 0;
      let { rows, page } = first;
      for (;;) {
        items += rows.length;
        yield format.items(await this.#named(rows));
        if (!page.hasNextPage) break;
        ({ rows, page } = await this.readPage(page.endCursor));
      }
      const { revision } = await this.readHead();
      yield format.end({ items, revision });
    } finally {
      this.#options.requestContexts.release(this.#context.request);
    }
  }

  /** The items with the names of their columns, which are read again where one is new. */
  async #named(rows: ItemPage['rows']): Promise<ExportedItem[]> {
    if (rows.some(({ column_id }) => !this.#columnNames.has(column_id))) await this.readHead();
    return rows.map(({ id, column_id, ...row }) => ({
      id,
      column_id,
      column_name: this.#columnNames.get(column_id) ?? null,
      ...row,
    }));
  }

  /** Runs a read in a context of its own, with a place among the requests in flight. */
  async #inTurn<Result>(read: (context: Context) => Promise<Result>): Promise<Result> {
    const { context, release } = await this.#options.requestContexts.createForEvent(this.#context);
    try {
      return await read(context);
    } finally {
      release();
    }
  }
}

/** Responds with a board's items as a file. What can be refused is refused before the response begins. */
export async function respondExport(
  options: ExportOptions,
  {
    parameters,
    ...request
  }: { endpoint: Endpoint; parameters: JsonObject; variables: Variables; context: Context },
): Promise<HandlerResponse> {
  const format = formatOf(parameters);
  const { context } = request;
  options.requestContexts.toStream(context);
  try {
    const run = new Export(options, request);
    const head = await run.readHead();
    const first = await run.readPage(null);
    const name = encodeURIComponent(fileName(head.board.name, format.extension));
    return {
      status: 200,
      body: run.text(format, head, first),
      headers: {
        'Content-Type': format.contentType,
        'Content-Disposition': `attachment; filename*=UTF-8''${name}`,
        'Board-Revision': String(head.revision),
      },
    };
  } catch (error) {
    options.requestContexts.release(context.request);
    throw error;
  }
}
