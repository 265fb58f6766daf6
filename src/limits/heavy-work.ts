import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../errors.ts';
import type { Cancellation } from '../postgres/cancel.ts';
import { KeyedLimiter } from './keyed-limiter.ts';
import type { QueryCost } from './query-cost.ts';

/** Heavy executions at once, with their pauses and their waits for the database: of all, and of one workspace. */
const levels = [{ permits: 4 }, { permits: 1 }];
/** Milliseconds that one waits for its turn. */
const waitTimeout = 25_000;
/** Milliseconds of the event loop above which an execution is heavy. */
const heavyTime = 10;
/** The pause after a heavy execution, in which the event loop does other work, as a multiple of its time. */
const pauseFactor = 2;

const waitedTooLong = (): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `Too many large documents or events are waiting: this one waited for ${waitTimeout / 1000} s, which is the limit. Select less, or try again in a moment.`,
  );

interface Execution {
  workspaceId: string;
  keyId: string;
  cost: Pick<QueryCost, 'eventLoopTime'>;
  cancellation: Cancellation;
}

/**
 * Runs what keeps the event loop busy for long: executions of graphql-js, whose documents select fields of thousands of
 * rows. Those of a key whose last ones were heavy take turns, with a pause after each.
 */
export class HeavyWork {
  /** The milliseconds of the event loop that the last executions of each key took, by an estimate. */
  readonly #times = new LRUCache<string, number>({ max: 10_000 });
  readonly #limiter = new KeyedLimiter({
    queue: 'executions',
    levels,
    timeout: waitTimeout,
    createError: waitedTooLong,
  });

  /** Runs an execution: at once, or in its turn. Throws SERVICE_UNAVAILABLE where that does not come. */
  run<Result>(
    { workspaceId, keyId, cost, cancellation }: Execution,
    execute: () => Promise<Result>,
  ): Promise<Result> {
    const measured = async () => {
      try {
        return await execute();
      } finally {
        // A light one in between does not hide the heavy ones.
        const time = Math.max(cost.eventLoopTime, (this.#times.get(keyId) ?? 0) / 2);
        this.#times.set(keyId, time);
      }
    };
    if ((this.#times.get(keyId) ?? 0) <= heavyTime) return measured();
    return new Promise((resolve, reject) => {
      const inTurn = async () => {
        await measured().then(resolve, reject);
        await sleep(cost.eventLoopTime * pauseFactor);
      };
      this.#limiter.run([workspaceId], inTurn, cancellation).catch(reject);
    });
  }
}
