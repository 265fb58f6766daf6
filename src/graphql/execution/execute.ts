import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { stringify } from '../../raw-json.ts';
import { createPlan, type Plan } from './plan.ts';

/** A result, and how it becomes text where its data is more than plain data. */
type Result = ExecutionResult & { stringify?: (result: ExecutionResult) => string };
type Execute = (args: PlannedArgs) => Promise<Result> | Result;

export interface PlannedArgs extends ExecutionArgs {
  /** The variables with their defaults, where a door has coerced them already. */
  coercedValues?: Readonly<Record<string, unknown>> | undefined;
}

/** The plans in use: one for each way in which a document's conditions may turn out; so many fields in all. */
const plans = new LRUCache<string, Plan>({
  maxSize: 20_000,
  sizeCalculation: ({ size }) => size + 1,
});

/**
 * Runs queries by plans. The executor stays the truth: what a plan has no words for it runs instead, and what fails
 * under a plan it runs again, on the same loaders, to say what was wrong and where. So a plan needs to know nothing of
 * errors. Mutations are always the executor's. `isFinal` says of a failure that it would only come again; it is the
 * answer then.
 */
export function createPlanExecutor(
  execute: Execute,
  isFinal: (error: unknown) => boolean,
): Execute {
  return (args) => {
    const { schema, document, contextValue, variableValues, operationName } = args;
    const query = queryOf(document, operationName);
    if (query === undefined) return execute(args);
    const { operation } = query;
    const definitions = operation.variableDefinitions ?? [];
    const given = variableValues ?? {};
    const read = () => getVariableValues(schema, definitions, given, { maxErrors: 10 });
    const { coerced, errors } =
      args.coercedValues === undefined ? read() : { coerced: args.coercedValues };
    if (errors !== undefined) return { errors };
    const plan = coerced && planFor(query, { ...args, variableValues: coerced });
    if (plan === undefined) return execute(args);
    return plan.run({ context: contextValue, variables: coerced ?? {}, calls: [] }).then(
      (data) => ({ data, stringify: () => `{"data":${stringify(data)}}` }),
      (error) => (isFinal(error) ? { data: null, errors: [failure(error)] } : execute(args)),
    );
  };
}

/** A query of a document, and its plans by how the conditions turned out. */
interface Query {
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  /** The variables that conditions ask for. */
  conditions: readonly string[];
  /** What its plans are remembered by, beside the conditions. */
  number: number;
}

let queriesCount = 0;
const queries = new WeakMap<DocumentNode, Map<string, Query | undefined>>();

function queryOf(document: DocumentNode, operationName?: string | null): Query | undefined {
  const known = queries.get(document) ?? new Map<string, Query | undefined>();
  queries.set(document, known);
  const name = operationName ?? '';
  if (!known.has(name)) {
    const operation = getOperationAST(document, operationName);
    // A name that is not there is no key: callers can make up any number of them.
    if (operation == null) return undefined;
    known.set(name, operation.operation === 'query' ? readQuery(document, operation) : undefined);
  }
  return known.get(name);
}

function readQuery(document: DocumentNode, operation: OperationDefinitionNode): Query {
  const fragments: Query['fragments'] = {};
  const conditions = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  visit(document, {
    Directive: ({ arguments: given }) => {
      for (const { value } of given ?? []) {
        if (value.kind === Kind.VARIABLE) conditions.add(value.name.value);
      }
    },
  });
  return { operation, fragments, conditions: [...conditions], number: queriesCount++ };
}

function planFor(
  { operation, fragments, conditions, number }: Query,
  { schema, variableValues = {} }: ExecutionArgs,
): Plan | undefined {
  const variables = variableValues ?? {};
  const name = JSON.stringify([number, ...conditions.map((condition) => variables[condition])]);
  const known = plans.get(name) ?? createPlan(operation, { schema, fragments, variables });
  if (known !== undefined) plans.set(name, known);
  return known;
}

const failure = (error: unknown): GraphQLError =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError('failed', { originalError: error instanceof Error ? error : null });
