import type { EventEmitter } from 'node:events';
import type { Plugin } from 'graphql-yoga';
import type { ResponseHeaders } from '../../http/response-headers.ts';

/** Adds the common headers to responses that Yoga sends. */
export function useResponseHeaders(responseHeaders: ResponseHeaders): Plugin {
  return {
    onRequest({ request, serverContext }) {
      responseHeaders.start(request, (serverContext as { res?: EventEmitter } | undefined)?.res);
    },
    onResponse({ request, response }) {
      const headers = responseHeaders.finish(request, response.status);
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    },
  };
}
