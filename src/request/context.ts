import { type Caller, createCallerLookup } from '../auth/api-keys.ts';
import { ApiError } from '../errors.ts';
import { QueryCost } from '../limits/query-cost.ts';
import { createRateLimit, type RateLimitState } from '../limits/rate-limit.ts';
import { createReadLimiter } from '../limits/read-limiter.ts';
import { ResponseMemory } from '../limits/response-memory.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import { Loaders } from './loaders.ts';
import { createSharedLoaders, type SharedLoaders, type SharedOptions } from './shared-loaders.ts';

/** The part of fetch's `Request` that is read here; `Request` implements it. */
export interface RequestLike {
  method: string;
  /** Absolute. */
  url: string;
  headers: { get(name: string): string | null };
  body: unknown;
}

/** The context of one request, by REST or GraphQL. */
export interface Context {
  caller: Caller;
  db: PrismaClient;
  /** Runs read statements within the limits of concurrency and cost. */
  reads: Reader;
  loaders: Loaders;
  cost: QueryCost;
  shared: SharedLoaders;
  request: RequestLike;
  idempotencyKey?: string | undefined;
  /** Called when a write returns the saved result of an earlier request with the same idempotency key. */
  onReplay: () => void;
}

/** The `Idempotency-Key` header. Throws VALIDATION_ERROR. */
function readIdempotencyKey(headers: RequestLike['headers']): string | undefined {
  const key = headers.get('idempotency-key')?.trim();
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new ApiError(
    'VALIDATION_ERROR',
    'The Idempotency-Key must be 1 to 200 printable ASCII characters without spaces, like a UUID.',
  );
}

/** The API key from the bearer token or the `api_key` header; undefined where the two differ. */
function readApiKey(headers: RequestLike['headers']): string | undefined {
  const authorization = headers.get('authorization');
  const apiKey = headers.get('api_key');
  if (authorization === null) return apiKey ?? undefined;
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  return apiKey === null || apiKey === token ? token : undefined;
}

/** Creates the contexts of requests, and holds what their responses need. */
export interface RequestContexts {
  /**
   * Authenticates the caller and counts the request. Throws UNAUTHENTICATED, with the same message for every reason, or
   * RATE_LIMITED.
   */
  create(request: RequestLike): Promise<Context>;
  /** The state of the key's rate limit after this request. */
  rateLimitOf(request: RequestLike): RateLimitState;
  /** True where the response repeats the result of an earlier request with the same idempotency key. */
  isReplayed(request: RequestLike): boolean;
  /** Releases the response memory of the request. */
  release(request: RequestLike): void;
}

export function createRequestContexts(
  db: PrismaClient,
  requestsPerMinute: number,
  options: Partial<SharedOptions> = {},
): RequestContexts {
  const findCaller = createCallerLookup(db);
  const rateLimits = createRateLimit(requestsPerMinute);
  const shared = createSharedLoaders(db, options);
  const createReader = createReadLimiter(db);
  const memory = new ResponseMemory();
  // One map for everything: each entry of a WeakMap costs the garbage collector time.
  const states = new WeakMap<
    RequestLike,
    { rateLimit: RateLimitState; isReplayed: boolean; cost: QueryCost }
  >();
  return {
    async create(request) {
      const key = readApiKey(request.headers);
      const caller = key === undefined ? undefined : await findCaller(key);
      if (caller === undefined) throw new ApiError('UNAUTHENTICATED', 'Not authenticated');
      const rateLimit = rateLimits.count(caller.keyId);
      const cost = new QueryCost(memory);
      const state = { rateLimit, isReplayed: false, cost };
      states.set(request, state);
      if (rateLimit.isExceeded) {
        throw new ApiError(
          'RATE_LIMITED',
          `Too many requests. Try again in ${rateLimit.resetSeconds} s.`,
        );
      }
      const { workspaceId } = caller;
      const reads = createReader(workspaceId, cost);
      return {
        caller,
        db,
        reads,
        loaders: new Loaders({ db, reads, workspaceId, shared }),
        cost,
        shared,
        request,
        idempotencyKey: readIdempotencyKey(request.headers),
        onReplay: () => {
          state.isReplayed = true;
        },
      };
    },
    rateLimitOf: (request) => states.get(request)?.rateLimit ?? rateLimits.unused,
    isReplayed: (request) => states.get(request)?.isReplayed ?? false,
    release: (request) => states.get(request)?.cost.release(),
  };
}
