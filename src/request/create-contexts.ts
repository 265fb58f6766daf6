import { InFlight, type Reservation } from '../limits/in-flight.ts';
import { QueryCost } from '../limits/query-cost.ts';
import { createReadLimiter } from '../limits/read-limiter.ts';
import { defaultLimits, type Limits } from '../limits/settings.ts';
import { Live } from '../live/live.ts';
import type { Connection, PrismaClient, Reader } from '../postgres/client.ts';
import { type WebhookOptions, Webhooks } from '../webhooks/webhooks.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import type { Context, RequestContexts } from './context.ts';
import { readIdempotencyKey } from './headers.ts';
import { Lifetime } from './lifetime.ts';
import { Loaders } from './loaders.ts';
import { baseBytes, estimateBytes } from './memory.ts';
import { nobody, noRequest } from './no-request.ts';
import type { RequestLike } from './request-like.ts';
import { RequestProperty } from './request-property.ts';
import { RequestRecord } from './request-record.ts';
import type { RequestState } from './request-state.ts';
import { createSharedLoaders, type SharedOptions } from './shared-loaders.ts';

/** The part of a request's rows and fields that each event of a stream may have: a stream has many, and no rate. */
const eventShare = 1 / 10;

export interface RequestContextOptions
  extends Partial<Limits>,
    Partial<SharedOptions>,
    AdmissionOptions {
  /** Reads pages, counts and groups, where there is a replica. */
  replica?: Reader | undefined;
  /** Where commits of other processes are announced; without it, streams poll. */
  connection?: Connection | undefined;
  webhooks?: WebhookOptions | undefined;
}

/** Creates the contexts of a process, with all that its requests share: limits, loaders, streams and webhooks. */
export function createRequestContexts(
  db: PrismaClient,
  { connection, replica = db, webhooks: webhookOptions, ...options }: RequestContextOptions = {},
): RequestContexts {
  const limits: Limits = { ...defaultLimits, ...options };
  const admission = new Admission(db, limits, options);
  const createReads = createReadLimiter(replica, limits.readsPerWorkspace, db);
  const shared = createSharedLoaders(db, options, createReads.together);
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

  /** The part of a context that reads, within a reservation. */
  function readingOf(
    { caller, lifetime, statements }: Pick<Context, 'caller' | 'lifetime' | 'statements'>,
    reservation: Reservation,
    { isEvent = false } = {},
  ): Pick<Context, 'cost' | 'reads' | 'loaders'> {
    const { workspaceId } = caller;
    const cost = new QueryCost(reservation, limits, isEvent ? eventShare : 1);
    const reads = createReads({ workspaceId, cost, cancellation: lifetime, statements });
    const loaders = new Loaders({ db, reads, workspaceId, shared, sharesItems: isEvent });
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
      const caller = await admission.admit(request, state, urlToken);
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
      /** The place after a pause. Fields that wait at once share it: the second would wait for the end of its own request. */
      let place: Reservation | Promise<Reservation> | undefined;
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
          place = undefined;
          await lifetime.withoutTimeout(wait);
          place ??= inFlight.acquire(caller, baseBytes, lifetime);
          const taken = await place;
          if (state.reservation !== taken) state.reservation?.release();
          state.reservation = taken;
          if (lifetime.isEnded) taken.release();
          reading.cost.moveTo(taken);
        },
        onReplay: () => {
          state.isReplayed = true;
        },
        ...reading,
      };
    },
    rateLimitOf: (request) => states.get(request)?.rateLimit,
    get unusedRateLimit() {
      return admission.unusedRateLimit;
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
    async createForPart(context, options) {
      const { caller, lifetime } = context;
      const reservation = await inFlight.acquire(caller, baseBytes, lifetime);
      return {
        // A part keeps its place while it waits: that of the request is released.
        context: {
          ...context,
          ...readingOf(context, reservation, options),
          pause: (wait) => wait(),
        },
        release: () => reservation.release(),
      };
    },
    renew(context) {
      const { caller, reads, cost } = context;
      cost.restart();
      const loaders = new Loaders({ db, reads, workspaceId: caller.workspaceId, shared });
      return { ...context, loaders };
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
      state.record.address ??= admission.addressOf(request, state);
      return state.record;
    },
    live,
    webhooks,
    inFlight,
  };
}
