import { ApiError, type ErrorCode } from '../errors.ts';

/** The database cannot be reached, or accepts no connections or writes. */
const unavailableCodes = [
  // Prisma.
  ...['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017'],
  ...['P2024', 'P2028', 'P2037', 'P2039'],
  // Prisma's adapter.
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'],
  'TlsConnectionError',
  // PostgreSQL.
  ...['08000', '08001', '08003', '08004', '08006', '25006', '25P03', '53100', '53200', '53300'],
  ...['57P01', '57P02', '57P03', '57P05'],
  // Node.js.
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
];

/** Lost connections for which node-postgres and Prisma set no code. */
const unavailableMessage =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|connection ended|not queryable|server closed|Can't reach database/i;

/** The code of PgBouncer's own errors: none of its connections is free, or it cannot open one. */
const protocolViolation = '08P01';

/** PostgreSQL's own messages with this code: the statement or the driver is wrong, and a retry does not help. */
const violationMessage =
  /bind message (has|supplies)|invalid (frontend )?message|left in message|string in message|unexpected message type/;

interface Failure {
  codes: ReadonlySet<string>;
  code: ErrorCode;
  message: string;
}

const unavailable: Failure = {
  codes: new Set(unavailableCodes),
  code: 'SERVICE_UNAVAILABLE',
  message: 'The database is unavailable. Try again in a moment.',
};

/** Failures of the database by their codes. The first that matches counts. */
const failures: readonly Failure[] = [
  {
    // query_canceled by a timeout, lock_not_available.
    codes: new Set(['57014', '55P03']),
    code: 'SERVICE_UNAVAILABLE',
    message: 'The database took too long. Try again; request less if it persists.',
  },
  {
    codes: new Set([
      // A position outside of integer: the item fits elsewhere in the column.
      '22003',
      // Serialization failures, deadlocks, and keys that another transaction has added or deleted.
      ...['P2034', '40001', '40P01', 'P2002', '23505', 'P2003', '23503'],
    ]),
    code: 'CONFLICT',
    message: 'Another request changed the same thing. Try again.',
  },
  {
    // Raised by write_items.
    codes: new Set(['IG001']),
    code: 'QUERY_TOO_LARGE',
    message:
      'Nothing was written: the response would be larger than 8 MiB. Write less at once, or select only id and version of the items.',
  },
  {
    codes: new Set(['22021', '22P05', '22P02']),
    code: 'VALIDATION_ERROR',
    message: 'A text has a character that cannot be stored.',
  },
  unavailable,
];

const codeProperties = new Set(['code', 'originalCode', 'kind']);

/** The codes of an error and its causes: of Prisma, its adapter, node-postgres and PostgreSQL. */
function* codesOf(error: unknown, depth = 0): Generator<string> {
  if (typeof error !== 'object' || error === null || depth > 5) return;
  for (const [key, value] of Object.entries(error)) {
    if (codeProperties.has(key) && typeof value === 'string') yield value;
    else if (typeof value === 'object') yield* codesOf(value, depth + 1);
  }
  if (error instanceof Error && error.cause !== undefined) yield* codesOf(error.cause, depth + 1);
}

/** True where a text could not be read as a number or an instant. */
export const isUnreadable = (error: unknown): boolean =>
  [...codesOf(error)].some((code) => ['22P02', '22003', '22007', '22008'].includes(code));

/** True where the server ended the connection, or it broke. */
export const isConnectionLost = (error: unknown): boolean =>
  [...codesOf(error)].some((code) => ['57P01', '57P02'].includes(code)) ||
  (error instanceof Error && /^Connection terminated/.test(error.message));

/** True where the statement was cancelled: it took longer than statement_timeout, or its request has ended. */
export const isStatementCancelled = (error: unknown): boolean =>
  [...codesOf(error)].includes('57014');

/** True where another transaction held a lock for longer than lock_timeout; nothing was written. */
export const isLockTimeout = (error: unknown): boolean => [...codesOf(error)].includes('55P03');

/** True where another transaction had a lock and waited for one of this transaction; nothing was written. */
export const isDeadlock = (error: unknown): boolean => [...codesOf(error)].includes('40P01');

/**
 * The message of the database where it is unavailable or took too long, for the log. It has no values of callers. Undefined
 * for any other error.
 */
export const unavailabilityOf = (error: unknown): string | undefined =>
  error instanceof Error && classifyDatabaseError(error)?.code === 'SERVICE_UNAVAILABLE'
    ? error.message.trim().split('\n').at(-1)?.slice(0, 300)
    : undefined;

/** A failure of the database as callers see it, with the original as its `cause`. Undefined for any other error. */
export function classifyDatabaseError(error: unknown): ApiError | undefined {
  const codes = [...codesOf(error)];
  const message = error instanceof Error ? error.message : '';
  const isLost = codes.includes(protocolViolation)
    ? !violationMessage.test(message)
    : unavailableMessage.test(message);
  const failure =
    failures.find((candidate) => codes.some((code) => candidate.codes.has(code))) ??
    (isLost ? unavailable : undefined);
  if (failure === undefined) return undefined;
  const classified = new ApiError(failure.code, failure.message);
  classified.cause = error;
  return classified;
}
