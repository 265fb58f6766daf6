import { type Caller, createCallerLookup } from '../auth/api-keys.ts';
import { ApiError } from '../errors.ts';
import { QueryCost } from '../limits/query-cost.ts';
import { createRateLimit, type RateLimitState } from '../limits/rate-limit.ts';
import { createReadLimiter } from '../limits/read-limiter.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import { Loaders } from './loaders.ts';
import { createSharedLoaders, type SharedLoaders } from './shared-loaders.ts';

/** A request as far as both doors read it; `Request` is one. */
export interface IncomingRequest {
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
  /** What pages, counts and groups are asked by: in turns with other requests, within the cost. */
  reads: Reader;
  loaders: Loaders;
  cost: QueryCost;
  shared: SharedLoaders;
  request: IncomingRequest;
  /** What the caller named this request, so that a retry does nothing twice. */
  idempotencyKey?: string | undefined;
  /** Hears that a write answers with what an earlier attempt did. */
  onReplay: () => void;
}

/** The `Idempotency-Key` of a request. Throws VALIDATION_ERROR. */
function idempotencyKeyOf(headers: IncomingRequest['headers']): string | undefined {
  const key = headers.get('idempotency-key')?.trim();
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new ApiError(
    'VALIDATION_ERROR',
    'The Idempotency-Key must be 1 to 200 letters, digits or signs without spaces, like a UUID.',
  );
}

/** The key that a request shows: as a bearer token, in the `api_key` header, or in both alike. */
function readApiKey(headers: IncomingRequest['headers']): string | undefined {
  const authorization = headers.get('authorization');
  const plain = headers.get('api_key');
  if (authorization === null) return plain ?? undefined;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  return plain === null || plain === bearer ? bearer : undefined;
}

/** Lets a request in: who calls, within the rate, and with what. */
export interface Admission {
  /** Throws UNAUTHENTICATED, always with the same words, or RATE_LIMITED. */
  admit(request: IncomingRequest): Promise<Context>;
  /** What the request leaves of its key's rate. */
  rateLimitOf(request: IncomingRequest): RateLimitState;
  /** True where the request's answer is the one of an earlier attempt. */
  isReplayed(request: IncomingRequest): boolean;
  /** The request has its answer: what it holds is let go. */
  leave(request: IncomingRequest): void;
}

export function createAdmission(db: PrismaClient, requestsPerMinute: number): Admission {
  const findCaller = createCallerLookup(db);
  const rate = createRateLimit(requestsPerMinute);
  const shared = createSharedLoaders(db);
  const readsFor = createReadLimiter(db);
  // One for each request: the collector pays for every entry of a weak map.
  const visits = new WeakMap<
    IncomingRequest,
    { quota: RateLimitState; isReplayed: boolean; cost: QueryCost }
  >();
  return {
    async admit(request) {
      const key = readApiKey(request.headers);
      const caller = key === undefined ? undefined : await findCaller(key);
      if (caller === undefined) throw new ApiError('UNAUTHENTICATED', 'Not authenticated');
      const quota = rate.take(caller.keyId);
      const cost = new QueryCost();
      const visit = { quota, isReplayed: false, cost };
      visits.set(request, visit);
      if (quota.isExceeded) {
        throw new ApiError(
          'RATE_LIMITED',
          `Too many requests. Try again in ${quota.resetSeconds} s.`,
        );
      }
      const { workspaceId } = caller;
      const reads = readsFor(workspaceId, cost);
      return {
        caller,
        db,
        reads,
        loaders: new Loaders({ db, reads, workspaceId, shared }),
        cost,
        shared,
        request,
        idempotencyKey: idempotencyKeyOf(request.headers),
        onReplay: () => {
          visit.isReplayed = true;
        },
      };
    },
    leave: (request) => visits.get(request)?.cost.end(),
    isReplayed: (request) => visits.get(request)?.isReplayed ?? false,
    rateLimitOf: (request) => visits.get(request)?.quota ?? rate.full,
  };
}
