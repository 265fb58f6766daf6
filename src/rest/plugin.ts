import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Admission, Context } from '../context.ts';
import { ApiError, statusOf } from '../errors.ts';
import { type Fault, faultOf, isBug } from '../fault.ts';
import { readJson } from './body.ts';
import { envelopes, errorBody } from './envelope.ts';
import {
  type Operation,
  onTheWire,
  prepare,
  readBody,
  readQuery,
  toVariables,
} from './operation.ts';
import { createRouter } from './router.ts';
import { routes } from './routes.ts';

export interface RestOptions {
  schema: GraphQLSchema;
  admission: Admission;
  log: Logger;
  maxBodyBytes: number;
}

type Execute = (
  operation: Operation,
  variables: object,
  context: Context,
) => Promise<ExecutionResult>;

/** The paths that others answer. */
const otherPaths = new Set(['/graphql', '/health', '/ready']);

/** The REST door: a documented request in, an operation on the schema run, the documented reply out. */
export function useRest({ schema, admission, log, maxBodyBytes }: RestOptions): Plugin {
  const match = createRouter(routes.map((route) => prepare(route, schema)));
  let run: Execute;

  async function answer(request: Request, url: URL): Promise<{ status: number; body: object }> {
    const { operation, path } = match(request.method, url.pathname);
    const context = await admission.admit(request);
    const { route } = operation;
    const given =
      request.method === 'GET'
        ? readQuery(operation, url.searchParams)
        : readBody(operation, await readJson(request, maxBodyBytes));
    const { raw, coerced } = toVariables(operation, { ...given, ...path }, schema);
    const { data, errors } = await run(operation, raw, context);
    if (errors?.[0]) throw new OperationError(operation, faultOf(errors[0]));
    if (data?.data == null) throw missing(operation, coerced);
    const found =
      route.pick === undefined ? data.data : (data.data as Record<string, unknown>)[route.pick];
    return {
      status: route.status ?? 200,
      body: envelopes[route.reply](withoutNodes(found), coerced),
    };
  }

  return {
    onYogaInit({ yoga }) {
      run = async ({ document }, variableValues, contextValue) => {
        const { execute, schema } = yoga.getEnveloped(contextValue as never);
        return (await execute({
          schema,
          document,
          variableValues,
          contextValue,
        })) as ExecutionResult;
      };
    },
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (otherPaths.has(url.pathname) || request.method === 'OPTIONS') return;
      const { status, body, headers } = await answer(request, url)
        .then((reply) => ({ ...reply, headers: {} }))
        .catch((error) => failure(error, log));
      const all = { 'Content-Type': 'application/json; charset=utf-8', ...headers };
      endResponse(new fetchAPI.Response(JSON.stringify(body), { status, headers: all }));
    },
  };
}

/** An error of an operation, told in the words of the wire. */
class OperationError extends Error {
  readonly fault: Fault;
  constructor(operation: Operation, fault: Fault) {
    super(fault.message);
    this.fault = { code: fault.code, ...onTheWire(operation, fault) };
  }
}

/** Nothing of what a caller may not see: not even in this, which Yoga would not catch. */
function failure(error: unknown, log: Logger) {
  const fault = error instanceof OperationError ? error.fault : faultOf(error);
  if (isBug(fault) && !(error instanceof OperationError))
    log.error({ err: error }, 'a request failed');
  return { status: statusOf(fault.code), body: errorBody(fault), headers: headersOf(error, fault) };
}

function headersOf(error: unknown, { code }: Fault): Record<string, string> {
  if (code === 'UNAUTHENTICATED') return { 'WWW-Authenticate': 'Bearer' };
  if (error instanceof Error && 'allow' in error) return { Allow: String(error.allow) };
  return {};
}

function missing({ route }: Operation, variables: Readonly<Record<string, unknown>>): ApiError {
  if (route.missing === undefined)
    throw new Error(`${route.method} ${route.path} answered nothing`);
  return new ApiError(route.missing.code, route.missing.message(variables));
}

/** A list that the schema gives as a connection stands on the wire as a plain list. */
function withoutNodes(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      value?.nodes === undefined || key === 'values' ? value : value.nodes,
    ]),
  );
}
