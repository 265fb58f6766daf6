import type { PrismaClient } from './database/open.ts';
import { ApiError } from './errors.ts';
import { createTotals } from './items/totals.ts';
import { type Caller, callerFinder } from './keys.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { createRateLimit, type Quota } from './rate-limit.ts';

/** What one request carries, through either door. */
export interface Context {
  caller: Caller;
  db: PrismaClient;
  loaders: Loaders;
  request: Request;
}

/** The key that a request shows: as a bearer token, in the `api_key` header, or in both alike. */
function shownKey(headers: Headers): string | undefined {
  const authorization = headers.get('authorization');
  const plain = headers.get('api_key');
  if (authorization === null) return plain ?? undefined;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  return plain === null || plain === bearer ? bearer : undefined;
}

/** Lets a request in: who calls, within the rate, and with what. */
export interface Admission {
  /** Throws UNAUTHENTICATED, always with the same words, or RATE_LIMITED. */
  admit(request: Request): Promise<Context>;
  /** What the request leaves of its key's rate. */
  quotaOf(request: Request): Quota;
}

export function createAdmission(db: PrismaClient, requestsPerMinute: number): Admission {
  const findCaller = callerFinder(db);
  const rate = createRateLimit(requestsPerMinute);
  const totals = createTotals();
  const quotas = new WeakMap<Request, Quota>();
  return {
    async admit(request) {
      const key = shownKey(request.headers);
      const caller = key === undefined ? undefined : await findCaller(key);
      if (caller === undefined) throw new ApiError('UNAUTHENTICATED', 'Not authenticated');
      const quota = rate.take(caller.keyId);
      quotas.set(request, quota);
      if (quota.isExceeded) {
        throw new ApiError(
          'RATE_LIMITED',
          `Too many requests. Try again in ${quota.resetSeconds} s.`,
        );
      }
      return { caller, db, loaders: createLoaders(db, caller.workspaceId, totals), request };
    },
    quotaOf: (request) => quotas.get(request) ?? rate.full,
  };
}
