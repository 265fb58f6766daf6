import type { Plugin, YogaServer } from 'graphql-yoga';
import type { PlannedArgs } from '../graphql/execution/execute.ts';
import type { Handler } from '../http/listener.ts';
import { createHandler, type HandlerOptions, type RunOperation } from './handler.ts';

/** REST: the handler that Node's listener calls, and the plugin that serves it through Yoga. */
export interface Rest extends Handler {
  plugin: Plugin;
}

/** The paths that are not REST's; every other unknown path gets a REST error. */
const otherPaths = new Set(['/graphql', '/graphql/', '/health', '/ready']);

export function createRest(options: Omit<HandlerOptions, 'runOperation'>): Rest {
  let yoga: Pick<YogaServer<object, object>, 'getEnveloped'>;
  const runOperation: RunOperation = async ({ document }, { raw, coerced }, contextValue) => {
    const { execute, schema } = yoga.getEnveloped(contextValue as never);
    const values = { variableValues: raw, coercedValues: coerced };
    const args: PlannedArgs = { schema, document, contextValue, ...values };
    return execute(args);
  };
  const handler = createHandler({ ...options, runOperation });
  const plugin: Plugin = {
    onYogaInit(init) {
      yoga = init.yoga;
    },
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (otherPaths.has(url.pathname) || request.method === 'OPTIONS') return;
      const { body, ...init } = await handler.handle(request, url);
      endResponse(new fetchAPI.Response(body, init));
    },
  };
  return { ...handler, plugin };
}
