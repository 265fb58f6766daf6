import { GraphQLObjectType, GraphQLSchema } from 'graphql';

const schemas = new WeakMap<GraphQLSchema, GraphQLSchema>();

/**
 * The schema with mutations that write nothing: each returns the root value. With the result of a resolver as root value,
 * graphql-js completes it, with its errors and their paths, and does not call the resolver again.
 */
export function writtenSchema(schema: GraphQLSchema): GraphQLSchema {
  const created = schemas.get(schema) ?? createSchema(schema);
  schemas.set(schema, created);
  return created;
}

function createSchema(schema: GraphQLSchema): GraphQLSchema {
  const { types, mutation, ...config } = schema.toConfig();
  if (mutation == null) return schema;
  const { fields, ...type } = mutation.toConfig();
  const returning = Object.entries(fields).map(([name, field]) => [
    name,
    { ...field, resolve: (written: unknown) => written },
  ]);
  return new GraphQLSchema({
    ...config,
    types: types.filter((one) => one !== mutation),
    mutation: new GraphQLObjectType({ ...type, fields: Object.fromEntries(returning) }),
    assumeValid: true,
  });
}
