import type { InterfaceRef, ObjectRef } from '@pothos/core';
import { invalid } from '../../errors.ts';
import type { QueryCost } from '../../limits/query-cost.ts';
import { defaultPageSize, maxPageSize, type Page, type PageArgs } from '../../sql/page.ts';
import { builder } from './builder.ts';

interface ConnectionOptions<Row> {
  cost: QueryCost;
  args: PageArgs;
  read: () => Promise<Page<Row>>;
  /** Counts the rows; not further than `atMost`, where that is given. */
  count: (atMost?: number) => Promise<number>;
}

/**
 * A connection is a question: rows and total are each fetched only when selected, and once. What they may cost is taken
 * from the request's cost before.
 */
export class Connection<Row> {
  readonly #asked: ConnectionOptions<Row>;
  #page: Promise<Page<Row>> | undefined;

  constructor(asked: ConnectionOptions<Row>) {
    this.#asked = asked;
  }

  page(): Promise<Page<Row>> {
    this.#page ??= this.#read();
    return this.#page;
  }

  async count(atMost?: number): Promise<number> {
    this.#asked.cost.reserveCount();
    return this.#asked.count(atMost);
  }

  async #read(): Promise<Page<Row>> {
    const { cost, args, read } = this.#asked;
    const size = Math.min(args.first ?? args.last ?? defaultPageSize, maxPageSize);
    cost.reserveRows(size);
    const page = await read();
    cost.releaseRows(size - page.nodes.length);
    return page;
  }
}

const PageInfo = builder.objectRef<Page<unknown>>('PageInfo').implement({
  description: 'Where a page lies in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'More rows follow.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'Rows come before.' }),
    startCursor: t.string({
      nullable: true,
      description: 'The cursor of the first row, for `before`; null on an empty page.',
      resolve: ({ nodes, cursor }) => (nodes.length === 0 ? null : cursor(0)),
    }),
    endCursor: t.string({
      nullable: true,
      description: 'The cursor of the last row, for `after`; null on an empty page.',
      resolve: ({ nodes, cursor }) => (nodes.length === 0 ? null : cursor(nodes.length - 1)),
    }),
  }),
});

const maxBoundedCount = 100_000;

const BoundedCount = builder
  .objectRef<{ count: number; isExact: boolean }>('BoundedCount')
  .implement({
    description: 'A count that stopped at a limit.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'How many there are, or the limit.' }),
      isExact: t.exposeBoolean('isExact', {
        description: 'False: there are more than the limit.',
      }),
    }),
  });

type NodeRef<Row> =
  | ObjectRef<typeof builder.$inferSchemaTypes, Row>
  | InterfaceRef<typeof builder.$inferSchemaTypes, Row>;

/** The connection type and the edge type of a node type. */
export function connectionOf<Row>(name: string, node: NodeRef<Row>) {
  const Edge = builder.objectRef<{ node: Row; cursor: () => string }>(`${name}Edge`);
  Edge.implement({
    description: `One ${name.toLowerCase()} and its place in the list.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'The place of this row, for `after` and `before`. It does not expire.',
        resolve: ({ cursor }) => cursor(),
      }),
      node: t.field({
        type: node,
        description: 'The row itself.',
        resolve: (edge) => edge.node as never,
      }),
    }),
  });
  const ref = builder.objectRef<Connection<Row>>(`${name}Connection`);
  return ref.implement({
    description: `A list of ${name.toLowerCase()}s, page by page.`,
    fields: (t) => ({
      nodes: t.field({
        type: [node],
        description: 'The rows of this page.',
        resolve: async (connection) => (await connection.page()).nodes as never,
      }),
      edges: t.field({
        type: [Edge],
        description: 'The rows of this page, each with its cursor.',
        resolve: async (connection) => {
          const { nodes, cursor } = await connection.page();
          return nodes.map((row, n) => ({ node: row, cursor: () => cursor(n) }));
        },
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: 'Where this page lies.',
        resolve: (connection) => connection.page(),
      }),
      totalCount: t.int({
        description: 'How many rows the whole list has. Counted only when asked for.',
        resolve: (connection) => connection.count(),
      }),
      countUpTo: t.field({
        type: BoundedCount,
        description:
          'How many rows the list has, counted no further than a limit: cheap for any list.',
        args: {
          limit: t.arg.int({
            required: true,
            description: `Where to stop, 1 to ${maxBoundedCount}.`,
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
  });
}

/** The arguments that every connection takes. */
export const pageArgs = () =>
  builder.args((t) => ({
    first: t.int({
      description: `How many rows from the start, 1 to ${maxPageSize}; ${defaultPageSize} where neither first nor last is given.`,
    }),
    after: t.string({ description: 'Only rows after this cursor.' }),
    last: t.int({ description: `How many rows from the end, 1 to ${maxPageSize}.` }),
    before: t.string({ description: 'Only rows before this cursor.' }),
    offset: t.int({
      description:
        'How many rows to pass over. Cursors are better: they cost the same at any depth.',
    }),
  }));

/** The answer for the one parent that was asked for. */
export async function single<Answer>(answers: Promise<Answer[]>): Promise<Answer> {
  const [answer] = await answers;
  if (answer === undefined) throw new Error('a page of one parent has one answer');
  return answer;
}
