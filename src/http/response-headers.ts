import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { rateLimitHeaders } from '../limits/rate-limit.ts';
import type { RequestContexts } from '../request/context.ts';
import type { ClientConnection, RequestLike } from '../request/request-like.ts';
import { RequestProperty } from '../request/request-property.ts';
import type { EndedRequest, RequestObserver } from './request-log.ts';

const requestIds = new RequestProperty<string>();

/** The id of a request: its `X-Request-Id` header, if that is short and plain, or a new UUID. */
export function requestIdOf(request: RequestLike): string {
  const existing = requestIds.get(request);
  if (existing !== undefined) return existing;
  const header = request.headers.get('x-request-id');
  const id = header !== null && /^[\w.-]{1,100}$/.test(header) ? header : randomUUID();
  requestIds.set(request, id);
  return id;
}

/** A response of `node:http`. It emits `close` once the client has fetched it, or closed the connection. */
export interface ResponseEvents extends Pick<EventEmitter, 'once'> {
  socket?: (ClientConnection & { bytesWritten?: number }) | null | undefined;
  statusCode: number;
  writableFinished: boolean;
}

/** The part of a response that its other headers depend on. */
export interface ResponseSummary {
  status: number;
  hasEtag: boolean;
  /** Whether it sets its own `Cache-Control` and `Vary`, as static content does. */
  isStatic: boolean;
}

/** The headers that every response has, and the end of each request: its observers, and the release of its memory. */
export interface ResponseHeaders {
  start(request: RequestLike, response?: ResponseEvents): void;
  /** Returns the headers for a response. */
  finish(request: RequestLike, response: ResponseSummary): Record<string, string>;
}

/** nginx would hold events back until they fill a buffer. */
export const streamHeaders = { 'X-Accel-Buffering': 'no' };

const safetyHeaders = { 'X-Content-Type-Options': 'nosniff' };
const vary = { Vary: 'Accept, Accept-Encoding, Authorization, api_key, X-API-Key, Origin' };
/** No cache stores a response, unless its ETag makes sure that it is current. */
const uncachedHeaders = { ...vary, 'Cache-Control': 'private, no-store' };
const revalidatedHeaders = { ...vary, 'Cache-Control': 'private, no-cache' };

/** The summary of a response with these headers. */
export const summaryOf = (status: number, get: (name: string) => string | null | undefined) => ({
  status,
  hasEtag: get('ETag') != null,
  isStatic: get('Vary')?.includes('Accept-Encoding') === true,
});

/** Creates the headers of responses. The observers are called in their order at the end of each request. */
export function createResponseHeaders(
  requestContexts: RequestContexts,
  observers: readonly RequestObserver[],
): ResponseHeaders {
  /** Requests that are released by the `close` event of their response. */
  const releasedOnClose = new RequestProperty<true>();
  return {
    start(request, response) {
      if (response !== undefined) {
        releasedOnClose.set(request, true);
        requestContexts.connect(request, response.socket);
        const startedAt = performance.now();
        // Without the socket, which the response loses before it closes.
        const { socket } = response;
        const bytesBefore = socket?.bytesWritten ?? 0;
        response.once('close', () => {
          requestContexts.release(request);
          const ended: EndedRequest = {
            request,
            response,
            requestId: requestIdOf(request),
            record: requestContexts.recordOf(request),
            status: response.statusCode,
            milliseconds: performance.now() - startedAt,
            bytes: (socket?.bytesWritten ?? 0) - bytesBefore,
            isAborted: !response.writableFinished,
          };
          for (const observe of observers) observe(ended);
        });
      }
    },
    finish(request, { status, hasEtag, isStatic }) {
      if (!releasedOnClose.get(request) && !requestContexts.isStream(request))
        requestContexts.release(request);
      const rateLimit = requestContexts.rateLimitOf(request);
      const { limit, remaining, isExceeded, resetSeconds } =
        rateLimit ?? requestContexts.unusedRateLimit;
      const requestId = requestIdOf(request);
      const headers: Record<string, string> = {
        'X-Request-Id': requestId,
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': String(remaining),
        ...(rateLimit && rateLimitHeaders(rateLimit)),
        ...safetyHeaders,
        ...(!isStatic && (hasEtag ? revalidatedHeaders : uncachedHeaders)),
      };
      if (requestContexts.isReplayed(request)) headers['Idempotency-Replayed'] = 'true';
      if (isExceeded) headers['Retry-After'] = String(resetSeconds);
      else if (status === 503) headers['Retry-After'] = '1';
      return headers;
    },
  };
}
