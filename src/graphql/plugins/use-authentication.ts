import type { Plugin } from 'graphql-yoga';
import { statusOf } from '../../errors.ts';
import { checkJsonContentType } from '../../http/content-type.ts';
import { toErrorPayload, toGraphQLError } from '../../mask-error.ts';
import type { Context, RequestContexts } from '../../request/context.ts';

/** Lets callers in at the GraphQL door, before anything of their request is read. */
export function useAuthentication(requestContexts: RequestContexts): Plugin {
  const contexts = new WeakMap<Request, Context>();
  return {
    async onRequestParse({ request, endResponse, fetchAPI }) {
      try {
        contexts.set(request, await requestContexts.create(request));
        if (request.method === 'POST') checkJsonContentType(request.headers);
      } catch (error) {
        const fault = toErrorPayload(error);
        const body = JSON.stringify({ errors: [toGraphQLError(error)] });
        const headers = {
          'Content-Type': 'application/json; charset=utf-8',
          ...(fault.code === 'UNAUTHENTICATED' && { 'WWW-Authenticate': 'Bearer' }),
        };
        endResponse(new fetchAPI.Response(body, { status: statusOf(fault.code), headers }));
      }
    },
    onContextBuilding({ context, extendContext }) {
      const found = contexts.get((context as { request: Request }).request);
      if (found !== undefined) extendContext(found as never);
    },
  };
}
