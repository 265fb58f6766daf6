import type { Logger } from 'pino';
import { ApiError, type ErrorCode, statusOf, Unauthenticated } from '../errors.ts';
import type { HandlerResponse } from '../http/handler.ts';
import { type ErrorPayload, isUnexpected, toErrorPayload } from '../mask-error.ts';
import { stringify } from '../raw-json.ts';
import type { Endpoint } from './endpoint.ts';
import { contextToSnakeCase, withRestNames } from './names.ts';

/** The path exists, but not with this method. `allow` is the `Allow` header (RFC 9110, section 10.2.1). */
export class MethodNotAllowed extends ApiError {
  readonly allow: string;
  /** `hint` is what else to use. */
  constructor(method: string, allow: string, hint = '') {
    super('METHOD_NOT_ALLOWED', `${method} is not possible here. Use ${allow}${hint}.`);
    this.allow = allow;
  }
}

/** An error of the operation of an endpoint, with REST names. The plugin use-error-masking has already logged it. */
export class EndpointError extends Error {
  readonly payload: ErrorPayload;
  constructor(endpoint: Endpoint, error: unknown) {
    const payload = withRestNames(endpoint.parameterNames, toErrorPayload(error));
    super(payload.message);
    this.payload = payload;
  }
}

/** The code that the response to any error has. */
export const codeOf = (error: unknown): ErrorCode =>
  (error instanceof EndpointError ? error.payload : toErrorPayload(error)).code;

/** The response to any error. Logs unexpected errors, and masks them. */
export function errorResponse(error: unknown, log: Logger): HandlerResponse {
  const isLogged = error instanceof EndpointError;
  const payload = isLogged ? error.payload : toErrorPayload(error);
  if (isUnexpected(payload.code) && !isLogged) log.error({ err: error }, 'request failed');
  return {
    status: statusOf(payload.code),
    body: stringify(errorBody(payload)),
    headers: headersOf(error, payload),
  };
}

const errorBody = ({ code, message, details, context = {} }: ErrorPayload): object => ({
  success: false,
  status_code: statusOf(code),
  error: { code, message, ...(details.length > 0 && { details }), ...contextToSnakeCase(context) },
});

function headersOf(error: unknown, { code }: ErrorPayload): Record<string, string> {
  if (error instanceof Unauthenticated) return { 'WWW-Authenticate': error.challenge };
  if (code === 'IDEMPOTENCY_KEY_IN_USE') return { 'Retry-After': '1' };
  if (error instanceof MethodNotAllowed) return { Allow: error.allow };
  return {};
}
