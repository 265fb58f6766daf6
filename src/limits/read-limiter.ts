import { ApiError } from '../errors.ts';
import type { Cancellation } from '../postgres/cancel.ts';
import type { Reader } from '../postgres/client.ts';
import type { StatementStats } from '../postgres/statement-stats.ts';
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

const tooManyReads = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'Too many requests are waiting. Try again in a moment.');

interface ReaderOptions {
  workspaceId: string;
  cost: QueryCost;
  /** Cancels the request's statements. */
  cancellation: Cancellation;
  statements: StatementStats;
}

export type CreateReader = (options: ReaderOptions) => Reader;

/**
 * Returns a function that creates the reader of one request. Readers share a limit of concurrent statements, and count
 * what they read in the request's cost. They throw SERVICE_UNAVAILABLE, and QUERY_TOO_LARGE.
 */
export function createReadLimiter(db: Reader): CreateReader {
  const limiter = new KeyedLimiter({
    queue: 'reads',
    levels,
    timeout: waitTimeout,
    createError: tooManyReads,
  });
  return ({ workspaceId, cost, cancellation, statements }) => {
    const keys = [workspaceId, Symbol('request')];
    return {
      async $rows(statement, options) {
        const read = statements.queued(statement.text, () =>
          db.$rows(statement, { ...options, cancellation }),
        );
        const rows = await limiter.run(keys, read, cancellation);
        let characters = 0;
        for (const row of rows) for (const cell of row) characters += cell?.length ?? 0;
        cost.addCharacters(characters);
        statements.rows += rows.length;
        return rows;
      },
    };
  };
}
