/** Every error that a caller may meet, with the HTTP status that REST answers. */
const statuses = {
  VALIDATION_ERROR: 400,
  INVALID_CURSOR: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BOARD_NOT_FOUND: 404,
  COLUMN_NOT_FOUND: 404,
  ITEM_NOT_FOUND: 404,
  CONTACT_NOT_FOUND: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BOARD_IN_USE: 409,
  COLUMN_IN_USE: 409,
  CONTACT_IN_USE: 409,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof statuses;

/** One field that was wrong. `field` is the name as the schema spells it (`columnName`). */
export interface ErrorDetail {
  field: string;
  message: string;
}

/** What the caller did wrong, or what the caller may try again. Anything else thrown is a bug. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];

  constructor(code: ErrorCode, message: string, details: readonly ErrorDetail[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The HTTP status of an error code. */
export const statusOf = (code: ErrorCode): number => statuses[code];

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(statuses, code);

/** A 400 about one field: `title`, `must not be empty` reads "title must not be empty". */
export const invalid = (field: string, message: string): ApiError =>
  new ApiError('VALIDATION_ERROR', `${field} ${message}`, [{ field, message }]);
