import type { Plugin } from 'graphql-yoga';
import type { Admission, Context } from '../context.ts';
import { statusOf } from '../errors.ts';
import { faultOf, toGraphQLError } from '../fault.ts';
import { checkJson } from '../media-type.ts';

/** Lets callers in at the GraphQL door, before anything of their request is read. */
export function useAdmission(admission: Admission): Plugin {
  const contexts = new WeakMap<Request, Context>();
  return {
    async onRequestParse({ request, endResponse, fetchAPI }) {
      try {
        contexts.set(request, await admission.admit(request));
        if (request.method === 'POST') checkJson(request.headers);
      } catch (error) {
        const fault = faultOf(error);
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
