import type { Plugin } from 'graphql-yoga';
import type { HandlerResponse } from '../../http/handler.ts';
import type { RequestLike } from '../../request/request-like.ts';

/** Responds with the page or the file that `find` finds for a request. */
export function usePages(
  find: (request: RequestLike, url: URL) => Promise<HandlerResponse> | undefined,
): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      const found = await find(request, url);
      if (found === undefined) return;
      const { body, ...init } = found;
      endResponse(new fetchAPI.Response(body as BodyInit | null, init));
    },
  };
}
