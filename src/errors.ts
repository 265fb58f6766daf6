interface ErrorKind {
  /** The HTTP status of REST responses. */
  status: number;
  /** When the error occurs. */
  meaning: string;
  /** The next step of the caller. */
  remedy: string;
}

/** All error codes. The schema, the OpenAPI document and docs/errors.md are made from this table. */
export const errorKinds = {
  VALIDATION_ERROR: {
    status: 400,
    meaning: 'A parameter, the body or the GraphQL document is not valid.',
    remedy: 'Correct what the message and `details` name.',
  },
  INVALID_CURSOR: {
    status: 400,
    meaning: 'The cursor is not of this list, or belongs to another order.',
    remedy: 'Read the first page again, without a cursor.',
  },
  QUERY_TOO_LARGE: {
    status: 400,
    meaning: 'The request asks for more than the server does at once.',
    remedy: 'Ask for fewer rows or fields, or split the request: the message names the limit.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning:
      'There is no API key or token, or it is unknown, expired or revoked, or two keys differ.',
    remedy:
      'Send `Authorization: Bearer` and a valid key. `details` says what is wrong with a header, a key or a token.',
  },
  FORBIDDEN: {
    status: 403,
    meaning: 'The key or the token may not do this.',
    remedy: 'Use one with the scope that the message names.',
  },
  BOARD_NOT_FOUND: {
    status: 404,
    meaning: 'The workspace has no such board.',
    remedy: 'List the boards, and use the id of one of them.',
  },
  COLUMN_NOT_FOUND: {
    status: 404,
    meaning: 'The board has no such column.',
    remedy: 'Read the board, and use the id or the name of one of its columns.',
  },
  ITEM_NOT_FOUND: {
    status: 404,
    meaning: 'The board has no such item, or it was deleted.',
    remedy: 'List or search the items of the board.',
  },
  CONTACT_NOT_FOUND: {
    status: 404,
    meaning: 'The workspace has no such contact, or it was deleted.',
    remedy: 'List or search the contacts.',
  },
  WEBHOOK_NOT_FOUND: {
    status: 404,
    meaning: 'The workspace has no such webhook.',
    remedy: 'List the webhooks, and use the id of one of them.',
  },
  KEY_NOT_FOUND: {
    status: 404,
    meaning: 'The workspace has no such API key.',
    remedy: 'List the keys, and use the id of one of them.',
  },
  NOT_FOUND: {
    status: 404,
    meaning: 'There is nothing at this path, or no object with this id.',
    remedy: 'Compare the path with the reference.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 404,
    meaning: 'GraphQL only, with status 200: the server does not know a document of this hash.',
    remedy: 'Send the document together with its hash. Clients do so by themselves.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path exists, but not with this method.',
    remedy: 'Use a method that the header `Allow` lists.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    meaning: 'GraphQL only: a subscription, whose results the client does not accept.',
    remedy: 'Send `Accept: text/event-stream`.',
  },
  BOARD_IN_USE: {
    status: 409,
    meaning: 'The board still has items.',
    remedy: 'Delete the items with the board, as the message says.',
  },
  COLUMN_IN_USE: {
    status: 409,
    meaning: 'The column still has items.',
    remedy: 'Move or delete the items with the column, as the message says.',
  },
  CONTACT_IN_USE: {
    status: 409,
    meaning: 'Items are still linked to the contact.',
    remedy: 'Move, unlink or delete the items with the contact, as the message says.',
  },
  NAME_TAKEN: {
    status: 409,
    meaning: 'Another column of the board has this name.',
    remedy: 'Choose another name, or use the column that has it.',
  },
  AMBIGUOUS_MATCH: {
    status: 409,
    meaning: 'Several items or contacts have the value that one is to be found by.',
    remedy: 'Name one of them by its id, or merge the contacts, as the message says.',
  },
  CONFLICT: {
    status: 409,
    meaning: 'Another request changed the same thing at the same time.',
    remedy: 'Send the same request again.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    meaning: 'The first request with this idempotency key is still running.',
    remedy: 'Send the same request again after a second.',
  },
  CURSOR_EXPIRED: {
    status: 410,
    meaning:
      'The change log no longer reaches back to the cursor, or never had its change, as after the restore of a backup.',
    remedy: 'Read the board again, and follow the log from there.',
  },
  VERSION_CONFLICT: {
    status: 412,
    meaning: 'The item has changed since the expected version, or never had it.',
    remedy: 'Compare with the current item, which the error contains, and write again.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    meaning: 'The body of the request is over the limit, 1 MiB by default.',
    remedy: 'Send less in one request.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body is not JSON in UTF-8, or it is compressed.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    meaning: 'The idempotency key was used for another request.',
    remedy: 'Use a new key for each new request.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning:
      'The key sent more requests in a minute than it may, or its address too many invalid keys.',
    remedy: 'Wait for the seconds of the header `Retry-After`.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    meaning: 'The server failed. Its log has the error under the request id.',
    remedy: 'Try again; if that fails, report the header `X-Request-Id`.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    meaning:
      'The database is unavailable or too busy, or a limit of work at once is reached: of requests, their memory, waiting writes, streams or downloads. The message says which.',
    remedy: 'Try again after the seconds of the header `Retry-After`.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

/** An invalid field. `field` is its name in the schema, like `columnName`. */
export interface ErrorDetail {
  field: string;
  message: string;
}

export type ErrorContext = Readonly<Record<string, unknown>>;

/** Copies a slice of a text. V8 keeps the whole text in memory for as long as an uncopied slice of it is in use. */
const copied = (slice: string): string => Buffer.from(slice, 'utf16le').toString('utf16le');

/**
 * Shortens what an error says: messages quote what the caller sent, and one response may have a hundred of them. What was
 * cut or sent may have half of a character, which many parsers of JSON refuse.
 */
export const shorten = (text: string): string =>
  (text.length <= 2000
    ? text
    : copied(`${text.slice(0, 1000)} … ${text.slice(-500)}`)
  ).toWellFormed();

/** A number with its noun: `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** An error for the caller: a mistake in the request, or a failure that a retry may fix. Any other error is a bug. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  /** Data for programs by name, like the current item after a version conflict. */
  context: ErrorContext = {};

  constructor(code: ErrorCode, message: string, details: readonly ErrorDetail[] = []) {
    super(shorten(message));
    this.code = code;
    this.details = details.map((detail) => ({
      field: shorten(detail.field),
      message: shorten(detail.message),
    }));
  }

  withContext(context: ErrorContext): this {
    this.context = context;
    return this;
  }
}

/**
 * The request has no valid key or token. `message` of the hint is about the form of the header or about the token; about a
 * key it says the same whether there is one or not. `challenge` is the value of `WWW-Authenticate` (RFC 6750, section 3).
 */
export class Unauthenticated extends ApiError {
  readonly challenge: string;

  constructor(hint?: string, reason?: 'invalid_token') {
    const details = hint === undefined ? [] : [{ field: 'authorization', message: hint }];
    super('UNAUTHENTICATED', 'Not authenticated', details);
    const description = hint?.replace(/[^\x20-\x7e]|["\\]/g, '?');
    this.challenge =
      reason === undefined
        ? 'Bearer'
        : `Bearer error="${reason}", error_description="${description}"`;
  }
}

/** The HTTP status of an error code. */
export const statusOf = (code: ErrorCode): number => errorKinds[code].status;

/** True for the text of an error code. */
export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorKinds, code);

/** A 400 about one field: `title`, `must not be empty` reads "title must not be empty". */
export const invalid = (field: string, message: string): ApiError =>
  new ApiError('VALIDATION_ERROR', `${field} ${message}`, [{ field, message }]);
