import type { RequestListener } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin, useReadinessCheck, type YogaServerInstance } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { ApiError } from './errors.ts';
import { createGraphQLHandler } from './graphql/plugins/graphql-handler.ts';
import { useDocuments } from './graphql/plugins/use-documents.ts';
import { createErrorMask, useErrorMasking } from './graphql/plugins/use-error-masking.ts';
import { useInputLimits } from './graphql/plugins/use-input-limits.ts';
import { useNoIntrospection } from './graphql/plugins/use-no-introspection.ts';
import { usePages } from './graphql/plugins/use-pages.ts';
import { usePersistedQueries } from './graphql/plugins/use-persisted-queries.ts';
import { usePlanExecutor } from './graphql/plugins/use-plan-executor.ts';
import { useRequestParser } from './graphql/plugins/use-request-parser.ts';
import { useRequestRecord } from './graphql/plugins/use-request-record.ts';
import { useResponseHeaders } from './graphql/plugins/use-response-headers.ts';
import { useScopes } from './graphql/plugins/use-scopes.ts';
import { useSubscriptions } from './graphql/plugins/use-subscriptions.ts';
import { schema as itemsSchema } from './graphql/schema/index.ts';
import { Cors } from './http/cors.ts';
import { createBodyReader } from './http/json-body.ts';
import { createListener } from './http/listener.ts';
import { createReadinessCheck } from './http/readiness.ts';
import { createRequestLog, type RequestObserver } from './http/request-log.ts';
import { createResponseHeaders } from './http/response-headers.ts';
import { endSpan, traceRequests } from './http/tracing.ts';
import { defaultLimits, type Limits } from './limits/settings.ts';
import { Turns } from './limits/turns.ts';
import { useMcp } from './mcp/plugin.ts';
import { createPages } from './pages/pages.ts';
import type { PrismaClient } from './postgres/client.ts';
import type { Context, RequestContexts } from './request/context.ts';
import { createRequestContexts, type RequestContextOptions } from './request/create-contexts.ts';
import { createRest } from './rest/plugin.ts';

export interface AppOptions extends RequestContextOptions {
  db: PrismaClient;
  log: Logger;
  /** The key that the explorer shows and sends. */
  demoKey?: string | undefined;
  access?: Config['access'];
  /** Milliseconds of a request that is logged as slow. */
  slowRequest?: number;
  /** Called at the end of each request, beside the log. */
  observers?: readonly RequestObserver[];
  /** A schema that a transform has changed; the plain schema by default. */
  schema?: GraphQLSchema;
}

/** REST and GraphQL, for `node:http` and for fetch's `Request`. */
export interface App extends Pick<YogaServerInstance<object, Context>, 'fetch'> {
  listener: RequestListener;
  /** Delivers changes to webhooks, until `close`. */
  deliverWebhooks(): void;
  /** The load of the process. */
  load(): { inFlight: RequestContexts['inFlight']; streams: number };
  /** Ends all streams, and refuses new ones: called before the server stops. */
  endStreams(): void;
  close(): Promise<void>;
}

const waitedTooLong = (timeout: number): ApiError =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `Too many new documents, large bodies and large answers of tools are waiting: this one waited for ${timeout} ms, which is the limit. Try again in a moment.`,
  );

/** Assembles the application. A request passes the plugins in their order. */
export function createApp({
  db,
  log,
  demoKey,
  access = { corsOrigins: ['*'], explorer: true, introspection: true },
  slowRequest = 1000,
  observers = [],
  schema = itemsSchema,
  ...options
}: AppOptions): App {
  const requestContexts = createRequestContexts(db, options);
  const { maxBodyBytes: maxBytes, inFlight }: Limits = { ...defaultLimits, ...options };
  const turns = new Turns({ timeout: inFlight.waitTimeout, createError: waitedTooLong });
  const readBody = createBodyReader({ maxBytes, turns });
  const responseHeaders = createResponseHeaders(requestContexts, [
    createRequestLog(log, slowRequest),
    endSpan,
    ...observers,
  ]);
  const mask = createErrorMask(log);
  const rest = createRest({ schema, requestContexts, log, readBody });
  const graphql = createGraphQLHandler(mask);
  const cors = new Cors(access.corsOrigins);
  const findPage = createPages({ demoKey, explorer: access.explorer });
  const plugins: Plugin[] = [
    // All requests.
    useResponseHeaders(responseHeaders),
    useReadinessCheck({ endpoint: '/health', check: () => true }),
    useReadinessCheck({ check: createReadinessCheck(() => db.$queryRaw`SELECT 1`) }),
    useMcp({
      schema,
      requestContexts,
      log,
      readBody,
      readData: rest.readData,
      turns,
      origins: access.corsOrigins,
    }),
    usePages(findPage),
    // REST: handles its own paths and responds 404 to unknown ones.
    rest.plugin,
    // GraphQL requests.
    useRequestParser({ requestContexts, readBody, mask }),
    usePersistedQueries(mask),
    graphql.plugin,
    useDocuments(turns),
    // Operations, from REST or GraphQL.
    useRequestRecord(requestContexts),
    ...(access.introspection ? [] : [useNoIntrospection()]),
    useInputLimits(),
    useScopes(),
    useErrorMasking(mask),
    usePlanExecutor(),
    useSubscriptions(requestContexts, mask),
  ];
  const yoga = createYoga<object, Context>({
    schema,
    plugins,
    // See usePages.
    graphiql: false,
    // Yoga would respond before the plugins, which log each request: a plugin does. No URL ends with a space.
    healthCheckEndpoint: ' ',
    // See useDocuments.
    parserAndValidationCache: false,
    // See useRequestParser.
    maxRequestBodySize: false,
    maskedErrors: { errorMessage: '', maskError: (error) => mask(error) },
    logging: yogaLogger(log),
    multipart: false,
    landingPage: false,
    cors: (request) => cors.optionsOf(request),
  });
  const { fetch } = yoga;
  const { live, webhooks } = requestContexts;
  return {
    fetch,
    listener: traceRequests(
      createListener({
        handlers: [rest, graphql],
        responseHeaders,
        cors,
        toErrorResponse: rest.toErrorResponse,
        fallback: yoga,
      }),
    ),
    deliverWebhooks() {
      webhooks.start({
        async toRows(workspaceId, page) {
          const { context, release } = await requestContexts.createForWorkspace(workspaceId);
          return rest.toChangeRows(page, context).finally(release);
        },
        onDisabled: ({ workspaceId, id, url }, reason) =>
          log.warn(
            { workspaceId, webhook: id, host: new URL(url).host, reason },
            'webhook disabled',
          ),
        onError: (error) => log.error(error, 'webhooks'),
      });
      live.listen(({ workspaceId }) => webhooks.wake(workspaceId));
    },
    load: () => ({ inFlight: requestContexts.inFlight, streams: live.streamCount }),
    endStreams: () => live.drain(),
    async close() {
      await Promise.all([live.close(), webhooks.close()]);
    },
  };
}

const yogaLogger = (log: Logger) => ({
  debug: (...parts: unknown[]) => log.trace({ parts }, 'yoga'),
  info: (...parts: unknown[]) => log.debug({ parts }, 'yoga'),
  warn: (...parts: unknown[]) => log.warn({ parts }, 'yoga'),
  // Yoga calls it for each error that maskError has masked, and logged where it is unexpected.
  error: () => {},
});
