import { type Caller, callerFinder } from '../auth/api-keys.ts';
import { ApiError } from '../errors.ts';
import { Budget } from '../limits/query-cost.ts';
import { createRateLimit, type Quota } from '../limits/rate-limit.ts';
import { createReads } from '../limits/read-limiter.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import { Loaders } from './loaders.ts';
import { createShared, type Shared } from './shared-loaders.ts';

/** A request as far as both doors read it; `Request` is one. */
export interface Incoming {
  method: string;
  /** With scheme and host. */
  url: string;
  headers: { get(name: string): string | null };
  body: unknown;
}

/** What one request carries, through either door. */
export interface Context {
  caller: Caller;
  db: PrismaClient;
  /** What pages, counts and groups are asked by: in turns with other requests, within the budget. */
  reads: Reader;
  loaders: Loaders;
  budget: Budget;
  shared: Shared;
  request: Incoming;
  /** What the caller named this request, so that a retry does nothing twice. */
  idempotencyKey?: string | undefined;
  /** Hears that a write answers with what an earlier attempt did. */
  onReplay: () => void;
}

/** The `Idempotency-Key` of a request. Throws VALIDATION_ERROR. */
function idempotencyKeyOf(headers: Incoming['headers']): string | undefined {
  const key = headers.get('idempotency-key')?.trim();
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new ApiError(
    'VALIDATION_ERROR',
    'The Idempotency-Key must be 1 to 200 letters, digits or signs without spaces, like a UUID.',
  );
}

/** The key that a request shows: as a bearer token, in the `api_key` header, or in both alike. */
function shownKey(headers: Incoming['headers']): string | undefined {
  const authorization = headers.get('authorization');
  const plain = headers.get('api_key');
  if (authorization === null) return plain ?? undefined;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  return plain === null || plain === bearer ? bearer : undefined;
}

/** Lets a request in: who calls, within the rate, and with what. */
export interface Admission {
  /** Throws UNAUTHENTICATED, always with the same words, or RATE_LIMITED. */
  admit(request: Incoming): Promise<Context>;
  /** What the request leaves of its key's rate. */
  quotaOf(request: Incoming): Quota;
  /** True where the request's answer is the one of an earlier attempt. */
  isReplayed(request: Incoming): boolean;
  /** The request has its answer: what it holds is let go. */
  leave(request: Incoming): void;
}

export function createAdmission(db: PrismaClient, requestsPerMinute: number): Admission {
  const findCaller = callerFinder(db);
  const rate = createRateLimit(requestsPerMinute);
  const shared = createShared(db);
  const readsFor = createReads(db);
  // One for each request: the collector pays for every entry of a weak map.
  const visits = new WeakMap<Incoming, { quota: Quota; isReplayed: boolean; budget: Budget }>();
  return {
    async admit(request) {
      const key = shownKey(request.headers);
      const caller = key === undefined ? undefined : await findCaller(key);
      if (caller === undefined) throw new ApiError('UNAUTHENTICATED', 'Not authenticated');
      const quota = rate.take(caller.keyId);
      const budget = new Budget();
      const visit = { quota, isReplayed: false, budget };
      visits.set(request, visit);
      if (quota.isExceeded) {
        throw new ApiError(
          'RATE_LIMITED',
          `Too many requests. Try again in ${quota.resetSeconds} s.`,
        );
      }
      const { workspaceId } = caller;
      const reads = readsFor(workspaceId, budget);
      return {
        caller,
        db,
        reads,
        loaders: new Loaders({ db, reads, workspaceId, shared }),
        budget,
        shared,
        request,
        idempotencyKey: idempotencyKeyOf(request.headers),
        onReplay: () => {
          visit.isReplayed = true;
        },
      };
    },
    leave: (request) => visits.get(request)?.budget.end(),
    isReplayed: (request) => visits.get(request)?.isReplayed ?? false,
    quotaOf: (request) => visits.get(request)?.quota ?? rate.full,
  };
}
