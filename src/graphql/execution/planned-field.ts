import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLString,
  getArgumentValues,
  type OperationDefinitionNode,
} from 'graphql';
import type { SelectionContext } from './collect-fields.ts';
import { resolverOf } from './counted-fields.ts';

/** A feature that plans do not implement: graphql-js runs the operation instead. */
export class UnsupportedByPlan extends Error {}

/** The `info` argument under a plan. A resolver that gets one may return items as `RawJson` instead of rows. */
export interface PlannedInfo extends GraphQLResolveInfo {
  selection: SelectionContext;
}

/** The state of one execution of a plan. */
export interface PlanRun {
  context: unknown;
  /** Coerced, with their defaults. */
  variables: Readonly<Record<string, unknown>>;
  /** Counts characters and fields of the response. Throws where there are too many, and `isEnded` is true from then on. */
  count: (characters: number, fields?: number) => void;
  isEnded: boolean;
  /** Arguments and info of each resolver call, by its index in the plan: created once per run and shared by all rows. */
  calls: ({ args: object; info: PlannedInfo } | undefined)[];
  /** The result of a mutation's resolver, once it was called. */
  written: Promise<unknown> | undefined;
}

/** A field of an operation: its type, and how its value is read from the parent's. */
export interface PlannedField {
  type: GraphQLOutputType;
  resolve: (source: unknown, run: PlanRun) => unknown;
}

/** A field selection to plan. */
export interface FieldSelection {
  parentType: GraphQLObjectType;
  nodes: readonly [FieldNode, ...FieldNode[]];
  operation: OperationDefinitionNode;
  selection: SelectionContext;
  /** Reserves an index in `PlanRun.calls`. */
  reserveCall: () => number;
}

/** True where graphql-js reads the property of the field's name. */
export function isDefaultResolver(field: Pick<GraphQLField<unknown, unknown>, 'resolve'>): boolean {
  const resolve = resolverOf(field);
  return resolve === undefined || resolve === defaultFieldResolver;
}

/**
 * True where a Pothos plugin or a schema transform has put another function in place of the field's resolver. Such
 * wrappers authorize, mask or trace, and rely on the exact `info` and on the rows that only graphql-js passes.
 */
export const isWrapped = (field: GraphQLField<unknown, unknown>): boolean =>
  !isDefaultResolver(field) && resolverOf(field) !== field.extensions.pothosOriginalResolve;

const typenameType = new GraphQLNonNull(GraphQLString);

/** Plans the resolver call of a field selection. Throws UnsupportedByPlan. */
export function planField({
  parentType,
  nodes,
  operation,
  selection,
  reserveCall,
}: FieldSelection): PlannedField {
  const [node] = nodes;
  const fieldName = node.name.value;
  if (fieldName === '__typename') return { type: typenameType, resolve: () => parentType.name };
  const field = parentType.getFields()[fieldName];
  if (field === undefined) throw new UnsupportedByPlan(`${fieldName} is an introspection field`);
  if (isWrapped(field)) throw new UnsupportedByPlan(`${fieldName} has a wrapped resolver`);
  const { type } = field;
  const resolve = resolverOf(field);
  if (resolve === undefined || isDefaultResolver(field))
    return { type, resolve: (source) => propertyOf(source, fieldName) };
  const { schema, fragments } = selection;
  const sharedInfo = {
    ...{ fieldName, fieldNodes: nodes, parentType, returnType: type, schema, fragments },
    ...{ rootValue: undefined, operation, selection },
    path: { prev: undefined, key: (node.alias ?? node.name).value, typename: parentType.name },
  };
  const index = reserveCall();
  const prepareCall = (run: PlanRun) => {
    const args = field.args.length === 0 ? {} : getArgumentValues(field, node, run.variables);
    const call = { args, info: { ...sharedInfo, variableValues: { ...run.variables } } };
    run.calls[index] = call;
    return call;
  };
  const call = (source: unknown, run: PlanRun) => {
    const { args, info } = run.calls[index] ?? prepareCall(run);
    return resolve(source, args, run.context, info);
  };
  if (parentType !== schema.getMutationType()) return { type, resolve: call };
  return {
    type,
    resolve(source, run) {
      run.written = new Promise((done) => done(call(source, run)));
      return run.written;
    },
  };
}

function propertyOf(source: unknown, name: string): unknown {
  const value = (source as Record<string, unknown>)[name];
  if (typeof value === 'function') throw new UnsupportedByPlan(`${name} is a method`);
  return value;
}
