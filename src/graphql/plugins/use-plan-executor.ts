import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { HeavyWork } from '../../limits/heavy-work.ts';
import { toGraphQLError } from '../../mask-error.ts';
import type { Context } from '../../request/context.ts';
import { countCharacters } from '../execution/count-characters.ts';
import { createPlanExecutor } from '../execution/execute.ts';

function countWritten(context: unknown, characters: number, fields = 0): void {
  const { cost } = context as Context;
  cost.addWritten(characters);
  if (fields > 0) cost.addFields(fields);
}

/** Runs an operation by graphql-js. A result that is too large to be sent is replaced by the error. */
async function executeWithLimits(args: ExecutionArgs): Promise<ExecutionResult> {
  const { cost } = args.contextValue as Context;
  // Do not charge twice for what a failed plan has read.
  cost.reset();
  const result = await execute(args);
  try {
    cost.checkFields();
    countCharacters(result.data, (characters) => countWritten(args.contextValue, characters));
    return result;
  } catch (error) {
    return { data: null, errors: [toGraphQLError(error)] };
  }
}

/** Runs queries and mutations by plans where possible, and all other operations by graphql-js. */
export function usePlanExecutor(): Plugin {
  const heavyWork = new HeavyWork();
  const executeInTurn = (args: ExecutionArgs): Promise<ExecutionResult> => {
    const { caller, cost, lifetime } = args.contextValue as Context;
    const operation = getOperationAST(args.document, args.operationName)?.operation;
    // Writes have turns of their own.
    if (operation === 'mutation') return executeWithLimits(args);
    const { workspaceId, keyId } = caller;
    const execution = { workspaceId, keyId, cost, cancellation: lifetime };
    return heavyWork.run(execution, () => executeWithLimits(args));
  };
  const run = createPlanExecutor(executeInTurn, countWritten);
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(run);
    },
  };
}
