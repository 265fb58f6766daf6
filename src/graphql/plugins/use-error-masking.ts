import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { type ErrorCode, statusOf, Unauthenticated } from '../../errors.ts';
import { requestIdOf } from '../../http/response-headers.ts';
import { isUnexpected, toGraphQLError } from '../../mask-error.ts';
import type { RequestLike } from '../../request/request-like.ts';

/** Masks an error, and logs it with `details` if it is unexpected; a masked error is neither masked nor logged again. */
export type ErrorMask = (error: unknown, details?: object) => GraphQLError;

/** Creates the function that masks errors and logs unexpected ones. */
export function createErrorMask(log: Logger): ErrorMask {
  const maskedErrors = new WeakSet<GraphQLError>();
  return (error, details) => {
    if (error instanceof GraphQLError && maskedErrors.has(error)) return error;
    const masked = toGraphQLError(error);
    maskedErrors.add(masked);
    if (isUnexpected(masked.extensions.code)) {
      const err = error instanceof GraphQLError ? (error.originalError ?? error) : error;
      log.error({ err, ...details }, 'request failed');
    }
    return masked;
  };
}

/** The masked error of a request that runs no operation: Yoga sends it with the status of its code. */
export function refusalOf(error: unknown, mask: ErrorMask): GraphQLError {
  const masked = mask(error);
  const code = masked.extensions.code as ErrorCode;
  masked.extensions.http = {
    status: statusOf(code),
    ...(error instanceof Unauthenticated && { headers: { 'WWW-Authenticate': error.challenge } }),
  };
  return masked;
}

/** The most errors of one response: a list inside lists can fail thousands of times. */
const maxErrors = 100;

/** Masks the errors of an execution, and logs the unexpected ones with the id of their request. */
export function useErrorMasking(mask: ErrorMask): Plugin {
  return {
    onExecute({ args }) {
      const { request } = args.contextValue as { request: RequestLike };
      return {
        onExecuteDone({ result, setResult }) {
          const { errors, ...rest } = result as ExecutionResult;
          if (errors === undefined) return;
          const requestId = requestIdOf(request);
          const masked = errors
            .slice(0, maxErrors)
            .map((error) => mask(error, { path: error.path, requestId }));
          const hasData = Object.values(rest.data ?? {}).some((field) => field !== null);
          const isUnavailable =
            !hasData && masked.some(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE');
          // Clients and proxies retry after a 503, which is wrong after a partial success.
          const extensions = isUnavailable && { extensions: { http: { status: 503 } } };
          setResult({ ...rest, errors: masked, ...extensions } as ExecutionResult);
        },
      };
    },
  };
}
