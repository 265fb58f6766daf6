import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Handler, HandlerResponse } from '../http/handler.ts';
import type { ReadBody } from '../http/json-body.ts';
import type { JsonObject } from '../http/json-object.ts';
import type { ListenerOptions } from '../http/listener.ts';
import { streamHeaders } from '../http/response-headers.ts';
import { checkUrlEncoding } from '../http/utf8.ts';
import { stringify } from '../raw-json.ts';
import type { Context, RequestContexts } from '../request/context.ts';
import type { RequestLike } from '../request/request-like.ts';
import type { RequestRecord } from '../request/request-record.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { envelopes } from './envelope.ts';
import { codeOf, EndpointError, errorResponse } from './error-response.ts';
import { applyIfMatch, etagOf, itemEtag, matchesEtag } from './etag.ts';
import {
  applyLastEventId,
  beginsNow,
  checkExpiresSoon,
  eventStream,
  takeAccessToken,
} from './event-stream.ts';
import { respondExport } from './files/export.ts';
import { respondImport } from './files/import.ts';
import { checkOptions } from './files/options.ts';
import { createDocuments } from './openapi/documents.ts';
import { createReadData, type ReadData, type RunOperation } from './read-data.ts';
import { checkNoQuery, readBodyParameters, readQuery } from './request-parameters.ts';
import { basePath } from './route.ts';
import { createRouter } from './router.ts';
import { fileHeadRoute, presentItemsRoute } from './routes/files.ts';
import { boardEtagRoute, routes } from './routes.ts';
import { toVariables, type Variables } from './variables.ts';

/** Subscribes with all plugins of the GraphQL server; the result has errors where it fails at once. */
export type Subscribe = (
  operation: Pick<Endpoint, 'document'>,
  variables: Pick<Variables, 'raw'>,
  context: Context,
) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult>;

export interface HandlerOptions {
  schema: GraphQLSchema;
  requestContexts: RequestContexts;
  log: Logger;
  readBody: ReadBody;
  runOperation: RunOperation;
  subscribe: Subscribe;
}

/** The page of the reference, and what leads a browser there, are no endpoints. */
const pagePaths: ReadonlySet<string> = new Set([`${basePath}/`, `${basePath}/docs`]);

export type RestHandler = Handler & Pick<ListenerOptions, 'toErrorResponse'>;

