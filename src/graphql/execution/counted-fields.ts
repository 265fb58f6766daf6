import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import type { QueryCost } from '../../limits/query-cost.ts';

type Resolver = GraphQLFieldResolver<unknown, unknown>;
type CountedContext = { cost: Pick<QueryCost, 'addFields' | 'hasTooManyFields'> };

/** The resolvers inside of those that count. */
const resolvers = new WeakMap<Resolver, Resolver>();

/** The resolver of a field, which does not count. */
export const resolverOf = ({
  resolve,
}: Pick<GraphQLField<unknown, unknown>, 'resolve'>): Resolver | undefined =>
  resolve && (resolvers.get(resolve) ?? resolve);

/**
 * Makes all fields of a schema, except those of introspection, count in the request's cost when graphql-js resolves them.
 * Each field of each row has a place in its result, so aliases in lists inside lists could fill the memory. The first
 * field beyond the limit fails, and all others are null from then on, which takes the least time. Returns the schema.
 */
export function countFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context, info) => {
        const { cost } = context as CountedContext;
        if (cost.hasTooManyFields) return null;
        cost.addFields(1);
        return resolve(source, args, context, info);
      };
      resolvers.set(field.resolve, resolve);
    }
  }
  return schema;
}
