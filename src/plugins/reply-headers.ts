import { randomUUID } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Admission } from '../context.ts';

const requestIds = new WeakMap<Request, string>();

/** The id of a request: the caller's own `X-Request-Id` where it is a plain word, else a new one. */
export function requestIdOf(request: Request): string {
  const known = requestIds.get(request);
  if (known !== undefined) return known;
  const given = request.headers.get('x-request-id');
  const id = given !== null && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
  requestIds.set(request, id);
  return id;
}

/** Puts the request's id and what is left of the rate on every reply, and logs one line for each. */
export function useReplyHeaders(admission: Admission, log: Logger): Plugin {
  const started = new WeakMap<Request, number>();
  return {
    onRequest({ request }) {
      started.set(request, performance.now());
    },
    onResponse({ request, response }) {
      const { limit, remaining, isExceeded, resetSeconds } = admission.quotaOf(request);
      response.headers.set('X-Request-Id', requestIdOf(request));
      response.headers.set('X-RateLimit-Limit', String(limit));
      response.headers.set('X-RateLimit-Remaining', String(remaining));
      if (isExceeded) response.headers.set('Retry-After', String(resetSeconds));
      else if (response.status === 503) response.headers.set('Retry-After', '1');
      const milliseconds = Math.round(
        performance.now() - (started.get(request) ?? performance.now()),
      );
      log.debug(
        {
          requestId: requestIdOf(request),
          method: request.method,
          url: request.url,
          status: response.status,
          milliseconds,
        },
        'request',
      );
    },
  };
}
