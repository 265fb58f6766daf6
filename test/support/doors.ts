import { demoKey } from '../../src/seed/demo.ts';
import type { GraphQLReply, RestBody } from './world.ts';

/** What carries a request to a server, of this process or another one. The path begins with a slash. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

interface Call {
  headers?: Record<string, string>;
}

/** Both doors of one server. */
export interface Doors {
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

/** A board behind some doors. */
export interface Target {
  doors: Doors;
  boardId: string;
}

export function doorsOf(send: Send, key = demoKey): Doors {
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
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
  };
}

/** The doors of a server that listens somewhere. */
export const doorsAt = (url: string): Doors =>
  doorsOf((path, init) => fetch(`${url}${path}`, init));
