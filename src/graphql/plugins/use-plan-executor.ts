import { execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../../request/context.ts';
import { createPlanExecutor } from '../execution/execute.ts';

/** Runs queries by plans where possible, and all other operations by graphql-js. */
export function usePlanExecutor(): Plugin {
  const run = createPlanExecutor(async (args) => {
    // Do not charge twice for what a failed plan has read.
    (args.contextValue as Context).cost.resetRows();
    return execute(args);
  });
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(run);
    },
  };
}
