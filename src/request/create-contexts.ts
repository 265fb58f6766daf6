import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../auth/api-keys.ts';
import { type AuthenticatorOptions, createAuthenticator } from '../auth/authenticator.ts';
import { InFlight, type Reservation } from '../limits/in-flight.ts';
import { QueryCost } from '../limits/query-cost.ts';
import { keyRateExceeded, RateLimit, RateLimitExceeded } from '../limits/rate-limit.ts';
import { createReadLimiter } from '../limits/read-limiter.ts';
import { defaultLimits, type Limits } from '../limits/settings.ts';
import { shareRates } from '../limits/shared-rates.ts';
import { Live } from '../live/live.ts';
import type { Connection, PrismaClient, Reader } from '../postgres/client.ts';
import { type WebhookOptions, Webhooks } from '../webhooks/webhooks.ts';
import { forwardedAddress, networkOf } from './client-address.ts';
import type { Context, RequestContexts } from './context.ts';
import { readCredential, readIdempotencyKey } from './headers.ts';
import { Lifetime } from './lifetime.ts';
import { Loaders } from './loaders.ts';
import { baseBytes, estimateBytes } from './memory.ts';
import { nobody, noRequest } from './no-request.ts';
import type { RequestLike } from './request-like.ts';
import { RequestProperty } from './request-property.ts';
import { RequestRecord } from './request-record.ts';
import type { RequestState } from './request-state.ts';
import { createSharedLoaders, type SharedOptions } from './shared-loaders.ts';

/** Milliseconds before a refusal: a client that ignores `Retry-After` would send thousands of requests a second. */
const refusalDelay = 500;

export interface RequestContextOptions
  extends Partial<Limits>,
    Partial<SharedOptions>,
    AuthenticatorOptions {
  trustProxy?: boolean;
  /** True to share the counts of rate limits with other processes. */
  sharesRates?: boolean;
  /** Reads pages, counts and groups, where there is a replica. */
  replica?: Reader | undefined;
  /** Where commits of other processes are announced; without it, streams poll. */
  connection?: Connection | undefined;
  webhooks?: WebhookOptions | undefined;
}

