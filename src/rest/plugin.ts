import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { ApiError, invalid, statusOf } from '../errors.ts';
import type { PlannedArgs } from '../graphql/execution/execute.ts';
import type { Handler, HandlerResponse } from '../http/listener.ts';
import { type ErrorPayload, isUnexpected, toErrorPayload } from '../mask-error.ts';
import { RawJson, stringify } from '../raw-json.ts';
import type { Context, RequestContexts, RequestLike } from '../request/context.ts';
import { readJson } from './body.ts';
import { envelopes, errorBody } from './envelope.ts';
import { etagOf, itemEtag, matchesEtag, versionFromIfMatch } from './etag.ts';
import {
  prepareOperation,
  type RestOperation,
  readBody,
  readQuery,
  toVariables,
  toWireError,
} from './operation.ts';
import { createRouter } from './router.ts';
import { basePath, boardEtagRoute, type Route, routes } from './routes.ts';

export interface RestOptions {
  schema: GraphQLSchema;
  requestContexts: RequestContexts;
  log: Logger;
  maxBodyBytes: number;
}

/** The variables of a request: as they were given, and with their defaults. */
type Variables = ReturnType<typeof toVariables>;

type Execute = (
  operation: Pick<RestOperation, 'document'>,
  variables: { raw: Variables['raw']; coerced?: Variables['coerced'] },
  context: Context,
) => Promise<ExecutionResult>;

/** The paths that others answer. */
const otherPaths = new Set(['/graphql', '/health', '/ready']);

/** The REST door, and the plugin by which it runs its operations and answers the requests that come through Yoga. */
export interface Rest extends Handler {
  plugin: Plugin;
}

/** The REST door: a documented request in, an operation on the schema run, the documented reply out. */
export function createRest({ schema, requestContexts, log, maxBodyBytes }: RestOptions): Rest {
  const operations = routes.map((route) => prepareOperation(route, schema));
  const parameters = new Set(operations.flatMap((operation) => [...operation.parameters]));
  const match = createRouter(operations);
  const boardEtag = prepareOperation(boardEtagRoute, schema);
  let run: Execute;

  async function answer(request: RequestLike, url: URL): Promise<HandlerResponse> {
    // Whoever sends a reply leaves out the body of a HEAD.
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const { operation, path } = match(method, url.pathname);
    const context = await requestContexts.create(request);
    const { route } = operation;
    const read =
      method === 'GET'
        ? readQuery(operation, url.searchParams, parameters)
        : readBody(operation, await readJson(request, maxBodyBytes));
    const given = { ...read, ...precondition(operation, request, { ...read, ...path }), ...path };
    const variables = toVariables(operation, given, schema);
    const { raw, coerced } = variables;
    const known = request.headers.get('if-none-match');
    const revisionTag = await boardEtagOf(route, raw, context);
    const listTag =
      revisionTag && etagOf([revisionTag, context.caller.keyId, route.operation, raw]);
    // Not by `*`: only who has seen the answer to this very question knows that it is one.
    if (listTag && known?.trim() !== '*' && matchesEtag(known, listTag))
      return notModified(listTag);
    const data = await resultOf(operation, variables, context);
    const body = stringify(envelopes[route.reply](withoutNodes(data), coerced));
    const { version } = data as { version?: unknown };
    const isItem = version !== undefined && raw.validate_only !== true;
    const tag = listTag ?? (isItem ? itemEtag(body) : undefined);
    if (tag && method === 'GET' && matchesEtag(known, tag)) return notModified(tag);
    return { status: route.status ?? 200, body, headers: tag ? { ETag: tag } : {} };
  }

  /** The field of the operation's result that the reply holds. Throws its error, in the words of the wire. */
  async function resultOf(
    operation: RestOperation,
    variables: Variables,
    context: Context,
  ): Promise<unknown> {
    const { data, errors } = await run(operation, variables, context);
    if (errors?.[0]) throw new OperationError(operation, toErrorPayload(errors[0]));
    if (data?.data == null) throw missing(operation, variables.coerced);
    const { pick } = operation.route;
    return pick === undefined ? data.data : (data.data as Record<string, unknown>)[pick];
  }

  /** What the board is at, read before its rows are: a tag is never younger than what it stands for. */
  async function boardEtagOf(
    route: Route,
    raw: Variables['raw'],
    context: Context,
  ): Promise<string | undefined> {
    if (!route.hasEtag) return undefined;
    const { data } = await run(boardEtag, { raw }, context);
    return typeof data?.data === 'string' ? data.data : undefined;
  }

  const typed = ({ headers, ...reply }: HandlerResponse): HandlerResponse => ({
    ...reply,
    headers: reply.body === null ? headers : { ...json, ...headers },
  });
  const handle = async (request: RequestLike, url: URL): Promise<HandlerResponse> =>
    typed(await answer(request, url).catch((error) => failure(error, log)));
  const toErrorResponse = (error: ApiError): HandlerResponse => typed(failure(error, log));

  const plugin: Plugin = {
    onYogaInit({ yoga }) {
      run = async ({ document }, { raw, coerced }, contextValue) => {
        const { execute, schema } = yoga.getEnveloped(contextValue as never);
        const values = { variableValues: raw, coercedValues: coerced };
        const args: PlannedArgs = { schema, document, contextValue, ...values };
        return (await execute(args)) as ExecutionResult;
      };
    },
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (otherPaths.has(url.pathname) || request.method === 'OPTIONS') return;
      const { body, ...init } = await handle(request, url);
      endResponse(new fetchAPI.Response(body, init));
    },
  };
  return { basePath, handle, toErrorResponse, plugin };
}

