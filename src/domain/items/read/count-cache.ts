import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Counts that cost something, remembered by all that they depend on. */
export interface CountCache {
  /** The count for these words; counted if it is not known. With a board's revision among them it is never stale. */
  get(words: readonly string[], count: () => Promise<number>): Promise<number>;
}

export function createCountCache(): CountCache {
  // Promises, so that who asks while it is being counted waits for the same count.
  const known = new LRUCache<string, Promise<number>>({ max: 10_000 });
  return {
    get(words, count) {
      // A filter may be long, and its place in memory should not be.
      const name = createHash('sha256').update(JSON.stringify(words)).digest('base64');
      const found = known.get(name) ?? count();
      known.set(name, found);
      // What went wrong once is not the answer.
      found.catch(() => known.delete(name));
      return found;
    },
  };
}