export function createRequestContexts(
  db: PrismaClient,
  {
    trustProxy = false,
    sharesRates = false,
    connection,
    replica = db,
    webhooks: webhookOptions,
    ...options
  }: RequestContextOptions = {},
): RequestContexts {
  const limits: Limits = { ...defaultLimits, ...options };
  const onCount = sharesRates ? shareRates(db) : undefined;
  const rateLimits = new RateLimit({ policy: 'default', limit: limits.rateLimit, onCount });
  const authenticate = createAuthenticator(
    db,
    new RateLimit({ policy: 'failed-authentications', limit: limits.authFailures, onCount }),
    options,
  );
  const shared = createSharedLoaders(db, options);
  const createReader = createReadLimiter(replica);
  const inFlight = new InFlight(limits.inFlight);
  const live = new Live(db, limits.streams, connection);
  const webhooks = new Webhooks(db, webhookOptions);
  const states = new RequestProperty<RequestState>();
  const stateOf = (request: RequestLike): RequestState => {
    const state = states.get(request) ?? {
      connection: undefined,
      rateLimit: undefined,
      isReplayed: false,
      record: new RequestRecord(),
      lifetime: new Lifetime(limits.requestTimeout),
      reservation: undefined,
    };
    states.set(request, state);
    return state;
  };

  function addressOf({ headers }: RequestLike, { connection }: RequestState): string | undefined {
    const forwarded = trustProxy ? forwardedAddress(headers.get('x-forwarded-for')) : undefined;
    const address = forwarded ?? connection?.remoteAddress;
    return address === undefined ? undefined : networkOf(address);
  }

  /** Authenticates the caller and counts the request. */
  async function admit(request: RequestLike, state: RequestState, token?: string): Promise<Caller> {
    try {
      const credential = readCredential(request.headers, token);
      const found = authenticate(credential, () => addressOf(request, state));
      const caller = found instanceof Promise ? await found : found;
      const { workspaceId, keyId, rateLimit } = caller;
      const subject = { workspaceId, subject: keyId };
      state.rateLimit = rateLimits.count(subject, rateLimit ?? undefined);
      if (state.rateLimit.isExceeded) throw keyRateExceeded(state.rateLimit);
      return caller;
    } catch (error) {
      if (error instanceof RateLimitExceeded) {
        state.rateLimit = error.state;
        await sleep(refusalDelay);
      }
      throw error;
    }
  }

  /** The part of a context that reads, within a reservation. */
  function readingOf(
    { caller, lifetime, statements }: Pick<Context, 'caller' | 'lifetime' | 'statements'>,
    reservation: Reservation,
    sharesItems = false,
  ): Pick<Context, 'cost' | 'reads' | 'loaders'> {
    const { workspaceId } = caller;
    const cost = new QueryCost(reservation, limits);
    const reads = createReader({ workspaceId, cost, cancellation: lifetime, statements });
    const loaders = new Loaders({ db, reads, workspaceId, shared, sharesItems });
    return { cost, reads, loaders };
  }

  return {
    connect(request, connection) {
      stateOf(request).connection = connection;
    },
    async create(request, urlToken) {
      const state = stateOf(request);
      const { lifetime } = state;
      const { statements } = state.record;
      const caller = await admit(request, state, urlToken);
      state.record.caller = caller;
      const idempotencyKey = readIdempotencyKey(request.headers);
      const bytes = estimateBytes(request.headers, limits.maxBodyBytes);
      const acquired = inFlight.acquire(caller, bytes, lifetime);
      // Most requests need not wait, not even for a microtask.
      const reservation = acquired instanceof Promise ? await acquired : acquired;
      state.reservation = reservation;
      if (lifetime.isEnded) reservation.release();
      lifetime.throwIfCancelled();
      const reading = readingOf({ caller, lifetime, statements }, reservation);
      return {
        caller,
        db,
        shared,
        live,
        webhooks,
        request,
        lifetime,
        statements,
        idempotencyKey,
        pause: async (wait) => {
          state.record.isLong = true;
          state.reservation?.release();
          await lifetime.withoutTimeout(wait);
          state.reservation = await inFlight.acquire(caller, baseBytes, lifetime);
          if (lifetime.isEnded) state.reservation.release();
          reading.cost.moveTo(state.reservation);
        },
        onReplay: () => {
          state.isReplayed = true;
        },
        ...reading,
      };
    },
    rateLimitOf: (request) => states.get(request)?.rateLimit,
    get unusedRateLimit() {
      return rateLimits.unused;
    },
    isReplayed: (request) => states.get(request)?.isReplayed ?? false,
    release(request) {
      const { lifetime, reservation } = stateOf(request);
      lifetime.end();
      reservation?.release();
    },
    toStream({ request, lifetime }) {
      const state = stateOf(request);
      state.record.isStream = true;
      state.record.isLong = true;
      lifetime.removeTimeout();
      state.reservation?.release();
    },
    async createForEvent(context) {
      const { caller, lifetime } = context;
      const reservation = await inFlight.acquire(caller, baseBytes, lifetime);
      return {
        context: { ...context, ...readingOf(context, reservation, true) },
        release: () => reservation.release(),
      };
    },
    async createForWorkspace(workspaceId) {
      const lifetime = new Lifetime(limits.requestTimeout);
      const caller = { ...nobody, workspaceId };
      const reservation = await inFlight.acquire(caller, baseBytes, lifetime);
      const parts = { caller, db, shared, live, webhooks, lifetime, ...noRequest() };
      const release = () => {
        lifetime.end();
        reservation.release();
      };
      return { context: { ...parts, ...readingOf(parts, reservation) }, release };
    },
    isStream: (request) => states.get(request)?.record.isStream ?? false,
    recordOf(request) {
      const state = stateOf(request);
      state.record.address ??= addressOf(request, state);
      return state.record;
    },
    live,
    webhooks,
    inFlight,
  };
}