const json = { 'Content-Type': 'application/json; charset=utf-8' };

/** An error of an operation, told in the words of the wire. */
class OperationError extends Error {
  readonly fault: ErrorPayload;
  constructor(operation: RestOperation, fault: ErrorPayload) {
    super(fault.message);
    this.fault = { ...fault, ...toWireError(operation, fault) };
  }
}

const notModified = (tag: string): HandlerResponse => ({
  status: 304,
  body: null,
  headers: { ETag: tag },
});

/**
 * `If-Match` as the version that the operation expects. A precondition that cannot be kept is refused, never dropped.
 */
function precondition(
  { types, route }: RestOperation,
  { headers }: RequestLike,
  given: Readonly<Record<string, unknown>>,
): { expected_version?: number } {
  const header = headers.get('if-match');
  if (header === null || route.method === 'GET') return {};
  if (!types.has('expected_version'))
    throw invalid(
      'If-Match',
      'is not understood here; use expected_version in the body of a batch',
    );
  const version = versionFromIfMatch(header, String(given.itemId));
  if (version === undefined) return {};
  if ((given.expected_version ?? version) !== version)
    throw invalid('expected_version', 'is another version than that of If-Match');
  return { expected_version: version };
}

/** Nothing of what a caller may not see: not even in this, which Yoga would not catch. */
function failure(error: unknown, log: Logger): HandlerResponse {
  const fault = error instanceof OperationError ? error.fault : toErrorPayload(error);
  if (isUnexpected(fault) && !(error instanceof OperationError))
    log.error({ err: error }, 'a request failed');
  return {
    status: statusOf(fault.code),
    body: stringify(errorBody(fault)),
    headers: headersOf(error, fault),
  };
}

function headersOf(error: unknown, { code }: ErrorPayload): Record<string, string> {
  if (code === 'UNAUTHENTICATED') return { 'WWW-Authenticate': 'Bearer' };
  if (code === 'IDEMPOTENCY_KEY_IN_USE') return { 'Retry-After': '1' };
  if (error instanceof Error && 'allow' in error) return { Allow: String(error.allow) };
  return {};
}

function missing({ route }: RestOperation, variables: Readonly<Record<string, unknown>>): ApiError {
  if (route.missing === undefined)
    throw new Error(`${route.method} ${route.path} answered nothing`);
  return new ApiError(route.missing.code, route.missing.message(variables));
}

/** A list that the schema gives as a connection stands on the wire as a plain list. */
function withoutNodes(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || data instanceof RawJson) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      value?.nodes === undefined || key === 'values' ? value : value.nodes,
    ]),
  );
}
