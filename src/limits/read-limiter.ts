import { availableParallelism } from 'node:os';
import { ApiError } from '../errors.ts';
import type { Cancellation } from '../postgres/cancel.ts';
import type { Reader } from '../postgres/client.ts';
import type { StatementStats } from '../postgres/statement-stats.ts';
import { charactersOf } from '../postgres/text-query.ts';
import { KeyedLimiter, type Level } from './keyed-limiter.ts';
import type { QueryCost } from './query-cost.ts';
import { Turns } from './turns.ts';

/** Statements that run at once: of all requests, together with the writes fewer than there are connections; of one request. */
const permits = { process: 8, request: 3 };

/** Large reads at once: each keeps a core busy, and one is left for everything else. */
const largePermits = Math.max(1, availableParallelism() - 1);
const largeLevels = [{ permits: largePermits }, { permits: Math.ceil(largePermits / 2) }];

/** Milliseconds that a statement waits for its permits. Large ones wait for each other. */
const waitTimeouts = { usual: 10_000, large: 25_000 };

/** Characters of rows above which requests go on in turns: to write them into the response takes milliseconds. */
const largeCharacters = 500_000;

/** Lists of a request in one turn; the first ones need none. To build the statement of one takes part of a millisecond. */
const listsPerTurn = 10;

const waitedTooLong = (timeout: number): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `Too many reads are waiting: this one waited for ${timeout / 1000} s, which is the limit. Ask for less at once, or try again in a moment.`,
  );

interface ReaderOptions {
  workspaceId: string;
  cost: QueryCost;
  /** Cancels the request's statements. */
  cancellation: Cancellation;
  statements: StatementStats;
}

/** Runs the read statements of one request. */
export interface Reads extends Reader {
  /** Runs a read of Prisma's. */
  run<Result>(read: () => Promise<Result>): Promise<Result>;
  /** Reads a list, its count or its groups: in turns, where the request has many. */
  list<Result>(read: () => Promise<Result>): Promise<Result>;
  /** Runs statements on the primary, also where there is a replica. */
  readonly primary: Reader;
  /** For statements that read all of a large board: exact counts, groups, and pages whose matches no index finds. */
  readonly large: Reader;
}

export interface CreateReads {
  (options: ReaderOptions): Reads;
  /** Runs what several requests of a workspace read together, with as many permits as one request has. */
  together: ReadTogether;
}

export type ReadTogether = <Result>(
  workspaceId: string,
  read: () => Promise<Result>,
) => Promise<Result>;

/**
 * Returns a function that creates the reader of one request. Readers share a limit of concurrent statements, and count
 * what they read in the request's cost. They throw SERVICE_UNAVAILABLE, and QUERY_TOO_LARGE. `perWorkspace`: the statements
 * of one workspace that run at once. `db` may be a replica of `primary`.
 */
export function createReadLimiter(
  db: Reader,
  perWorkspace: number,
  primary: Reader = db,
): CreateReads {
  const usual = createLimiter(
    [{ permits: permits.process }, { permits: perWorkspace }, { permits: permits.request }],
    waitTimeouts.usual,
  );
  const large = createLimiter(largeLevels, waitTimeouts.large);
  const turns = new Turns({ timeout: waitTimeouts.large, createError: waitedTooLong });
  const createReads = ({ workspaceId, cost, cancellation, statements }: ReaderOptions): Reads => {
    const readerOf = (
      limiter: KeyedLimiter,
      keys: readonly PropertyKey[],
      server = db,
    ): Reader => ({
      async $rows(statement, options) {
        const read = statements.queued(statement.text, () =>
          server.$rows(statement, { ...options, cancellation }),
        );
        const rows = await limiter.run(keys, read, cancellation);
        let characters = 0;
        for (const row of rows) characters += charactersOf(row);
        cost.addCharacters(characters);
        statements.rows += rows.length;
        if (characters > largeCharacters) await turns.take(workspaceId, cancellation.signal);
        return rows;
      },
    });
    const keys = [workspaceId, Symbol('request')];
    let lists = 0;
    let turn: Promise<void> | undefined;
    return {
      ...readerOf(usual, keys),
      list(read) {
        if (lists > 0 && lists % listsPerTurn === 0)
          turn = turns.take(workspaceId, cancellation.signal);
        lists += 1;
        return turn === undefined ? read() : turn.then(read);
      },
      run: (read) => usual.run(keys, read, cancellation),
      get primary() {
        return readerOf(usual, keys, primary);
      },
      get large() {
        return readerOf(large, [workspaceId]);
      },
    };
  };
  const together: ReadTogether = (workspaceId, read) => usual.run([workspaceId, 'together'], read);
  return Object.assign(createReads, { together });
}

const createLimiter = (levels: readonly Level[], timeout: number): KeyedLimiter =>
  new KeyedLimiter({
    queue: 'reads',
    levels,
    timeout,
    createError: () => waitedTooLong(timeout),
  });
