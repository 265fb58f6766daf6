/** All error codes, with the HTTP status of their REST responses. */
const statuses = {
  VALIDATION_ERROR: 400,
  INVALID_CURSOR: 400,
  QUERY_TOO_LARGE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BOARD_NOT_FOUND: 404,
  COLUMN_NOT_FOUND: 404,
  ITEM_NOT_FOUND: 404,
  CONTACT_NOT_FOUND: 404,
  WEBHOOK_NOT_FOUND: 404,
  NOT_FOUND: 404,
  PERSISTED_QUERY_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BOARD_IN_USE: 409,
  COLUMN_IN_USE: 409,
  CONTACT_IN_USE: 409,
  CONFLICT: 409,
  IDEMPOTENCY_KEY_IN_USE: 409,
  CURSOR_EXPIRED: 410,
  VERSION_CONFLICT: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_KEY_REUSED: 422,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof statuses;

/** An invalid field. `field` is its name in the schema, like `columnName`. */
export interface ErrorDetail {
  field: string;
  message: string;
}

export type ErrorContext = Readonly<Record<string, unknown>>;

/** An error for the caller: a mistake in the request, or a failure that a retry may fix. Any other error is a bug. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  /** Data for programs by name, like the current item after a version conflict. */
  context: ErrorContext = {};

  constructor(code: ErrorCode, message: string, details: readonly ErrorDetail[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }

  withContext(context: ErrorContext): this {
    this.context = context;
    return this;
  }
}

/** The HTTP status of an error code. */
export const statusOf = (code: ErrorCode): number => statuses[code];

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(statuses, code);

/** A 400 about one field: `title`, `must not be empty` reads "title must not be empty". */
export const invalid = (field: string, message: string): ApiError =>
  new ApiError('VALIDATION_ERROR', `${field} ${message}`, [{ field, message }]);
