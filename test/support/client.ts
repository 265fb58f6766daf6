import { demoKey } from '../../src/seed/demo.ts';
import { type ExpectDescribed, expectDescribed } from './described.ts';
import type { GraphQLReply, RestBody } from './world.ts';

/** Sends a request to a server, in this process or another. The path begins with a slash. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

interface Call {
  headers?: Record<string, string>;
}

/** GraphQL and REST calls to one server. */
export interface GatewayClient {
  graphql<Data = Record<string, unknown>>(
    query: string,
    variables?: object,
    call?: Call,
  ): Promise<GraphQLReply<Data> & { headers: Headers }>;
  rest<Data = unknown>(
    method: string,
    path: string,
    call?: Call & { body?: object },
  ): Promise<{ status: number; headers: Headers; body: RestBody<Data> }>;
}

/** A board, and the client that reaches it. */
export interface BoardTarget {
  client: GatewayClient;
  boardId: string;
}

/** A client that compares each REST response with the OpenAPI document, by default that of these sources. */
export function createClient(
  send: Send,
  key = demoKey,
  expectation: ExpectDescribed = expectDescribed,
): GatewayClient {
  const common = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return {
    async graphql(query, variables = {}, { headers } = {}) {
      const body = JSON.stringify({ query, variables });
      const how = { method: 'POST', headers: { ...common, ...headers }, body };
      const response = await send('/graphql', how);
      const { status } = response;
      return { ...(await response.json()), status, headers: response.headers };
    },
    async rest(method, path, { body, headers } = {}) {
      const response = await send(`/api/crm${path}`, {
        method,
        headers: { ...common, ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      const { status, headers: responseHeaders } = response;
      const responseBody = await response.json();
      expectation(method, path, { status, body: responseBody });
      return { status, headers: responseHeaders, body: responseBody };
    },
  };
}

/** A client of the server that listens at `url`. */
export const clientAt = (url: string, expectation?: ExpectDescribed): GatewayClient =>
  createClient((path, init) => fetch(`${url}${path}`, init), demoKey, expectation);
