import { getOperationAST } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import { ApiError } from '../../errors.ts';
import { toGraphQLError } from '../../mask-error.ts';
import type { Context } from '../../request/context.ts';

/** Refuses mutations of keys without the scope `write`. */
export function useScopes(): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const operation = getOperationAST(args.document, args.operationName)?.operation;
      const { caller } = args.contextValue as YogaInitialContext & Context;
      if (operation !== 'mutation' || caller.scopes.includes('write')) return;
      const error = new ApiError(
        'FORBIDDEN',
        'This key may only read. Use one with the scope write.',
      );
      setResultAndStopExecution({ data: null, errors: [toGraphQLError(error)] });
    },
  };
}
