import { execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { toErrorPayload } from '../../mask-error.ts';
import type { Context } from '../../request/context.ts';
import { createPlanExecutor } from '../execution/execute.ts';

/** What would only go wrong again, at the same cost. */
const final: ReadonlySet<string> = new Set(['QUERY_TOO_LARGE', 'SERVICE_UNAVAILABLE']);

/**
 * Queries run by plans, where they can; all else by graphql-js, which the plans are held to. Yoga's own executor copies
 * every variable, for answers in parts that this schema has not.
 */
export function usePlanExecutor(): Plugin {
  const run = createPlanExecutor(
    async (args) => {
      // What a plan has taken before it failed is not taken twice.
      (args.contextValue as Context).cost.resetRows();
      return execute(args);
    },
    (error) => final.has(toErrorPayload(error).code),
  );
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(run);
    },
  };
}
