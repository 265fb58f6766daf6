import type { RequestListener } from 'node:http';
import { createYoga, type Plugin, useReadinessCheck, type YogaServerInstance } from 'graphql-yoga';
import type { Logger } from 'pino';
import { type Context, createAdmission } from './context.ts';
import type { PrismaClient } from './database/open.ts';
import { explorer } from './explorer.ts';
import { faultOf, isBug, toGraphQLError } from './fault.ts';
import { useAdmission } from './plugins/admission.ts';
import { useBodyLimit } from './plugins/body-limit.ts';
import { useExplorerPolicy } from './plugins/explorer-policy.ts';
import { useFaults } from './plugins/faults.ts';
import { documentMemory, useLimits } from './plugins/limits.ts';
import { usePlans } from './plugins/plans.ts';
import { createReplyHeaders, useReplyHeaders } from './plugins/reply-headers.ts';
import { useScopes } from './plugins/scopes.ts';
import { useStorableText } from './plugins/storable-text.ts';
import { listenerOf } from './rest/listener.ts';
import { createRest } from './rest/plugin.ts';
import { schema } from './schema/index.ts';

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
  const admission = createAdmission(db, rateLimit);
  const replyHeaders = createReplyHeaders(admission, log);
  const rest = createRest({ schema, admission, log, maxBodyBytes });
  const plugins: Plugin[] = [
    // Every reply, whatever door it leaves by.
    useReplyHeaders(replyHeaders),
    useReadinessCheck({ check: () => db.$queryRaw`SELECT 1`.then(() => true) }),
    useExplorerPolicy(),
    // The REST door answers its paths itself, and all that is not there.
    rest.plugin,
    // The GraphQL door.
    useAdmission(admission),
    useBodyLimit(maxBodyBytes),
    useLimits(),
    // The corridor: what holds for every operation, whichever door it came through.
    useStorableText(),
    useScopes(),
    useFaults(log),
    usePlans(),
  ];
  const yoga = createYoga<object, Context>({
    schema,
    plugins,
    ...explorer({ demoKey }),
    parserAndValidationCache: documentMemory(),
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
  return { fetch, listener: listenerOf(rest, replyHeaders, yoga) };
}

const yogaLogger = (log: Logger) => ({
  debug: (...parts: unknown[]) => log.trace({ parts }, 'yoga'),
  info: (...parts: unknown[]) => log.debug({ parts }, 'yoga'),
  warn: (...parts: unknown[]) => log.warn({ parts }, 'yoga'),
  // What callers did wrong is theirs to know; see useFaults for what is ours.
  error: (...parts: unknown[]) => {
    if (isBug(faultOf(parts[0]))) log.error({ err: parts[0] }, 'a request failed');
  },
});
