import type { InterfaceRef, ObjectRef } from '@pothos/core';
import { invalid } from '../../errors.ts';
import { defaultPageSize, maxPageSize } from '../../limits/page-size.ts';
import type { QueryCost } from '../../limits/query-cost.ts';
import type { Context } from '../../request/context.ts';
import {
  countRows,
  type Page,
  type PageQuery,
  readPages,
  type Source,
  single,
} from '../../sql/page.ts';
import type { PageArgs } from '../../sql/page-args.ts';
import { builder } from './builder.ts';
import { PageInfo } from './page-info.ts';

interface ConnectionOptions<Row> {
  cost: QueryCost;
  args: PageArgs;
  /** True for a list that grows at its end: an empty page keeps the cursor of the request, to go on from. */
  isFeed?: true;
  read: () => Promise<Page<Row>>;
  /** The number of rows, counted no further than `atMost`. */
  count?: (atMost?: number) => Promise<number>;
  /** The state of the board that all rows belong to, no newer than the rows. */
  board?: (() => Promise<{ revision: string; etag: string } | undefined>) | undefined;
}

/**
 * Rows and total of a connection are each read only if selected, and once. Their cost is reserved from the request's
 * query cost before they are read.
 */
export class Connection<Row> {
  readonly #options: ConnectionOptions<Row>;
  #page: Promise<Page<Row>> | undefined;

  constructor(options: ConnectionOptions<Row>) {
    this.#options = options;
  }

  page(): Promise<Page<Row>> {
    this.#page ??= this.#read();
    return this.#page;
  }

  /** The state of the board of all rows; undefined for rows of several boards. */
  async board() {
    return this.#options.board?.();
  }

  async count(atMost?: number): Promise<number> {
    const { cost, count } = this.#options;
    if (count === undefined) throw new Error('the list is not counted');
    cost.reserveCount();
    return count(atMost);
  }

  async #read(): Promise<Page<Row>> {
    const { cost, args, isFeed, read } = this.#options;
    const size = Math.min(args.first ?? args.last ?? defaultPageSize, maxPageSize);
    cost.reserveRows(size);
    const page = await read();
    cost.releaseRows(size - page.nodes.length);
    return isFeed ? { emptyPageCursor: args.after, ...page } : page;
  }
}

/** The highest limit of `countUpTo`. */
const maxBoundedCount = 100_000;

const BoundedCount = builder
  .objectRef<{ count: number; isExact: boolean }>('BoundedCount')
  .implement({
    description: 'A count that stops at a limit.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'The number of rows, or the limit.' }),
      isExact: t.exposeBoolean('isExact', {
        description: 'False if there are more rows than the limit.',
      }),
    }),
  });

/** The type of the rows of a list. */
export type NodeRef<Row> =
  | ObjectRef<typeof builder.$inferSchemaTypes, Row>
  | InterfaceRef<typeof builder.$inferSchemaTypes, Row>;

/** `ApiKey` is `API key`. */
const wordsOf = (typeName: string): string =>
  typeName
    .replace(/\B[A-Z]/g, ' $&')
    .toLowerCase()
    .replace(/^api /, 'API ');

/** Defines the connection type and the edge type of a node type; `isCounted` is false where counting would be slow. */
export function connectionOf<Row>(name: string, node: NodeRef<Row>, isCounted = true) {
  const Edge = builder.objectRef<{ node: Row; cursor: () => string }>(`${name}Edge`);
  Edge.implement({
    description: `A row of the list, with its cursor.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'The position of the row, for `after` and `before`. It does not expire.',
        resolve: ({ cursor }) => cursor(),
      }),
      node: t.field({
        type: node,
        description: 'The row.',
        resolve: (edge) => edge.node as never,
      }),
    }),
  });
  const ref = builder.objectRef<Connection<Row>>(`${name}Connection`);
  return ref.implement({
    description: `A list of ${wordsOf(name)}s, read in pages.`,
    fields: (t) => ({
      nodes: t.field({
        type: [node],
        description: 'The rows of the page.',
        resolve: async (connection) => (await connection.page()).nodes as never,
      }),
      edges: t.field({
        type: [Edge],
        description: 'The rows of the page, each with its cursor.',
        resolve: async (connection) => {
          const { nodes, cursor } = await connection.page();
          return nodes.map((row, n) => ({ node: row, cursor: () => cursor(n) }));
        },
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: 'The position of the page.',
        resolve: (connection) => connection.page(),
      }),
      ...(isCounted && {
        totalCount: t.int({
          description: 'The number of rows of the whole list. Counted only if selected.',
          resolve: (connection) => connection.count(),
        }),
        countUpTo: t.field({
          type: BoundedCount,
          description:
            'The number of rows of the list, counted no further than a limit: cheap for any list.',
          args: {
            limit: t.arg.int({
              required: true,
              description: `Where counting stops, 1 to ${maxBoundedCount}.`,
            }),
          },
          resolve: async (connection, { limit }) => {
            if (limit < 1 || limit > maxBoundedCount)
              throw invalid('limit', `must be 1 to ${maxBoundedCount}`);
            const count = await connection.count(limit + 1);
            return { count: Math.min(count, limit), isExact: count <= limit };
          },
        }),
      }),
    }),
  });
}

/** The arguments that every connection takes. */
export const pageArgs = () =>
  builder.args((t) => ({
    first: t.int({
      description: `The number of rows from the start, 0 to ${maxPageSize}; ${defaultPageSize} without first and last.`,
    }),
    after: t.string({ description: 'Only rows after this cursor.' }),
    last: t.int({ description: `The number of rows from the end, 0 to ${maxPageSize}.` }),
    before: t.string({ description: 'Only rows before this cursor.' }),
    offset: t.int({
      description:
        'The number of rows to skip. Cursors are better: they cost the same at any depth.',
    }),
  }));

/** The connection of a source with one parent. Its rows are read and counted by `query`. */
export const listConnection = <Row>(
  { reads, cost }: Pick<Context, 'reads' | 'cost'>,
  { source, query }: { source: Source<Row>; query: PageQuery },
  args: PageArgs,
): Connection<Row> =>
  new Connection({
    cost,
    args,
    read: () => reads.list(() => single(readPages(reads, source, { ...query, ...args }))),
    count: (atMost) => reads.list(() => single(countRows(reads, source, { ...query, atMost }))),
  });
