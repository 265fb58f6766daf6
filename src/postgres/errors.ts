import { ApiError } from '../errors.ts';

const unavailable = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
  'P2039',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '25006',
  '53300',
  '53200',
  '53100',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
]);
const tooSlow = new Set(['57014', '55P03']);
const conflicting = new Set([
  // A position beyond the numbers: only another place in the column helps.
  '22003',
  'P2034',
  '40001',
  '40P01',
  'P2002',
  '23505',
  'P2003',
  '23503',
]);
const unreadableText = new Set(['22021', '22P05', '22P02']);
const lostConnection =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|connection ended|not queryable|server closed|Can't reach database/i;

const names = new Set(['code', 'originalCode', 'kind']);

/** The codes that an error and its causes carry: Prisma's, its adapter's, the driver's, PostgreSQL's. */
function* codesOf(error: unknown, depth = 0): Generator<string> {
  if (typeof error !== 'object' || error === null || depth > 5) return;
  for (const [key, value] of Object.entries(error)) {
    if (names.has(key) && typeof value === 'string') yield value;
    else if (typeof value === 'object') yield* codesOf(value, depth + 1);
  }
  if (error instanceof Error && error.cause !== undefined) yield* codesOf(error.cause, depth + 1);
}

/** True where a text could not be read as a number or an instant. */
export const isUnreadable = (error: unknown): boolean =>
  [...codesOf(error)].some((code) => ['22P02', '22003', '22007', '22008'].includes(code));

/** True where a lock that others have was not to be had in time; nothing was done. */
export const isLockTimeout = (error: unknown): boolean => [...codesOf(error)].includes('55P03');

/** What a failure of the database means to the caller; undefined where it is a bug of ours. */
export function classify(error: unknown): ApiError | undefined {
  const codes = [...codesOf(error)];
  const has = (set: ReadonlySet<string>) => codes.some((code) => set.has(code));
  if (has(tooSlow)) {
    return new ApiError(
      'SERVICE_UNAVAILABLE',
      'The database took too long. Try again; ask for less if it stays.',
    );
  }
  if (has(conflicting)) {
    return new ApiError('CONFLICT', 'Another request changed the same thing. Try again.');
  }
  if (codes.includes('IG001')) {
    return new ApiError(
      'QUERY_TOO_LARGE',
      'Nothing was written: the answer would be over 8 MiB. Write less at once, or ask only for id and version of the items.',
    );
  }
  if (has(unreadableText)) {
    return new ApiError('VALIDATION_ERROR', 'A text has a character that cannot be stored.');
  }
  const message = error instanceof Error ? error.message : '';
  if (has(unavailable) || lostConnection.test(message)) {
    return new ApiError('SERVICE_UNAVAILABLE', 'The database is away. Try again in a moment.');
  }
  return undefined;
}
