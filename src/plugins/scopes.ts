import { getOperationAST } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import type { Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { toGraphQLError } from '../fault.ts';

/** A key without the scope `write` runs no mutation. */
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
