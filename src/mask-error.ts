import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import {
  ApiError,
  type ErrorCode,
  type ErrorContext,
  type ErrorDetail,
  isErrorCode,
  shorten,
} from './errors.ts';
import { classifyDatabaseError } from './postgres/errors.ts';

/** The part of an error that callers see. */
export interface ErrorPayload {
  code: ErrorCode;
  message: string;
  details: readonly ErrorDetail[];
  context?: ErrorContext;
}

const unexpectedError: ErrorPayload = {
  code: 'INTERNAL_SERVER_ERROR',
  message: 'Something went wrong on our side. Try again, or tell us the request id.',
  details: [],
};

/**
 * The error that a resolver threw, without the GraphQLErrors that graphql-js wraps it in. The error of a scalar that
 * refused a variable stays wrapped: only the wrapper names the variable and the path in it.
 */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && 'originalError' in cause && cause.originalError !== undefined) {
    const { originalError } = cause;
    if (originalError instanceof GraphQLError && !isErrorCode(originalError.extensions.code))
      return cause;
    cause = originalError;
  }
  return cause;
}

/** The codes of errors to which Yoga gives a status only. */
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/**
 * Masks an error: a bug shows nothing of the inside. This is where errors of the database that nothing has caught are
 * classified.
 */
export function toErrorPayload(error: unknown): ErrorPayload {
  const cause = causeOf(error);
  if (cause instanceof ApiError) return cause;
  if (cause instanceof GraphQLError) {
    const { code, details, http, ...context } = cause.extensions;
    const hasCode = isErrorCode(code);
    return {
      code: hasCode ? code : (codesByStatus[http?.status ?? 0] ?? 'VALIDATION_ERROR'),
      message: shorten(cause.message),
      details: (details ?? []) as ErrorDetail[],
      ...(hasCode && { context }),
    };
  }
  return classifyDatabaseError(cause) ?? unexpectedError;
}

/** True for the code of unexpected errors, which are logged. */
export const isUnexpected = (code: unknown): boolean => code === unexpectedError.code;

/**
 * Yoga responds 200 to clients that accept `application/json`, even where no GraphQL request could be read. The
 * GraphQL-over-HTTP specification asks for that only where the request is well-formed.
 */
const httpOf = ({ code, http }: GraphQLErrorExtensions) =>
  http && { ...http, spec: code !== 'BAD_REQUEST' && http.spec === true };

/** Masks an error for GraphQL clients: code and details are in `extensions`. Returns a masked error as it is. */
export function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError && isErrorCode(error.extensions.code)) return error;
  const { code, message, details, context } = toErrorPayload(error);
  const { nodes, path, extensions } =
    error instanceof GraphQLError ? error : new GraphQLError(message);
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    path: path ?? null,
    extensions: {
      code,
      ...(details.length > 0 && { details }),
      ...context,
      ...(extensions.http !== undefined && { http: httpOf(extensions) }),
    },
  });
}
