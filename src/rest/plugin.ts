import type { ExecutionArgs } from 'graphql';
import type { FetchAPI, Plugin, YogaServer } from 'graphql-yoga';
import type { PlannedArgs } from '../graphql/execution/execute.ts';
import type { Handler } from '../http/listener.ts';
import {
  createHandler,
  type HandlerOptions,
  type RunOperation,
  type Subscribe,
} from './handler.ts';

/** REST: the handler that Node's listener calls, and the plugin that serves it through Yoga. */
export interface Rest extends Handler {
  plugin: Plugin;
}

/** The paths that are not REST's; every other unknown path gets a REST error. */
const otherPaths = new Set(['/graphql', '/graphql/', '/health', '/ready']);

export function createRest(options: Omit<HandlerOptions, 'runOperation' | 'subscribe'>): Rest {
  let yoga: Pick<YogaServer<object, object>, 'getEnveloped'>;
  const runOperation: RunOperation = async ({ document }, { raw, coerced }, contextValue) => {
    const { execute, schema } = yoga.getEnveloped(contextValue as never);
    const values = { variableValues: raw, coercedValues: coerced };
    const args: PlannedArgs = { schema, document, contextValue, ...values };
    return execute(args);
  };
  const subscribe: Subscribe = async ({ document }, { raw }, contextValue) => {
    const enveloped = yoga.getEnveloped(contextValue as never);
    const args: ExecutionArgs = {
      schema: enveloped.schema,
      document,
      contextValue,
      variableValues: raw,
    };
    return enveloped.subscribe(args) as ReturnType<Subscribe>;
  };
  const handler = createHandler({ ...options, runOperation, subscribe });
  const plugin: Plugin = {
    onYogaInit(init) {
      yoga = init.yoga;
    },
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (otherPaths.has(url.pathname) || request.method === 'OPTIONS') return;
      const { body, ...init } = await handler.handle(request, url);
      const isText = body === null || typeof body === 'string';
      endResponse(new fetchAPI.Response(isText ? body : bytesOf(body, fetchAPI), init));
    },
  };
  return { ...handler, plugin };
}

/** A stream of texts as the body of fetch's `Response`. */
function bytesOf(
  body: AsyncIterable<string>,
  { ReadableStream, TextEncoder }: Pick<FetchAPI, 'ReadableStream' | 'TextEncoder'>,
): ReadableStream<Uint8Array> {
  const texts = body[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return?.();
    },
  });
}
