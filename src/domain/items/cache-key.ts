import { hash } from 'node:crypto';

/** The key of a cache that outlives a request: the digest of its parts, among which is a filter of up to a megabyte. */
export const cacheKeyOf = (parts: readonly unknown[]): string =>
  hash('sha256', JSON.stringify(parts), 'base64');
