import { type Plugin, processRegularResult, type YogaServer } from 'graphql-yoga';
import { ApiError } from '../../errors.ts';
import type { Handler, HandlerResponse } from '../../http/handler.ts';
import { streamHeaders } from '../../http/response-headers.ts';
import type { RequestLike } from '../../request/request-like.ts';
import { RequestProperty } from '../../request/request-property.ts';
import { type ErrorMask, refusalOf } from './use-error-masking.ts';

/** The handler of GraphQL requests that Node's listener calls, and the plugin that makes its responses. */
export interface GraphQLHandler extends Handler {
  plugin: Plugin;
}

/** The part of fetch's `Response` that Yoga makes for a result that is no stream. */
class PlainResponse implements HandlerResponse {
  readonly body: string;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(body: string, { status, headers }: Omit<HandlerResponse, 'body'>) {
    this.body = body;
    this.status = status;
    this.headers = headers;
  }
}

const notAcceptable = (): ApiError =>
  new ApiError(
    'NOT_ACCEPTABLE',
    'The results of a subscription are server-sent events: send Accept: text/event-stream.',
  );

const plainApi = { Response: PlainResponse } as never;

/**
 * Runs POST requests with all plugins of Yoga, but without fetch's Request and Response, which would cost as much as the
 * rest of a small request. Other methods are rare, and Yoga's: they serve the explorer and preflights too.
 */
export function createGraphQLHandler(mask: ErrorMask): GraphQLHandler {
  const isDirect = new RequestProperty<true>();
  let yoga: Pick<YogaServer<object, object>, 'handle'>;
  return {
    plugin: {
      onYogaInit(init) {
        yoga = init.yoga;
      },
      onResultProcess({ request, result, setResult, resultProcessor, setResultProcessor }) {
        // Streams have processors of their own.
        if (resultProcessor !== undefined && resultProcessor !== processRegularResult) return;
        if (Symbol.asyncIterator in result) {
          result[Symbol.asyncIterator]().return?.();
          setResult({ errors: [refusalOf(notAcceptable(), mask)] });
        }
        const process: typeof processRegularResult = (result, fetchApi, type) =>
          processRegularResult(result, isDirect.get(request) ? plainApi : fetchApi, type);
        setResultProcessor(process, jsonTypeOf(request));
      },
    },
    handles: (method, path) => method === 'POST' && (path === '/graphql' || path === '/graphql/'),
    async handle(request) {
      isDirect.set(request, true);
      const response = await yoga.handle(request as Request, { waitUntil() {} });
      return response instanceof PlainResponse ? response : streamOf(response);
    },
  };
}

/** Responds in JSON to clients that accept no media type of GraphQL, rather than with an empty 406. */
function jsonTypeOf({ headers }: RequestLike): string {
  for (const range of (headers.get('accept') ?? '').toLowerCase().split(',')) {
    const type = range.split(';')[0]?.trim();
    if (type === 'application/graphql-response+json') return type;
    if (type === 'application/json' || type === 'application/*' || type === '*/*') break;
  }
  return 'application/json';
}

const streamOf = ({ status, headers, body }: Response): HandlerResponse => ({
  status,
  headers: { ...Object.fromEntries(headers), ...streamHeaders },
  body,
});
