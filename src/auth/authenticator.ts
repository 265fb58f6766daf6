import { hash as digest } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../errors.ts';
import { KeyedLimiter } from '../limits/keyed-limiter.ts';
import { type RateLimit, RateLimitExceeded } from '../limits/rate-limit.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { type Caller, findCaller, hashOf, isWellFormed } from './api-keys.ts';

/** Milliseconds that a process caches the caller of a key, or that there is none. A revoked key stops working within 5 s. */
const cacheTtl = 3000;
/** Milliseconds that a key which was valid is looked up again, even where its address has failed too often. */
const trustTtl = 600_000;
/** Keys of one cache. */
const max = 10_000;

/** Statements that look up keys at once: of all addresses, and of one. */
const levels = [{ permits: 4, maxPending: 1000 }, { permits: 2 }];
/** Milliseconds that a look-up waits. */
const waitTimeout = 5000;

const tooManyLookups = (): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `More API keys are being checked than the limit of ${levels[0]?.permits} at once allows within ${waitTimeout} ms. Try again in a moment.`,
  );

/** The message is the same for every reason. A hint is about the form of the Authorization header, not about its key. */
export const unauthenticated = (hint?: string): ApiError =>
  new ApiError(
    'UNAUTHENTICATED',
    'Not authenticated',
    hint === undefined ? [] : [{ field: 'authorization', message: hint }],
  );

/**
 * Finds the caller of a key: at once where it is cached. `address` is that of the client, if it is known. Throws
 * UNAUTHENTICATED, with the same message for every reason, or RateLimitExceeded where the address has failed too often.
 */
export type Authenticate = (
  key: string | undefined,
  address: () => string | undefined,
) => Caller | Promise<Caller>;

/**
 * Authenticates with one statement per key and TTL. `failures` limits the failures of each address. The keys of a locked
 * workspace do not work.
 */
export function createAuthenticator(
  db: PrismaClient,
  failures: RateLimit,
  lockedWorkspaceId?: string,
): Authenticate {
  // The caches hold no keys in plain text. Unknown keys have their own, so that they displace no valid ones.
  const callers = new LRUCache<string, Caller>({ max, ttl: cacheTtl });
  const unknownKeys = new LRUCache<string, true>({ max, ttl: cacheTtl });
  const trustedKeys = new LRUCache<string, true>({ max, ttl: trustTtl });
  const lookups = new Map<string, Promise<Caller | undefined>>();
  const limiter = new KeyedLimiter({ levels, timeout: waitTimeout, createError: tooManyLookups });

  function checkFailures(subject: string | undefined): void {
    if (subject === undefined) return;
    const state = failures.check({ workspaceId: '', subject });
    if (!state.isExceeded) return;
    const count = state.limit - state.remaining;
    throw new RateLimitExceeded(
      `${count} requests from your address had an invalid key in this minute; the limit is ${state.limit}.`,
      state,
    );
  }

  async function lookUp(
    key: string,
    name: string,
    subject: string | undefined,
  ): Promise<Caller | undefined> {
    const caller = await limiter.run([subject ?? ''], () => {
      if (!trustedKeys.has(name)) checkFailures(subject);
      return findCaller(db, hashOf(key), lockedWorkspaceId);
    });
    if (caller === undefined) {
      trustedKeys.delete(name);
      unknownKeys.set(name, true);
    } else {
      trustedKeys.set(name, true);
      callers.set(name, caller);
    }
    return caller;
  }

  async function authenticate(
    key: string,
    name: string,
    subject: string | undefined,
  ): Promise<Caller> {
    if (!trustedKeys.has(name)) checkFailures(subject);
    let caller: Caller | undefined;
    if (isWellFormed(key) && !unknownKeys.has(name)) {
      const lookup =
        lookups.get(name) ?? lookUp(key, name, subject).finally(() => lookups.delete(name));
      lookups.set(name, lookup);
      caller = await lookup;
    }
    if (caller !== undefined) return caller;
    if (subject !== undefined) failures.count({ workspaceId: '', subject });
    throw unauthenticated();
  }

  return (key, address) => {
    // A request without a key costs nothing, so it is no failure.
    if (key === undefined) throw unauthenticated();
    const name = digest('sha256', key, 'base64');
    return callers.get(name) ?? authenticate(key, name, address());
  };
}
