import type { Worker } from 'node:cluster';

/**
 * When a worker ends, closes the last connection that it was passed. If the worker has not accepted it, node:cluster keeps
 * its handle open, and the client would wait for ever; if it has, closing the handle has no effect. Connections are passed
 * one at a time, so there is no other. Not for a single worker, which accepts for itself: the handle that it is passed is
 * the listening socket, which all later workers share.
 */
export function closeLostConnection({ process: child }: Worker): void {
  const { send } = child;
  let last: { close?: () => void } | undefined;
  child.send = ((...args: Parameters<typeof send>) => {
    last = (args[1] as typeof last) ?? last;
    return send.apply(child, args);
  }) as typeof send;
  child.once('exit', () => last?.close?.());
}
