import type { HandlerResponse } from '../../http/handler.ts';
import type { JsonObject } from '../../http/json-object.ts';
import { stringify, withoutRawJson } from '../../raw-json.ts';
import type { Context, RequestContexts } from '../../request/context.ts';
import type { ExportedItem } from '../../transfer/exported-cells.ts';
import type { Endpoint } from '../endpoint.ts';
import { EndpointError } from '../error-response.ts';
import type { ReadData } from '../read-data.ts';
import type { Variables } from '../variables.ts';
import { csv, type ExportHead, type FileFormat, fileName, ndjson } from './export-text.ts';
import { optionOf } from './options.ts';

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
/** Characters of a page that are aimed at: it is in memory until the client has taken it. */
const pageCharacters = 256 * 1024;
/** Rows of the first page, whose size is not known: an item has up to 64 KiB. */
const firstRows = 5;

function formatOf(parameters: JsonObject): FileFormat {
  if (optionOf(parameters, 'format') === 'ndjson') return ndjson;
  return csv({
    delimiter: optionOf(parameters, 'delimiter') ?? ',',
    hasMark: optionOf(parameters, 'bom') === 'true',
    escapesFormulas: optionOf(parameters, 'escape_formulas') === 'true',
  });
}

/** The rows of the next page, after one with so many rows and characters. */
const limitAfter = (rows: number, characters: number): number =>
  Math.max(1, Math.min(maxRows, rows * 4, Math.floor((rows * pageCharacters) / characters)));

/** One export: reads pages one after the other, as fast as the client takes them. */
class Export {
  readonly #options: ExportOptions;
  readonly #endpoint: Endpoint;
  readonly #variables: Variables;
  readonly #context: Context;
  #limit = firstRows;
  /** Releases what was reserved for the page that the client is taking. */
  #release = () => {};
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
    context.lifetime.onCancel(() => this.#release());
  }

  async readHead(): Promise<ExportHead> {
    const { readData, head } = this.#options;
    const { boardId } = this.#variables.raw;
    const variables = { raw: { boardId }, coerced: { boardId } };
    const data = withoutRawJson<HeadData>(
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
        const text = await this.#inTurn(async (context) =>
          stringify(await this.#options.readData(this.#endpoint, variables, context)),
        );
        this.#limit = limitAfter(this.#limit, text.length);
        return JSON.parse(text) as ItemPage;
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

  /**
   * Runs a read in its turn and in a context of its own. What it holds stays reserved until the next read, when the client
   * has taken it.
   */
  #inTurn<Result>(read: (context: Context) => Promise<Result>): Promise<Result> {
    const { live, caller, lifetime } = this.#context;
    this.#release();
    const readPart = async () => {
      const part = await this.#options.requestContexts.createForPart(this.#context);
      this.#release = part.release;
      if (lifetime.isEnded) part.release();
      return read(part.context);
    };
    return live.downloads.read(caller, readPart, lifetime);
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
  context.lifetime.onCancel(context.live.downloads.open(context.caller));
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
