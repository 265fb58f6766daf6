import type { Plugin } from 'graphql-yoga';
import { byPlan } from '../execution/execute.ts';

/** Queries run by plans, where they can. */
export function usePlans(): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(byPlan(executeFn));
    },
  };
}
