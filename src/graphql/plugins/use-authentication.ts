import type { Plugin } from 'graphql-yoga';
import { type ErrorCode, statusOf } from '../../errors.ts';
import { checkJsonContentType } from '../../http/content-type.ts';
import type { Context, RequestContexts } from '../../request/context.ts';
import type { ErrorMask } from './use-error-masking.ts';

/** Authenticates GraphQL requests before their body is read. */
export function useAuthentication(requestContexts: RequestContexts, mask: ErrorMask): Plugin {
  const contexts = new WeakMap<Request, Context>();
  return {
    async onRequestParse({ request, endResponse, fetchAPI }) {
      try {
        contexts.set(request, await requestContexts.create(request));
        if (request.method === 'POST') checkJsonContentType(request.headers);
      } catch (error) {
        const masked = mask(error);
        const code = masked.extensions.code as ErrorCode;
        const body = JSON.stringify({ errors: [masked] });
        const headers = {
          'Content-Type': 'application/json; charset=utf-8',
          ...(code === 'UNAUTHENTICATED' && { 'WWW-Authenticate': 'Bearer' }),
        };
        endResponse(new fetchAPI.Response(body, { status: statusOf(code), headers }));
      }
    },
    onParams({ request, context }) {
      Object.assign(context, contexts.get(request));
    },
  };
}
