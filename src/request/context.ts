import { type Caller, createCallerLookup } from '../auth/api-keys.ts';
import { ApiError } from '../errors.ts';
import { InFlight, type InFlightLimits, type Reservation } from '../limits/in-flight.ts';
import { QueryCost } from '../limits/query-cost.ts';
import { createRateLimit, type RateLimitState } from '../limits/rate-limit.ts';
import { createReadLimiter } from '../limits/read-limiter.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import { Lifetime } from './lifetime.ts';
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
  /** Cancels the request's statements when the request ends. */
  lifetime: Lifetime;
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
  /** Ends the request: releases what it has reserved, and cancels what it still runs. */
  release(request: RequestLike): void;
}

/** The largest body of a request, in bytes. */
export const maxBodyBytes = 1024 * 1024;
/** Bytes that a request holds beside its body: context, statements, promises. */
const baseBytes = 64 * 1024;
/** A body is held as bytes, as text, as parsed JSON and as parameters of statements. */
const bytesPerBodyByte = 6;

/** The bytes that a request reserves before its body is read. */
function estimateBytes({ headers }: RequestLike): number {
  const isChunked = headers.get('transfer-encoding') !== null;
  const length = isChunked ? maxBodyBytes : Number(headers.get('content-length') ?? 0);
  // Larger bodies are refused without being read.
  return baseBytes + (length <= maxBodyBytes ? length * bytesPerBodyByte : 0);
}

/** The state of one request that its response needs. */
interface RequestState {
  rateLimit: RateLimitState | undefined;
  isReplayed: boolean;
  lifetime: Lifetime;
  reservation: Reservation | undefined;
}

export interface RequestContextOptions extends Partial<SharedOptions> {
  inFlight?: InFlightLimits;
  /** Milliseconds. */
  requestTimeout?: number;
}

export function createRequestContexts(
  db: PrismaClient,
  requestsPerMinute: number,
  { inFlight: limits, requestTimeout, ...options }: RequestContextOptions = {},
): RequestContexts {
  const findCaller = createCallerLookup(db);
  const rateLimits = createRateLimit(requestsPerMinute);
  const shared = createSharedLoaders(db, options);
  const createReader = createReadLimiter(db);
  const inFlight = new InFlight(limits);
  // One map for everything: each entry of a WeakMap costs the garbage collector time.
  const states = new WeakMap<RequestLike, RequestState>();
  const stateOf = (request: RequestLike): RequestState => {
    const state = states.get(request) ?? {
      rateLimit: undefined,
      isReplayed: false,
      lifetime: new Lifetime(requestTimeout),
      reservation: undefined,
    };
    states.set(request, state);
    return state;
  };

  return {
    async create(request) {
      const state = stateOf(request);
      const { lifetime } = state;
      const key = readApiKey(request.headers);
      const caller = key === undefined ? undefined : await findCaller(key);
      if (caller === undefined) throw new ApiError('UNAUTHENTICATED', 'Not authenticated');
      const rateLimit = rateLimits.count(caller.keyId);
      state.rateLimit = rateLimit;
      if (rateLimit.isExceeded) {
        throw new ApiError(
          'RATE_LIMITED',
          `Too many requests. Try again in ${rateLimit.resetSeconds} s.`,
        );
      }
      const idempotencyKey = readIdempotencyKey(request.headers);
      const acquired = inFlight.acquire(caller, estimateBytes(request), lifetime);
      // Most requests need not wait, not even for a microtask.
      const reservation = acquired instanceof Promise ? await acquired : acquired;
      state.reservation = reservation;
      if (lifetime.isEnded) reservation.release();
      lifetime.throwIfCancelled();
      const { workspaceId } = caller;
      const cost = new QueryCost(reservation);
      const reads = createReader({ workspaceId, cost, cancellation: lifetime });
      return {
        caller,
        db,
        reads,
        loaders: new Loaders({ db, reads, workspaceId, shared }),
        cost,
        shared,
        request,
        lifetime,
        idempotencyKey,
        onReplay: () => {
          state.isReplayed = true;
        },
      };
    },
    rateLimitOf: (request) => states.get(request)?.rateLimit ?? rateLimits.unused,
    isReplayed: (request) => states.get(request)?.isReplayed ?? false,
    release(request) {
      const { lifetime, reservation } = stateOf(request);
      lifetime.end();
      reservation?.release();
    },
  };
}
