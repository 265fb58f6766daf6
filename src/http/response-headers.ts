import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { RequestContexts, RequestLike } from '../request/context.ts';

const requestIds = new WeakMap<RequestLike, string>();

/** The id of a request: its `X-Request-Id` header, if that is short and plain, or a new UUID. */
export function requestIdOf(request: RequestLike): string {
  const existing = requestIds.get(request);
  if (existing !== undefined) return existing;
  const header = request.headers.get('x-request-id');
  const id = header !== null && /^[\w.-]{1,100}$/.test(header) ? header : randomUUID();
  requestIds.set(request, id);
  return id;
}

/** The headers that every response has, and the end of each request: its log line, and the release of its memory. */
export interface ResponseHeaders {
  /** `response` emits `close` once the client has fetched the response, or closed the connection. */
  start(request: RequestLike, response?: Pick<EventEmitter, 'once'>): void;
  /** Returns the headers for a response of that status, and logs the request at level debug. */
  finish(request: RequestLike, status: number): Record<string, string>;
}

export function createResponseHeaders(
  requestContexts: RequestContexts,
  log: Logger,
): ResponseHeaders {
  const startTimes = new WeakMap<RequestLike, number>();
  /** Requests that are released by the `close` event of their response. */
  const releasedOnClose = new WeakSet<RequestLike>();
  return {
    start(request, response) {
      if (response !== undefined) {
        releasedOnClose.add(request);
        response.once('close', () => requestContexts.release(request));
      }
      if (log.isLevelEnabled('debug')) startTimes.set(request, performance.now());
    },
    finish(request, status) {
      if (!releasedOnClose.has(request)) requestContexts.release(request);
      const { limit, remaining, isExceeded, resetSeconds } = requestContexts.rateLimitOf(request);
      const requestId = requestIdOf(request);
      const headers: Record<string, string> = {
        'X-Request-Id': requestId,
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': String(remaining),
      };
      if (requestContexts.isReplayed(request)) headers['Idempotency-Replayed'] = 'true';
      if (isExceeded) headers['Retry-After'] = String(resetSeconds);
      else if (status === 503) headers['Retry-After'] = '1';
      if (log.isLevelEnabled('debug')) {
        const now = performance.now();
        const milliseconds = Math.round(now - (startTimes.get(request) ?? now));
        const { method, url } = request;
        log.debug({ requestId, method, url, status, milliseconds }, 'request');
      }
      return headers;
    },
  };
}
