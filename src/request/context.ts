import type { Caller } from '../auth/api-keys.ts';
import type { InFlight } from '../limits/in-flight.ts';
import type { QueryCost } from '../limits/query-cost.ts';
import type { RateLimitState } from '../limits/rate-limit.ts';
import type { Reads } from '../limits/read-limiter.ts';
import type { Live } from '../live/live.ts';
import type { PrismaClient } from '../postgres/client.ts';
import type { StatementStats } from '../postgres/statement-stats.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Lifetime } from './lifetime.ts';
import type { Loaders } from './loaders.ts';
import type { ClientConnection, RequestLike } from './request-like.ts';
import type { RequestRecord } from './request-record.ts';
import type { SharedLoaders } from './shared-loaders.ts';

/** The context of one request, by REST or GraphQL. */
export interface Context {
  caller: Caller;
  db: PrismaClient;
  /** Runs read statements within the limits of concurrency and cost. */
  reads: Reads;
  loaders: Loaders;
  cost: QueryCost;
  shared: SharedLoaders;
  live: Live;
  webhooks: Webhooks;
  request: RequestLike;
  /** Cancels the request's statements when the request ends. */
  lifetime: Lifetime;
  statements: StatementStats;
  idempotencyKey?: string | undefined;
  /** Waits: in the meantime the request holds no place and has no time limit. */
  pause: (wait: () => Promise<void>) => Promise<void>;
  /** Called when a write returns the saved result of an earlier request with the same idempotency key. */
  onReplay: () => void;
}

/** Creates the contexts of requests, and holds what their responses need. */
export interface RequestContexts {
  /** Registers the connection of a request, whose address limits failed authentications. */
  connect(request: RequestLike, connection: ClientConnection): void;
  /**
   * Authenticates the caller and counts the request. Throws UNAUTHENTICATED, with the same message for every reason, or
   * RATE_LIMITED. `urlToken` is a key that came in the URL.
   */
  create(request: RequestLike, urlToken?: string): Promise<Context>;
  /** The limit that refused the request, or the key's after this request; undefined without a valid key. */
  rateLimitOf(request: RequestLike): RateLimitState | undefined;
  /** The state of a key without requests. */
  readonly unusedRateLimit: RateLimitState;
  /** True where the response repeats the result of an earlier request with the same idempotency key. */
  isReplayed(request: RequestLike): boolean;
  /** Ends the request: releases what it has reserved, and cancels what it still runs. */
  release(request: RequestLike): void;
  /** Makes a request a stream: it has no time limit, and holds neither a place nor memory between its events. */
  toStream(context: Context): void;
  /**
   * Creates the context of one part of a stream, with a place, loaders and a query cost of its own. An event may have a
   * tenth of what a request may.
   */
  createForPart(
    context: Context,
    options?: { isEvent?: boolean },
  ): Promise<{ context: Context; release(): void }>;
  /** The context of a further execution of the request: with loaders of its own, and the cost from the start. */
  renew(context: Context): Context;
  isStream(request: RequestLike): boolean;
  /** The facts about a request for the log and the metrics. */
  recordOf(request: RequestLike): RequestRecord;
  /** Creates the context of what the server does by itself for a workspace. */
  createForWorkspace(workspaceId: string): Promise<{ context: Context; release(): void }>;
  live: Live;
  webhooks: Webhooks;
  /** The load of the process. */
  inFlight: Pick<InFlight, 'requests' | 'waiting' | 'bytes'>;
}
