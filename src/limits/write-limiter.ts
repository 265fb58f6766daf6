import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../errors.ts';
import type { Cancellation } from '../postgres/cancel.ts';
import { isLockTimeout } from '../postgres/errors.ts';
import { KeyedLimiter } from './keyed-limiter.ts';

/** Transactions that run at once. */
const levels = [
  // Of all.
  { permits: 8, maxPending: 1000 },
  // Of one workspace, so that others have room.
  { permits: 6, maxPending: 500 },
  // Of one queue. The board's lock serializes its writes; the second is ready when the first commits.
  { permits: 2 },
];

/** Milliseconds that a write waits for its permits, and for a lock that other transactions hold. */
const waitTimeout = 10_000;
/** Milliseconds between two attempts to get a lock, during which other writes use the connection. */
const retryDelay = 500;

/** Writes of one queue run in order, two at a time: the writes of one board, or of one kind. */
export interface WriteQueue {
  workspaceId: string;
  queue: string;
}

/**
 * Runs writes in the order of their arrival in each queue, so that many or stuck writers of one board delay no other
 * board and no reader. A write that times out on a lock releases its permits, pauses and tries again. Throws
 * SERVICE_UNAVAILABLE where too many writes wait, or one has waited too long.
 */
export interface WriteLimiter {
  run<Result>(
    queue: WriteQueue,
    write: () => Promise<Result>,
    cancellation?: Cancellation,
  ): Promise<Result>;
}

/** Creates the limiter of all writes of a process. */
export function createWriteLimiter(): WriteLimiter {
  const limiter = new KeyedLimiter({
    queue: 'writes',
    levels,
    timeout: waitTimeout,
    createError: tooManyWrites,
  });
  return {
    run: ({ workspaceId, queue }, write, cancellation) =>
      limiter.join(
        [workspaceId, queue],
        async (run) => {
          const deadline = performance.now() + waitTimeout;
          for (;;) {
            try {
              return await run(write);
            } catch (error) {
              if (!isLockTimeout(error) || performance.now() > deadline) throw error;
              await sleep(retryDelay);
              cancellation?.throwIfCancelled();
            }
          }
        },
        cancellation,
      ),
  };
}

const tooManyWrites = (): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `Too many writes are waiting, or this one has waited for ${waitTimeout / 1000} s, which is the limit. Send fewer at once, or try again in a moment.`,
  );
