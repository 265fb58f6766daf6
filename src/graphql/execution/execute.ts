import { type ExecutionArgs, type ExecutionResult, getVariableValues } from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import { toGraphQLError } from '../../mask-error.ts';
import { stringify } from '../../raw-json.ts';
import { PlanCache } from './plan-cache.ts';

/** A result; `stringify` is set where its data holds `RawJson`. */
type Result = ExecutionResult & { stringify?: (result: ExecutionResult) => string };
type Execute = (args: PlannedArgs) => Promise<Result> | Result;

export interface PlannedArgs extends ExecutionArgs {
  /** The coerced variables with their defaults, where the caller has them already. */
  coercedValues?: Readonly<Record<string, unknown>> | undefined;
}

/** Errors that running the query again with graphql-js would only repeat, at the same cost. */
const finalCodes: ReadonlySet<unknown> = new Set<ErrorCode>([
  'QUERY_TOO_LARGE',
  'SERVICE_UNAVAILABLE',
]);

/**
 * An executor that runs queries by plans. `execute` is graphql-js. It runs mutations and operations that plans do not
 * support. It also runs each query again that failed under a plan, on the same loaders, to report errors with their
 * paths. So plans implement no error handling. Where a plan succeeds, its result equals that of graphql-js.
 */
export function createPlanExecutor(execute: Execute): Execute {
  const plans = new PlanCache();
  return (args) => {
    const { schema, document, contextValue, operationName } = args;
    // graphql-js implements these options.
    if (args.rootValue != null || args.fieldResolver != null || args.typeResolver != null)
      return execute(args);
    const query = plans.queryOf(schema, document, operationName);
    if (query === undefined) return execute(args);
    const { coerced, errors } = coerceVariables(args, query.operation.variableDefinitions ?? []);
    if (coerced === undefined) return { errors };
    const plan = plans.planOf(query, schema, coerced);
    if (plan === undefined) return execute(args);
    return plan.execute({ context: contextValue, variables: coerced, calls: [] }).then(
      (data) => ({ data, stringify: () => `{"data":${stringify(data)}}` }),
      (reason) => {
        const error = toGraphQLError(reason);
        return finalCodes.has(error.extensions.code)
          ? { data: null, errors: [error] }
          : execute(args);
      },
    );
  };
}

type Coercion = ReturnType<typeof getVariableValues>;

function coerceVariables(
  { schema, variableValues, coercedValues }: PlannedArgs,
  definitions: Parameters<typeof getVariableValues>[1],
): Coercion {
  if (coercedValues !== undefined) return { coerced: coercedValues };
  return getVariableValues(schema, definitions, variableValues ?? {}, { maxErrors: 10 });
}
