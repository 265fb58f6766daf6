import { ApiError } from '../errors.ts';
import { KeyedLimiter } from '../limits/keyed-limiter.ts';

/** Reads of streams that run at once: of all, and of one workspace. */
const levels = [{ permits: 4 }, { permits: 2 }];
/** Milliseconds that a statement waits for its turn. */
const waitTimeout = 30_000;

const tooManyReads = (): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `The stream could not read for ${waitTimeout / 1000} s, as others were reading. Continue from the last cursor.`,
  );

/** Limits the reads of streams, and lets those that ask for the same share one. */
export class SharedReads {
  readonly #limiter = new KeyedLimiter({
    queue: 'streams',
    levels,
    timeout: waitTimeout,
    createError: tooManyReads,
  });
  /** The reads that have not been sent yet. */
  readonly #waiting = new Map<string, Promise<unknown>>();

  /**
   * Reads for a workspace; `what` says what is read, and from which position. A read that began before it was asked for
   * could miss a commit, so only one that still waits is shared.
   */
  run<Page>(workspaceId: string, what: unknown, send: () => Promise<Page>): Promise<Page> {
    const name = JSON.stringify([workspaceId, what]);
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) return waiting as Promise<Page>;
    const read = this.#limiter.run([workspaceId], async () => {
      // All streams that a commit wakes ask in one turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      this.#waiting.delete(name);
      return send();
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
