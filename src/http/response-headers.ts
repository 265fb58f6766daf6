import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Admission, IncomingRequest } from '../request/context.ts';

const requestIds = new WeakMap<IncomingRequest, string>();

/** The id of a request: the caller's own `X-Request-Id` where it is a plain word, else a new one. */
export function requestIdOf(request: IncomingRequest): string {
  const known = requestIds.get(request);
  if (known !== undefined) return known;
  const given = request.headers.get('x-request-id');
  const id = given !== null && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
  requestIds.set(request, id);
  return id;
}

/** What every reply has, whatever way it goes. */
export interface ResponseHeaders {
  start(request: IncomingRequest, response?: Pick<EventEmitter, 'once'>): void;
  /** The headers of a reply of that status: the request's id and what is left of the rate. Logs one line. */
  finish(request: IncomingRequest, status: number): Record<string, string>;
}

export function createResponseHeaders(admission: Admission, log: Logger): ResponseHeaders {
  const started = new WeakMap<IncomingRequest, number>();
  /** Those of which we hear when their answers are fetched. */
  const fetched = new WeakSet<IncomingRequest>();
  return {
    start(request, response) {
      // What the answer is made of is let go once it is fetched, or cut off.
      if (response !== undefined) {
        fetched.add(request);
        response.once('close', () => admission.leave(request));
      }
      if (log.isLevelEnabled('debug')) started.set(request, performance.now());
    },
    finish(request, status) {
      if (!fetched.has(request)) admission.leave(request);
      const { limit, remaining, isExceeded, resetSeconds } = admission.rateLimitOf(request);
      const requestId = requestIdOf(request);
      const headers: Record<string, string> = {
        'X-Request-Id': requestId,
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': String(remaining),
      };
      if (admission.isReplayed(request)) headers['Idempotency-Replayed'] = 'true';
      if (isExceeded) headers['Retry-After'] = String(resetSeconds);
      else if (status === 503) headers['Retry-After'] = '1';
      if (log.isLevelEnabled('debug')) {
        const now = performance.now();
        const milliseconds = Math.round(now - (started.get(request) ?? now));
        const { method, url } = request;
        log.debug({ requestId, method, url, status, milliseconds }, 'request');
      }
      return headers;
    },
  };
}
