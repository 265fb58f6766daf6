import { type ExecutionArgs, parse, validate } from 'graphql';
import type { FetchAPI, Plugin, YogaServer } from 'graphql-yoga';
import type { PlannedArgs } from '../graphql/execution/execute.ts';
import type { Context } from '../request/context.ts';
import { changeRows } from './envelope.ts';
import { createHandler, type HandlerOptions, type RestHandler, type Subscribe } from './handler.ts';
import type { ReadData, RunOperation } from './read-data.ts';
import { changeSelection } from './routes/changes.ts';

/** REST: the handler that Node's listener calls, and the plugin that serves it through Yoga. */
export interface Rest extends RestHandler {
  plugin: Plugin;
  /** Runs a prepared operation. */
  readData: ReadData;
  /** The rows of changes, as `GET /boards/:boardId/changes` and `GET /contacts/changes` return them. */
  toChangeRows(page: { changes: readonly unknown[] }, context: Context): Promise<object[]>;
}

/** A stream's operation: its root value is an event. */
const changesOperation = `subscription { data: changes { changes {
  ... on BoardChange { version } ${changeSelection} ... on BoardChange { transition } } } }`;

/** The paths that are not REST's; every other unknown path gets a REST error. */
const otherPaths = new Set(['/graphql', '/graphql/', '/mcp', '/health', '/ready']);

/** Creates REST on the plugins of Yoga, which run its operations. Throws where a route does not fit the schema. */
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
  const changesDocument = parse(changesOperation, { noLocation: true });
  const [error] = validate(options.schema, changesDocument);
  if (error) throw new Error(`The rows of changes do not fit the schema: ${error.message}`);
  const handler = createHandler({ ...options, runOperation, subscribe });
  const plugin: Plugin = {
    onYogaInit(init) {
      yoga = init.yoga;
    },
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (otherPaths.has(url.pathname) || request.method === 'OPTIONS') return;
      const { body, ...init } = await handler.handle(request, url);
      const isStream = body !== null && typeof body === 'object' && Symbol.asyncIterator in body;
      endResponse(new fetchAPI.Response(isStream ? bytesOf(body, fetchAPI) : body, init));
    },
  };
  return {
    ...handler,
    plugin,
    async toChangeRows(rootValue, contextValue) {
      const { execute, schema } = yoga.getEnveloped(contextValue as never);
      const { data, errors } = await execute({
        schema,
        document: changesDocument,
        rootValue,
        contextValue,
      });
      if (errors?.[0]) throw errors[0];
      return changeRows(data.data.changes);
    },
  };
}

/** A stream of texts as the body of fetch's `Response`. */
function bytesOf(
  body: AsyncIterable<string | Uint8Array>,
  { ReadableStream, TextEncoder }: Pick<FetchAPI, 'ReadableStream' | 'TextEncoder'>,
): ReadableStream<Uint8Array> {
  const texts = body[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
    },
    async cancel() {
      await texts.return?.();
    },
  });
}
