import { type ExecutionArgs, type ExecutionResult, getVariableValues } from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import { toGraphQLError } from '../../mask-error.ts';
import { stringify } from '../../raw-json.ts';
import { PlanCache } from './plan-cache.ts';
import type { PlanRun } from './planned-field.ts';
import { writtenSchema } from './written-schema.ts';

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
 * An executor that runs queries and mutations by plans. `execute` is graphql-js: it runs operations that plans do not
 * support, runs a query that failed under a plan again, on the same loaders, and completes the result of a failed mutation
 * again, to report errors with their paths. So plans implement no error handling. Where a plan succeeds, its
 * result equals that of graphql-js. `countWritten` gets the characters and fields that a plan writes; what it
 * throws ends the plan.
 */
export function createPlanExecutor(
  execute: Execute,
  countWritten: (context: unknown, characters: number, fields: number) => void = () => {},
): Execute {
  const plans = new PlanCache();
  return (args) => {
    const { schema, document, contextValue, operationName } = args;
    // graphql-js implements these options.
    if (args.rootValue != null || args.fieldResolver != null || args.typeResolver != null)
      return execute(args);
    const planned = plans.operationOf(schema, document, operationName);
    if (planned === undefined) return execute(args);
    const { coerced, errors } = coerceVariables(args, planned.operation.variableDefinitions ?? []);
    if (coerced === undefined) return { errors };
    const plan = plans.planOf(planned, schema, coerced);
    if (plan === undefined) return execute(args);
    const run: PlanRun = {
      context: contextValue,
      variables: coerced,
      calls: [],
      written: undefined,
      isEnded: false,
      count(characters, fields = 0) {
        try {
          countWritten(contextValue, characters, fields);
        } catch (error) {
          run.isEnded = true;
          throw error;
        }
      },
    };
    return plan.execute(run).then(
      (data) => ({ data, stringify: () => `{"data":${stringify(data)}}` }),
      (reason) => {
        if (run.written !== undefined)
          return execute({ ...args, schema: writtenSchema(schema), rootValue: run.written });
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
