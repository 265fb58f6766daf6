import type { Plugin } from 'graphql-yoga';
import type { Context, RequestContexts } from '../../request/context.ts';
import { type ErrorMask, refusalOf } from './use-error-masking.ts';

/** Authenticates GraphQL requests before their body is read. */
export function useAuthentication(requestContexts: RequestContexts, mask: ErrorMask): Plugin {
  const contexts = new WeakMap<Request, Context>();
  return {
    async onRequestParse({ request }) {
      try {
        contexts.set(request, await requestContexts.create(request));
      } catch (error) {
        throw refusalOf(error, mask);
      }
    },
    onParams({ request, context }) {
      Object.assign(context, contexts.get(request));
    },
  };
}
