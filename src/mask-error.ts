import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import {
  ApiError,
  type ErrorCode,
  type ErrorContext,
  type ErrorDetail,
  isErrorCode,
} from './errors.ts';
import { classify } from './postgres/errors.ts';

/** An error as a caller may see it. */
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
 * The error below the wrappings that GraphQL's executor puts around what a resolver threw. A variable that a scalar
 * refused stays wrapped: only the wrapping says which variable, and where in it.
 */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && 'originalError' in cause && cause.originalError !== undefined) {
    const below = cause.originalError;
    if (below instanceof GraphQLError && !isErrorCode(below.extensions.code)) return cause;
    cause = below;
  }
  return cause;
}

/** What the server in front of the executor says by a status alone. */
const codes: Readonly<Record<number, ErrorCode>> = {
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** What a caller may know of any error; a bug shows nothing of the inside. */
export function toErrorPayload(error: unknown): ErrorPayload {
  const cause = causeOf(error);
  if (cause instanceof ApiError) return cause;
  if (cause instanceof GraphQLError) {
    const { code, details, http, ...context } = cause.extensions;
    const known = isErrorCode(code);
    return {
      code: known ? code : (codes[http?.status ?? 0] ?? 'VALIDATION_ERROR'),
      message: cause.message,
      details: (details ?? []) as ErrorDetail[],
      ...(known && { context }),
    };
  }
  return classify(cause) ?? unexpectedError;
}

/** True where nobody but us can mend it: what belongs into the log. */
export const isUnexpected = (fault: ErrorPayload): boolean =>
  fault.code === 'INTERNAL_SERVER_ERROR';

/**
 * Yoga answers 200 to clients that ask for plain `application/json`, also where no GraphQL request could be read; the
 * GraphQL-over-HTTP specification means that of well-formed requests only.
 */
const statusOfHttp = ({ code, http }: GraphQLErrorExtensions) =>
  http && { ...http, spec: code !== 'BAD_REQUEST' && http.spec === true };

/** Any error as GraphQL clients see it: the message, and the code and details in `extensions`. */
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
      ...(extensions.http !== undefined && { http: statusOfHttp(extensions) }),
    },
  });
}
