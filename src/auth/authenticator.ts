import { hash as digest } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ApiError, counted, Unauthenticated } from '../errors.ts';
import { KeyedLimiter } from '../limits/keyed-limiter.ts';
import { type RateLimit, RateLimitExceeded } from '../limits/rate-limit.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { type Caller, findCaller, hashOf, isWellFormed } from './api-keys.ts';
import type { KeyTimes } from './issuer-keys.ts';
import type { TokenSettings } from './settings.ts';
import { createTokenCallers } from './token-callers.ts';
import { createVerifier, InvalidToken, isToken, type VerifyToken } from './tokens.ts';

/**
 * Milliseconds that a process caches the caller of a key or a token, or that a key has none. The documentation promises
 * that a revoked key stops working within 5 s.
 */
const cacheTtl = 3000;
/** Milliseconds for which a key that was valid is looked up even if its address has failed too often since. */
const trustTtl = 600_000;
/** Entries of one cache. */
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

/**
 * Finds the caller of a key or a token: at once where it is cached. `address` is that of the client, if it is known. Throws
 * UNAUTHENTICATED, whose reason is the same for all keys, RateLimitExceeded where the address has failed too often, FORBIDDEN for a
 * token without a use, and SERVICE_UNAVAILABLE.
 */
export type Authenticate = (
  credential: string | undefined,
  address: () => string | undefined,
) => Caller | Promise<Caller>;

export interface AuthenticatorOptions {
  /** A workspace whose keys and tokens do not work. */
  lockedWorkspaceId?: string | undefined;
  /** Whose JSON Web Tokens are accepted; undefined for none. */
  tokens?: TokenSettings | undefined;
  issuerKeyTimes?: KeyTimes | undefined;
}

/** Authenticates with one statement per key and TTL. `failures` limits the failures of each address. */
export function createAuthenticator(
  db: PrismaClient,
  failures: RateLimit,
  { lockedWorkspaceId, tokens, issuerKeyTimes }: AuthenticatorOptions = {},
): Authenticate {
  const verify = tokens && createVerifier(tokens, issuerKeyTimes);
  const findTokenCaller = createTokenCallers(db, lockedWorkspaceId);
  // The caches hold no keys in plain text. Unknown keys have their own, so that they displace no valid ones.
  const callers = new LRUCache<string, Caller>({ max, ttl: cacheTtl });
  const unknownKeys = new LRUCache<string, true>({ max, ttl: cacheTtl });
  const trustedKeys = new LRUCache<string, true>({ max, ttl: trustTtl });
  const lookups = new Map<string, Promise<Caller | undefined>>();
  const limiter = new KeyedLimiter({
    queue: 'keys',
    levels,
    timeout: waitTimeout,
    createError: tooManyLookups,
  });

  function checkFailures(subject: string | undefined): void {
    if (subject === undefined) return;
    const state = failures.check({ workspaceId: '', subject });
    if (!state.isExceeded) return;
    const count = state.limit - state.remaining;
    throw new RateLimitExceeded(
      `${counted(count, 'request')} from your address had an invalid key in this minute; the limit is ${state.limit}.`,
      state,
    );
  }

  function countFailure(subject: string | undefined): void {
    if (subject !== undefined) failures.count({ workspaceId: '', subject });
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
    countFailure(subject);
    throw new Unauthenticated(
      isToken(key)
        ? 'has a JSON Web Token, and this server accepts API keys only'
        : 'has a key that is unknown, expired or revoked',
    );
  }

  /** Counts only forged tokens as failures: one that has expired, or is for another server, is no attempt to guess one. */
  async function authenticateToken(
    { verify, token, name }: { verify: VerifyToken; token: string; name: string },
    subject: string | undefined,
  ): Promise<Caller> {
    try {
      const caller = await findTokenCaller(await verify(token));
      const remaining = (caller.tokenExpiresAt?.getTime() ?? 0) - Date.now();
      callers.set(name, caller, { ttl: Math.max(1, Math.min(cacheTtl, remaining)) });
      return caller;
    } catch (error) {
      if (error instanceof InvalidToken && error.isForged) {
        checkFailures(subject);
        countFailure(subject);
      }
      throw error;
    }
  }

  return (credential, address) => {
    // A request without a key costs nothing, so it is no failure.
    if (credential === undefined)
      throw new Unauthenticated(
        'is missing: send "Authorization: Bearer <key>". Only streams accept a key in the URL',
      );
    const name = digest('sha256', credential, 'base64');
    const caller = callers.get(name);
    if (caller !== undefined) return caller;
    return verify !== undefined && isToken(credential)
      ? authenticateToken({ verify, token: credential, name }, address())
      : authenticate(credential, name, address());
  };
}
