import { LRUCache } from 'lru-cache';

/** The state of a key's rate limit after a request. */
export interface RateLimitState {
  /** Requests per minute. */
  limit: number;
  remaining: number;
  isExceeded: boolean;
  /** Seconds until the window ends. */
  resetSeconds: number;
}

const windowLength = 60_000;

/** A fixed-window rate limit: counts the requests of each key per minute, in the memory of this process. */
export function createRateLimit(limit: number) {
  const windows = new LRUCache<string, { start: number; count: number }>({ max: 100_000 });
  return {
    unused: {
      limit,
      remaining: limit,
      isExceeded: false,
      resetSeconds: windowLength / 1000,
    } satisfies RateLimitState,
    /** Counts one request of the key. */
    count(keyId: string, now = Date.now()): RateLimitState {
      let window = windows.get(keyId);
      if (window === undefined || now - window.start >= windowLength) {
        window = { start: now, count: 0 };
        windows.set(keyId, window);
      }
      window.count += 1;
      return {
        limit,
        remaining: Math.max(0, limit - window.count),
        isExceeded: window.count > limit,
        resetSeconds: Math.max(1, Math.ceil((window.start + windowLength - now) / 1000)),
      };
    },
  };
}
