import { ApiError } from '../errors.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import { KeyedLimiter } from './keyed-limiter.ts';
import type { QueryCost } from './query-cost.ts';

/** Statements that run at once. */
const levels = [
  // Of all requests: together with the writes, fewer than there are connections.
  { permits: 8 },
  // Of one workspace, so that others have room.
  { permits: 6 },
  // Of one request.
  { permits: 3 },
];

/** Milliseconds that a statement waits for its permits. */
const waitTimeout = 10_000;
/** Milliseconds after which a request starts no further statement. */
const requestTimeout = 30_000;

const tooManyReads = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'Too many requests are waiting. Try again in a moment.');
const requestTimedOut = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'The request took too long. Ask for less at once.');

export type CreateReader = (workspaceId: string, cost: QueryCost) => Reader;

/**
 * Returns a function that creates the reader of one request. Readers share a limit of concurrent statements, and count
 * what they read in the request's cost. They throw SERVICE_UNAVAILABLE, and QUERY_TOO_LARGE.
 */
export function createReadLimiter(db: PrismaClient): CreateReader {
  const limiter = new KeyedLimiter({ levels, timeout: waitTimeout, createError: tooManyReads });
  return (workspaceId, cost) => {
    const keys = [workspaceId, Symbol('request')];
    const deadline = performance.now() + requestTimeout;
    const run = <Result>(read: () => Promise<Result>): Promise<Result> =>
      limiter.run(keys, () => {
        if (performance.now() > deadline) throw requestTimedOut();
        return read();
      });
    return {
      async $rows(statement, options) {
        const rows = await run(() => db.$rows(statement, options));
        let characters = 0;
        for (const row of rows) for (const cell of row) characters += cell?.length ?? 0;
        cost.addCharacters(characters);
        return rows;
      },
      // A template tag, like Prisma's. Its results (ids, groups, counts) are small and not counted.
      $queryRaw: ((...args: Parameters<PrismaClient['$queryRaw']>) =>
        run(() => db.$queryRaw(...args))) as PrismaClient['$queryRaw'],
    };
  };
}
