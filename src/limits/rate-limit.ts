import { LRUCache } from 'lru-cache';

/** What is left of a key's rate. */
export interface RateLimitState {
  /** Requests a minute. */
  limit: number;
  remaining: number;
  isExceeded: boolean;
  /** Seconds until the count begins anew. */
  resetSeconds: number;
}

const minute = 60_000;

/** Counts the requests of each key in windows of a minute, in this process's memory. */
export function createRateLimit(limit: number) {
  const windows = new LRUCache<string, { start: number; count: number }>({ max: 100_000 });
  return {
    full: { limit, remaining: limit, isExceeded: false, resetSeconds: 60 } satisfies RateLimitState,
    /** Takes one request from the key's rate. */
    take(keyId: string, now = Date.now()): RateLimitState {
      let window = windows.get(keyId);
      if (window === undefined || now - window.start >= minute) {
        window = { start: now, count: 0 };
        windows.set(keyId, window);
      }
      window.count += 1;
      return {
        limit,
        remaining: Math.max(0, limit - window.count),
        isExceeded: window.count > limit,
        resetSeconds: Math.max(1, Math.ceil((window.start + minute - now) / 1000)),
      };
    },
  };
}
