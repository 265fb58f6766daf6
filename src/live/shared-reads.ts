import type { Position } from '../domain/feed/position.ts';
import { type FeedPage, type FeedScope, readFeed } from '../domain/feed/read.ts';
import { ApiError } from '../errors.ts';
import { KeyedLimiter } from '../limits/keyed-limiter.ts';
import type { PrismaClient } from '../postgres/client.ts';

/** Statements of streams that run at once: of all, and of one workspace. */
const levels = [{ permits: 4 }, { permits: 2 }];
/** Milliseconds that a statement waits for its turn. */
const waitTimeout = 30_000;

const tooManyReads = (): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `The stream could not read for ${waitTimeout / 1000} s, as others were reading. Continue from the last cursor.`,
  );

/** Reads the logs of boards. Streams that are at one position of a board share one statement. */
export class SharedReads {
  readonly #db: PrismaClient;
  readonly #limiter = new KeyedLimiter({
    queue: 'streams',
    levels,
    timeout: waitTimeout,
    createError: tooManyReads,
  });
  /** The reads that have not been sent yet. */
  readonly #waiting = new Map<string, Promise<FeedPage>>();

  constructor(db: PrismaClient) {
    this.#db = db;
  }

  /** A read that began before it was asked for could miss a commit, so only one that still waits is shared. */
  read(scope: FeedScope, after: Position): Promise<FeedPage> {
    const name = JSON.stringify([scope, after]);
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) return waiting;
    const read = this.#limiter.run([scope.workspaceId], async () => {
      // All streams that a commit wakes ask in one turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      this.#waiting.delete(name);
      return readFeed(this.#db, scope, after);
    });
    this.#waiting.set(name, read);
    read
      .catch(() => {})
      .finally(() => {
        if (this.#waiting.get(name) === read) this.#waiting.delete(name);
      });
    return read;
  }
}