/** Handles REST requests: finds the endpoint, runs its operation and wraps the result in the endpoint's envelope. */
export function createHandler({
  schema,
  requestContexts,
  log,
  readBody,
  runOperation,
  subscribe,
}: HandlerOptions): RestHandler & { readData: ReadData } {
  const endpoints = routes.map((route) => createEndpoint(route, schema));
  const boardEtag = createEndpoint(boardEtagRoute, schema);
  const fileHead = createEndpoint(fileHeadRoute, schema);
  const presentItems = createEndpoint(presentItemsRoute, schema);
  const findEndpoint = createRouter(endpoints);
  const documents = createDocuments(endpoints, schema);
  const readData = createReadData(runOperation);

  async function respond(
    request: RequestLike,
    url: URL,
    record: RequestRecord,
  ): Promise<HandlerResponse> {
    checkUrlEncoding(url.pathname + url.search);
    const { method } = request;
    const described = method === 'GET' ? documents.get(url.pathname) : undefined;
    if (described !== undefined) {
      if (described.needsKey) await requestContexts.create(request);
      return described.content.respond(request);
    }
    const { endpoint, pathParameters } = findEndpoint(method, url.pathname);
    record.operation = `${method} ${endpoint.route.path}`;
    const token = endpoint.isStream ? takeAccessToken(url.searchParams) : undefined;
    const context = await requestContexts.create(request, token);
    if (token !== undefined) checkExpiresSoon(context.caller);
    if (endpoint.route.file !== undefined) {
      const parameters = { ...readQuery(endpoint, url.searchParams), ...pathParameters };
      return respondFile(endpoint, parameters, context);
    }
    if (method !== 'GET') checkNoQuery(endpoint, url.searchParams);
    const input =
      method === 'GET'
        ? readQuery(endpoint, url.searchParams)
        : readBodyParameters(endpoint, await readBody(context));
    const given = applyIfMatch(endpoint, request, { ...input, ...pathParameters });
    const parameters = endpoint.isStream ? applyLastEventId(request, given) : given;
    const variables = toVariables(endpoint, parameters, schema);
    if (endpoint.isStream) return respondStream(endpoint, variables, context);
    const ifNoneMatch = request.headers.get('if-none-match');
    // Not for `*`: the request may be invalid, and must run to find out.
    if (ifNoneMatch !== null && ifNoneMatch.trim() !== '*') {
      const current = await readListEtag(endpoint, variables, context);
      if (current && matchesEtag(ifNoneMatch, current)) return notModified(current);
    }
    const data = await readData(endpoint, variables, context);
    const { route, parameterNames } = endpoint;
    const body = stringify(envelopes[route.envelope](data, variables.coerced, parameterNames));
    const etag = route.hasBoardEtag
      ? listEtag((data as { etag: string }).etag, endpoint, { variables, context })
      : itemEtagOf(data, body, variables);
    if (etag && method === 'GET' && matchesEtag(ifNoneMatch, etag)) return notModified(etag);
    return { status: endpoint.route.status ?? 200, body, headers: etag ? { ETag: etag } : {} };
  }

  function respondFile(
    endpoint: Endpoint,
    parameters: JsonObject,
    context: Context,
  ): Promise<HandlerResponse> {
    checkOptions(endpoint, parameters);
    const options = { requestContexts, readData, head: fileHead, present: presentItems };
    if (endpoint.route.file?.kind === 'import')
      return respondImport(options, { endpoint, parameters, context });
    const variables = toVariables(endpoint, parameters, schema);
    return respondExport(options, { endpoint, parameters, variables, context });
  }

  async function respondStream(
    endpoint: Endpoint,
    variables: Variables,
    context: Context,
  ): Promise<HandlerResponse> {
    const results = await subscribe(endpoint, variables, context);
    if (!(Symbol.asyncIterator in results)) throw new EndpointError(endpoint, results.errors?.[0]);
    return {
      status: 200,
      body: eventStream(results[Symbol.asyncIterator](), { beginsNow: beginsNow(variables.raw) }),
      headers: { 'Content-Type': 'text/event-stream; charset=utf-8', ...streamHeaders },
    };
  }

  /** The current ETag of a board's list. */
  async function readListEtag(
    endpoint: Endpoint,
    variables: Variables,
    context: Context,
  ): Promise<string | undefined> {
    if (!endpoint.route.hasBoardEtag) return undefined;
    const { data } = await runOperation(boardEtag, { raw: variables.raw }, context);
    if (typeof data?.data !== 'string') return undefined;
    return listEtag(data.data, endpoint, { variables, context });
  }

  return {
    handles: (method, path) =>
      method !== 'OPTIONS' && path.startsWith(`${basePath}/`) && !pagePaths.has(path),
    async handle(request, url) {
      const record = requestContexts.recordOf(request);
      record.api = 'rest';
      const response = respond(request, url, record).catch((error) => {
        record.code = codeOf(error);
        return errorResponse(error, log);
      });
      return withContentType(await response);
    },
    toErrorResponse: (error) => withContentType(errorResponse(error, log)),
    readData,
  };
}

/** The ETag of a list of this board, for this caller and this request. */
const listEtag = (
  boardEtag: string,
  { route }: Endpoint,
  { variables, context }: { variables: Variables; context: Context },
): string => etagOf([boardEtag, context.caller.keyId, route.operation, variables.raw]);

/** The ETag of a response with one stored item; undefined for any other. */
function itemEtagOf(data: unknown, body: string, { raw }: Variables): string | undefined {
  const { version } = data as { version?: number };
  return version !== undefined && raw.validate_only !== true ? itemEtag(body, version) : undefined;
}

const notModified = (etag: string): HandlerResponse => ({
  status: 304,
  body: null,
  headers: { ETag: etag },
});

const withContentType = ({ status, body, headers }: HandlerResponse): HandlerResponse => ({
  status,
  body,
  headers:
    body === null ? headers : { 'Content-Type': 'application/json; charset=utf-8', ...headers },
});
