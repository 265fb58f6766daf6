import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Plugin, YogaServer } from 'graphql-yoga';
import { streamHeaders } from '../../http/response-headers.ts';
import { EventTurns } from '../../limits/event-turns.ts';
import type { Context, RequestContexts } from '../../request/context.ts';
import type { ErrorMask } from './use-error-masking.ts';

type Execute = (args: ExecutionArgs) => Promise<ExecutionResult>;

interface EventOptions {
  args: ExecutionArgs;
  requestContexts: RequestContexts;
  execute: Execute;
  mask: ErrorMask;
  turns: EventTurns;
}

/**
 * The results of a subscription: each event is executed like a query, in a context of its own, since loaders must not
 * outlive what they have read. An error ends it: the client continues from its last cursor. Not an async generator: its
 * `finally` would wait for the next event, so that a client that has left would never be forgotten.
 */
class EventResults implements AsyncIterableIterator<ExecutionResult> {
  readonly #events: AsyncIterator<unknown>;
  readonly #options: EventOptions;

  constructor(events: AsyncIterable<unknown>, options: EventOptions) {
    this.#events = events[Symbol.asyncIterator]();
    this.#options = options;
    // The client has closed the connection.
    (options.args.contextValue as Context).lifetime.onCancel(() => this.return());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    try {
      const event = await this.#events.next();
      if (event.done) return { done: true, value: undefined };
      return { done: false, value: await this.#execute(event.value) };
    } catch (error) {
      await this.return();
      return { done: false, value: { errors: [this.#options.mask(error)] } };
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  async #execute(rootValue: unknown): Promise<ExecutionResult> {
    const { args, requestContexts, execute, turns } = this.#options;
    await turns.take();
    const event = await requestContexts.createForPart(args.contextValue as Context, {
      isEvent: true,
    });
    try {
      const result = await execute({ ...args, rootValue, contextValue: event.context });
      // To write a result as text may take longer than to get it.
      await turns.take();
      return result;
    } finally {
      event.release();
    }
  }
}

/** Runs subscriptions, and sends their events as GraphQL over SSE (distinct connections). */
export function useSubscriptions(requestContexts: RequestContexts, mask: ErrorMask): Plugin {
  const turns = new EventTurns();
  let yoga: Pick<YogaServer<object, object>, 'getEnveloped'>;

  async function subscribe(args: ExecutionArgs) {
    const context = args.contextValue as Context;
    await turns.take();
    const events = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in events))
      return { ...events, errors: events.errors?.map((error) => mask(error)) };
    requestContexts.toStream(context);
    const { execute } = yoga.getEnveloped(context as never);
    return new EventResults(events, { args, requestContexts, execute, mask, turns });
  }

  return {
    onYogaInit(init) {
      yoga = init.yoga;
    },
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(subscribe as never);
    },
    onResponse({ response: { headers } }) {
      if (!headers.get('content-type')?.startsWith('text/event-stream')) return;
      for (const [name, value] of Object.entries(streamHeaders)) headers.set(name, value);
    },
  };
}
