import { GraphQLScalarType } from 'graphql';
import { createSchema } from 'graphql-yoga';

const typeDefs = `
  scalar DateTime
  scalar JSON

  type Contact {
    id: ID!
    name: String!
    phone: String
    email: String
  }

  type Agent {
    id: ID!
    name: String!
  }

  type Item {
    id: ID!
    boardId: ID!
    columnId: ID!
    title: String!
    position: Int!
    values: JSON!
    labels: [String!]!
    createdAt: DateTime!
    updatedAt: DateTime!
    contact: Contact
    createdBy: Agent!
  }

  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }

  type ItemConnection {
    nodes: [Item!]!
    pageInfo: PageInfo!
  }

  type Query {
    items(boardId: ID!, first: Int! = 50): ItemConnection!
  }
`;

export interface PageArguments {
  boardId: string;
  first: number;
}

/** A schema-first schema; `readItems` returns a page of items with contact and creator. */
export const createTypicalSchema = <Item extends { id: string }>(
  readItems: (page: PageArguments) => Promise<Item[]>,
) =>
  createSchema({
    typeDefs,
    resolvers: {
      DateTime: new GraphQLScalarType<Date, string>({
        name: 'DateTime',
        serialize: (date) => (date as Date).toISOString().replace('.000Z', 'Z'),
      }),
      JSON: new GraphQLScalarType({ name: 'JSON' }),
      Query: {
        async items(_: unknown, { boardId, first }: PageArguments) {
          const items = await readItems({ boardId, first: first + 1 });
          const nodes = items.slice(0, first);
          const endCursor = nodes.at(-1)?.id ?? null;
          return { nodes, pageInfo: { hasNextPage: items.length > first, endCursor } };
        },
      },
    },
  });
