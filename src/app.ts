import type { RequestListener } from 'node:http';
import { createYoga, type Plugin, useReadinessCheck, type YogaServerInstance } from 'graphql-yoga';
import type { Logger } from 'pino';
import { explorer } from './graphql/explorer/explorer.ts';
import { useAuthentication } from './graphql/plugins/use-authentication.ts';
import { useBodyLimit } from './graphql/plugins/use-body-limit.ts';
import { createDocumentCaches, useDocumentLimits } from './graphql/plugins/use-document-limits.ts';
import { useErrorMasking } from './graphql/plugins/use-error-masking.ts';
import { useExplorerCsp } from './graphql/plugins/use-explorer-csp.ts';
import { useInputLimits } from './graphql/plugins/use-input-limits.ts';
import { usePlanExecutor } from './graphql/plugins/use-plan-executor.ts';
import { useResponseHeaders } from './graphql/plugins/use-response-headers.ts';
import { useScopes } from './graphql/plugins/use-scopes.ts';
import { schema } from './graphql/schema/index.ts';
import { createListener } from './http/listener.ts';
import { createResponseHeaders } from './http/response-headers.ts';
import { isUnexpected, toErrorPayload, toGraphQLError } from './mask-error.ts';
import type { PrismaClient } from './postgres/client.ts';
import { type Context, createRequestContexts } from './request/context.ts';
import { createRest } from './rest/plugin.ts';

export interface AppOptions {
  db: PrismaClient;
  log: Logger;
  /** Requests a minute that one key may send. */
  rateLimit: number;
  /** The key that the explorer shows ready to use, in the demo world. */
  demoKey?: string | undefined;
}

/** Both doors: for Node's server, and for whoever has a `Request` in hand. */
export interface App extends Pick<YogaServerInstance<object, Context>, 'fetch'> {
  listener: RequestListener;
}

const maxBodyBytes = 1024 * 1024;

/** The one place where the parts meet. The order of the plugins is the way of a request. */
export function createApp({ db, log, rateLimit, demoKey }: AppOptions): App {
  const requestContexts = createRequestContexts(db, rateLimit);
  const responseHeaders = createResponseHeaders(requestContexts, log);
  const rest = createRest({ schema, requestContexts, log, maxBodyBytes });
  const plugins: Plugin[] = [
    // Every reply, whatever door it leaves by.
    useResponseHeaders(responseHeaders),
    useReadinessCheck({ check: () => db.$queryRaw`SELECT 1`.then(() => true) }),
    useExplorerCsp(),
    // The REST door answers its paths itself, and all that is not there.
    rest.plugin,
    // The GraphQL door.
    useAuthentication(requestContexts),
    useBodyLimit(maxBodyBytes),
    useDocumentLimits(),
    // The corridor: what holds for every operation, whichever door it came through.
    useInputLimits(),
    useScopes(),
    useErrorMasking(log),
    usePlanExecutor(),
  ];
  const yoga = createYoga<object, Context>({
    schema,
    plugins,
    ...explorer({ demoKey }),
    parserAndValidationCache: createDocumentCaches(),
    // useBodyLimit does it.
    maxRequestBodySize: false,
    maskedErrors: { errorMessage: '', maskError: toGraphQLError },
    logging: yogaLogger(log),
    multipart: false,
    landingPage: false,
    cors: {
      origin: '*',
      credentials: false,
      // Browsers ask once in two hours, which is as long as any of them remembers.
      maxAge: 7200,
      exposedHeaders: [
        'ETag',
        'Idempotency-Replayed',
        'Retry-After',
        'X-RateLimit-Limit',
        'X-RateLimit-Remaining',
        'X-Request-Id',
      ],
    },
  });
  const { fetch } = yoga;
  return { fetch, listener: createListener(rest, responseHeaders, yoga) };
}

const yogaLogger = (log: Logger) => ({
  debug: (...parts: unknown[]) => log.trace({ parts }, 'yoga'),
  info: (...parts: unknown[]) => log.debug({ parts }, 'yoga'),
  warn: (...parts: unknown[]) => log.warn({ parts }, 'yoga'),
  // What callers did wrong is theirs to know; see useFaults for what is ours.
  error: (...parts: unknown[]) => {
    if (isUnexpected(toErrorPayload(parts[0]))) log.error({ err: parts[0] }, 'a request failed');
  },
});
