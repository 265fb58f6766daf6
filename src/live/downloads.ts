import { ApiError } from '../errors.ts';
import { KeyedLimiter } from '../limits/keyed-limiter.ts';
import type { Cancellation } from '../postgres/cancel.ts';
import type { OpenStreams, StreamOwner } from './open-streams.ts';

/** Parts of downloads that are read at once: of all, and of one workspace. */
const levels = [{ permits: 2 }, { permits: 1 }];
/** Milliseconds that a download waits for its turn. */
const waitTimeout = 30_000;

const waitedTooLong = (): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `The download could not read for ${waitTimeout / 1000} s, as others were reading. Try again in a moment.`,
  );

/** The downloads of this process. They have thousands of pages and no rate, so they read in turns. */
export class Downloads {
  readonly #streams: OpenStreams;
  readonly #limiter = new KeyedLimiter({
    queue: 'downloads',
    levels,
    timeout: waitTimeout,
    createError: waitedTooLong,
  });

  constructor(streams: OpenStreams) {
    this.#streams = streams;
  }

  /**
   * Counts a download as a stream, until the returned function is called. It is not ended: a server that stops lets it
   * finish. Throws SERVICE_UNAVAILABLE where there are too many.
   */
  open(owner: StreamOwner): () => void {
    return this.#streams.open(owner, () => {});
  }

  /** Reads a part of a download in its turn. Throws SERVICE_UNAVAILABLE where that does not come. */
  read<Result>(
    { workspaceId }: StreamOwner,
    read: () => Promise<Result>,
    cancellation: Cancellation,
  ): Promise<Result> {
    return this.#limiter.run([workspaceId], read, cancellation);
  }
}
