import { getOperationAST } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import { requireScope } from '../../auth/scopes.ts';
import { toGraphQLError } from '../../mask-error.ts';
import type { Context } from '../../request/context.ts';

/** Refuses mutations of callers without the scope `write`. */
export function useScopes(): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const operation = getOperationAST(args.document, args.operationName)?.operation;
      const { caller } = args.contextValue as YogaInitialContext & Context;
      if (operation !== 'mutation') return;
      try {
        requireScope(caller, 'write');
      } catch (error) {
        setResultAndStopExecution({ data: null, errors: [toGraphQLError(error)] });
      }
    },
  };
}
