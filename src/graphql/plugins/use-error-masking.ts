import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { requestIdOf } from '../../http/response-headers.ts';
import { isUnexpected, toErrorPayload, toGraphQLError } from '../../mask-error.ts';
import type { RequestLike } from '../../request/context.ts';

/** A list inside lists can fail thousands of times with the same words. */
const maxErrors = 100;

/** Turns what was thrown into what callers may see; a bug goes into the log, with the id of its request. */
export function useErrorMasking(log: Logger): Plugin {
  return {
    onExecute({ args }) {
      const { request } = args.contextValue as { request: RequestLike };
      return {
        onExecuteDone({ result, setResult }) {
          const { errors: all, ...rest } = result as ExecutionResult;
          const isAllForNothing = Object.values(rest.data ?? {}).every((field) => field === null);
          if (all === undefined) return;
          const errors = all.slice(0, maxErrors);
          for (const error of errors) {
            if (isUnexpected(toErrorPayload(error))) {
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
          const told = errors.map(toGraphQLError);
          const isAway =
            isAllForNothing &&
            told.some(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE');
          // The status is what everybody between us and the caller tries again on: never on what was done in part.
          const extensions = isAway && { extensions: { http: { status: 503 } } };
          setResult({ ...rest, errors: told, ...extensions } as ExecutionResult);
        },
      };
    },
  };
}
