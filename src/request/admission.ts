import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../auth/api-keys.ts';
import {
  type Authenticate,
  type AuthenticatorOptions,
  createAuthenticator,
} from '../auth/authenticator.ts';
import {
  keyRateExceeded,
  RateLimit,
  RateLimitExceeded,
  type RateLimitState,
} from '../limits/rate-limit.ts';
import type { Limits } from '../limits/settings.ts';
import { shareRates } from '../limits/shared-rates.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { forwardedAddress, networkOf } from './client-address.ts';
import { readCredential } from './headers.ts';
import type { RequestLike } from './request-like.ts';
import type { RequestState } from './request-state.ts';

/** Milliseconds before a refusal: a client that ignores `Retry-After` would send thousands of requests a second. */
const refusalDelay = 500;

export interface AdmissionOptions extends AuthenticatorOptions {
  /** True where a proxy sets `X-Forwarded-For`. */
  trustProxy?: boolean;
  /** True to share the counts of rate limits with other processes. */
  sharesRates?: boolean;
}

/** Admits requests: authenticates the caller, and takes one request from the rate of the key. */
export class Admission {
  readonly #authenticate: Authenticate;
  readonly #rates: RateLimit;
  readonly #trustProxy: boolean;

  constructor(
    db: PrismaClient,
    { rateLimit, authFailures }: Pick<Limits, 'rateLimit' | 'authFailures'>,
    { trustProxy = false, sharesRates = false, ...options }: AdmissionOptions,
  ) {
    const onCount = sharesRates ? shareRates(db) : undefined;
    const failures = new RateLimit({
      policy: 'failed-authentications',
      limit: authFailures,
      onCount,
    });
    this.#authenticate = createAuthenticator(db, failures, options);
    this.#rates = new RateLimit({ policy: 'default', limit: rateLimit, onCount });
    this.#trustProxy = trustProxy;
  }

  /** The state of a key without requests. */
  get unusedRateLimit(): RateLimitState {
    return this.#rates.unused;
  }

  /** The address by which a client is limited; undefined where it is not known. */
  addressOf({ headers }: RequestLike, { connection }: RequestState): string | undefined {
    const forwarded = this.#trustProxy
      ? forwardedAddress(headers.get('x-forwarded-for'))
      : undefined;
    const address = forwarded ?? connection?.remoteAddress;
    return address === undefined ? undefined : networkOf(address);
  }

  /**
   * Returns the caller of a request; `urlToken` is a key that came in the URL. Throws UNAUTHENTICATED, FORBIDDEN,
   * SERVICE_UNAVAILABLE, and RATE_LIMITED, whose state is in `state` for the headers of the response.
   */
  async admit(request: RequestLike, state: RequestState, urlToken?: string): Promise<Caller> {
    try {
      const credential = readCredential(request.headers, urlToken);
      const found = this.#authenticate(credential, () => this.addressOf(request, state));
      const caller = found instanceof Promise ? await found : found;
      const { workspaceId, keyId, rateLimit } = caller;
      const subject = { workspaceId, subject: keyId };
      state.rateLimit = this.#rates.count(subject, rateLimit ?? undefined);
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
}
