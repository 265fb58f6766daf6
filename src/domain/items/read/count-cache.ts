import { LRUCache } from 'lru-cache';
import { cacheKeyOf } from '../cache-key.ts';

/** A cache of counts by all that they depend on. With a board's revision among it an entry is never stale. */
export interface CountCache {
  /** The count cached under this key; else counts, and caches it. */
  get(key: readonly string[], count: () => Promise<number>): Promise<number>;
}

/** Creates a cache of the 10,000 counts that were used last. */
export function createCountCache(): CountCache {
  // Promises, so that concurrent requests for a count share one.
  const counts = new LRUCache<string, Promise<number>>({ max: 10_000 });
  return {
    get(key, count) {
      const name = cacheKeyOf(key);
      const pending = counts.get(name) ?? count();
      counts.set(name, pending);
      // A failure is not cached.
      pending.catch(() => counts.delete(name));
      return pending;
    },
  };
}
