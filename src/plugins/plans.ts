import { execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { byPlan } from '../execution/execute.ts';

/**
 * Queries run by plans, where they can; all else by graphql-js, which the plans are held to. Yoga's own executor copies
 * every variable, for answers in parts that this schema has not.
 */
export function usePlans(): Plugin {
  const run = byPlan(async (args) => execute(args));
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(run);
    },
  };
}
