import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { faultOf, isBug, toGraphQLError } from '../fault.ts';
import { requestIdOf } from './reply-headers.ts';

/** Turns what was thrown into what callers may see; a bug goes into the log, with the id of its request. */
export function useFaults(log: Logger): Plugin {
  return {
    onExecute({ args }) {
      const { request } = args.contextValue as { request: Request };
      return {
        onExecuteDone({ result, setResult }) {
          const { errors, ...rest } = result as ExecutionResult;
          if (errors === undefined) return;
          for (const error of errors) {
            if (isBug(faultOf(error))) {
              log.error(
                {
                  err: error.originalError ?? error,
                  path: error.path,
                  requestId: requestIdOf(request),
                },
                'a resolver failed',
              );
            }
          }
          setResult({ ...rest, errors: errors.map(toGraphQLError) } as ExecutionResult);
        },
      };
    },
  };
}
