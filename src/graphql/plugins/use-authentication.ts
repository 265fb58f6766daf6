import type { Plugin } from 'graphql-yoga';
import { type ErrorCode, statusOf } from '../../errors.ts';
import { checkJsonContentType } from '../../http/content-type.ts';
import type { Context, RequestContexts } from '../../request/context.ts';
import type { ErrorMask } from './use-error-masking.ts';

/** Authenticates GraphQL requests before their body is read. */
export function useAuthentication(requestContexts: RequestContexts, mask: ErrorMask): Plugin {
  const contexts = new WeakMap<Request, Context>();
  return {
    async onRequestParse({ request }) {
      try {
        contexts.set(request, await requestContexts.create(request));
        if (request.method === 'POST') checkJsonContentType(request.headers);
      } catch (error) {
        const masked = mask(error);
        // Yoga sends it with this status, in the media type that the client prefers.
        masked.extensions.http = httpOf(masked.extensions.code as ErrorCode);
        throw masked;
      }
    },
    onParams({ request, context }) {
      Object.assign(context, contexts.get(request));
    },
  };
}

const httpOf = (code: ErrorCode) => ({
  status: statusOf(code),
  ...(code === 'UNAUTHENTICATED' && { headers: { 'WWW-Authenticate': 'Bearer' } }),
});
