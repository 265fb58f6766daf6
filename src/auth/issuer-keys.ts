import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';

/** Milliseconds after which the keys are fetched again: those that the issuer has withdrawn stop working. */
const refreshInterval = 10 * 60_000;
/** Milliseconds that the last keys are used while the issuer cannot be reached. */
const maxKeyAge = 24 * 3_600_000;
/** Milliseconds between two fetches because of keys that are not known, and after a fetch that failed. */
const cooldown = { unknownKey: 30_000, failure: 5000 };
const fetchTimeout = 5000;

/** Times in milliseconds, which tests shorten. */
export interface KeyTimes {
  refreshInterval: number;
  unknownKeyCooldown: number;
}

const defaultTimes: KeyTimes = { refreshInterval, unknownKeyCooldown: cooldown.unknownKey };

/** The issuer's keys cannot be fetched. */
export class IssuerUnavailable extends Error {}

/**
 * The public keys that an issuer publishes at a URL: fetched when they are needed, when a token names an unknown one, and
 * every ten minutes. The returned function throws IssuerUnavailable, and jose's errors.
 */
export function issuerKeys(url: string, times: KeyTimes = defaultTimes): JWTVerifyGetKey {
  let retryAt = 0;
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: fetchTimeout,
    cooldownDuration: times.unknownKeyCooldown,
    cacheMaxAge: maxKeyAge,
    async [customFetch](address, options) {
      // Without a pause, each request with an unknown key would be passed on to an issuer in trouble.
      if (performance.now() < retryAt) throw new IssuerUnavailable('fetched a moment ago');
      try {
        const response = await fetch(address, options as RequestInit);
        if (response.status === 200) return response;
        throw new IssuerUnavailable(`status ${response.status}`);
      } catch (error) {
        retryAt = performance.now() + cooldown.failure;
        throw new IssuerUnavailable('not reached', { cause: error });
      }
    },
  });
  let refreshedAt = performance.now();
  return (header, token) => {
    if (performance.now() - refreshedAt > times.refreshInterval) {
      refreshedAt = performance.now();
      // Requests go on with the keys of before, also where the issuer cannot be reached.
      keys.reload().catch(() => {});
    }
    return keys(header, token);
  };
}
