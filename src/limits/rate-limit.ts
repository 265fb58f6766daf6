import { LRUCache } from 'lru-cache';
import { ApiError, counted } from '../errors.ts';

const windowSeconds = 60;

/** The requests of a key, or the failures of an address, within one minute. */
export interface RateWindow {
  workspaceId: string;
  /** The id of the key, or the address. */
  subject: string;
  /** Minutes since 1970, so that all processes have the same windows. */
  minute: number;
  /** The count of all processes, when they last exchanged their counts. */
  shared: number;
  /** The count of this process since then. */
  local: number;
}

/** The state of a rate limit after a request. */
export interface RateLimitState {
  /** The name of the limit in the `RateLimit` headers. */
  policy: string;
  /** Per minute. */
  limit: number;
  remaining: number;
  isExceeded: boolean;
  /** Seconds until the window ends. */
  resetSeconds: number;
}

export interface RateLimitOptions {
  policy: string;
  /** Per minute. */
  limit: number;
  /** Called at each count, to share it with other processes. */
  onCount?: ((window: RateWindow) => void) | undefined;
}

type Subject = Pick<RateWindow, 'workspaceId' | 'subject'>;

/** A fixed-window rate limit per minute, in the memory of this process. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #windows = new LRUCache<string, RateWindow>({ max: 100_000 });

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** The state of a subject that has counted nothing. */
  get unused(): RateLimitState {
    return this.#stateOf(0, this.#options.limit, Date.now());
  }

  /** Counts one request of the subject, unless its limit is exceeded. `limit` is its own limit, if it has one. */
  count(subject: Subject, limit = this.#options.limit): RateLimitState {
    const now = Date.now();
    const window = this.#windowOf(subject, now);
    const used = window.shared + window.local;
    // Refused requests are not counted: no client is refused for longer because it retries.
    if (used >= limit) return { ...this.#stateOf(used, limit, now), isExceeded: true };
    window.local += 1;
    this.#options.onCount?.(window);
    return this.#stateOf(used + 1, limit, now);
  }

  /** The state of a subject; exceeded where its next request would be refused. */
  check(subject: Subject): RateLimitState {
    const now = Date.now();
    const { shared, local } = this.#windowOf(subject, now);
    const used = shared + local;
    const { limit } = this.#options;
    return { ...this.#stateOf(used, limit, now), isExceeded: used >= limit };
  }

  #windowOf({ workspaceId, subject }: Subject, now: number): RateWindow {
    const minute = Math.floor(now / 1000 / windowSeconds);
    const current = this.#windows.get(subject);
    if (current?.minute === minute) return current;
    const window = { workspaceId, subject, minute, shared: 0, local: 0 };
    this.#windows.set(subject, window);
    return window;
  }

  #stateOf(used: number, limit: number, now: number): RateLimitState {
    const { policy } = this.#options;
    const resetSeconds = windowSeconds - (Math.floor(now / 1000) % windowSeconds);
    const remaining = Math.max(0, limit - used);
    return { policy, limit, remaining, isExceeded: false, resetSeconds };
  }
}

/** RATE_LIMITED, with the state for the response's headers. */
export class RateLimitExceeded extends ApiError {
  readonly state: RateLimitState;

  /** `message` states the limit and the count. */
  constructor(message: string, state: RateLimitState) {
    super('RATE_LIMITED', `${message} Try again in ${state.resetSeconds} s.`);
    this.state = state;
  }
}

/**
 * The standard headers beside `X-RateLimit-…`:
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10
 */
export const rateLimitHeaders = ({ policy, limit, remaining, resetSeconds }: RateLimitState) => ({
  'RateLimit-Policy': `"${policy}";q=${limit};w=${windowSeconds}`,
  RateLimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
});

/** The error of a key that has used up its requests of this minute. */
export const keyRateExceeded = (state: RateLimitState): RateLimitExceeded =>
  new RateLimitExceeded(
    `This key has sent ${counted(state.limit - state.remaining, 'request')} in this minute; the limit is ${state.limit}.`,
    state,
  );
