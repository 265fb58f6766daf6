import type { Reservation } from '../limits/in-flight.ts';
import type { RateLimitState } from '../limits/rate-limit.ts';
import type { Lifetime } from './lifetime.ts';
import type { ClientConnection } from './request-like.ts';

/** The state of one request that its response needs. */
export interface RequestState {
  connection: ClientConnection;
  rateLimit: RateLimitState | undefined;
  isReplayed: boolean;
  isStream: boolean;
  lifetime: Lifetime;
  reservation: Reservation | undefined;
}
