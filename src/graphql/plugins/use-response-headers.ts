import type { Plugin } from 'graphql-yoga';
import {
  type ResponseEvents,
  type ResponseHeaders,
  summaryOf,
} from '../../http/response-headers.ts';

/** Adds the common headers to responses that Yoga sends. */
export function useResponseHeaders(responseHeaders: ResponseHeaders): Plugin {
  return {
    onRequest({ request, serverContext }) {
      const { res } = (serverContext ?? {}) as { res?: ResponseEvents };
      responseHeaders.start(request, res);
    },
    onResponse({ request, response: { status, headers } }) {
      const common = responseHeaders.finish(
        request,
        summaryOf(status, (name) => headers.get(name)),
      );
      for (const [name, value] of Object.entries(common)) headers.set(name, value);
    },
  };
}
