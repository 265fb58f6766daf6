import { execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { faultOf } from '../../mask-error.ts';
import type { Context } from '../../request/context.ts';
import { byPlan } from '../execution/execute.ts';

/** What would only go wrong again, at the same cost. */
const final: ReadonlySet<string> = new Set(['QUERY_TOO_LARGE', 'SERVICE_UNAVAILABLE']);

/**
 * Queries run by plans, where they can; all else by graphql-js, which the plans are held to. Yoga's own executor copies
 * every variable, for answers in parts that this schema has not.
 */
export function usePlans(): Plugin {
  const run = byPlan(
    async (args) => {
      // What a plan has taken before it failed is not taken twice.
      (args.contextValue as Context).budget.restart();
      return execute(args);
    },
    (error) => final.has(faultOf(error).code),
  );
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(run);
    },
  };
}
