import type { Reservation } from '../limits/in-flight.ts';
import type { RateLimitState } from '../limits/rate-limit.ts';
import type { Lifetime } from './lifetime.ts';
import type { ClientConnection } from './request-like.ts';
import type { RequestRecord } from './request-record.ts';

/** The state of one request that its response needs. */
export interface RequestState {
  connection: ClientConnection;
  rateLimit: RateLimitState | undefined;
  isReplayed: boolean;
  record: RequestRecord;
  lifetime: Lifetime;
  reservation: Reservation | undefined;
}
