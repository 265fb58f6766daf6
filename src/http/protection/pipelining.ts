import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for the one before them. */
const maxWaiting = 100;

interface Pipeline {
  last: ServerResponse;
  waiting: number;
}

/**
 * Runs the requests that a client pipelines on one connection one after the other, since `node:http` would start them
 * all at once. Closes a connection on which too many wait.
 */
export function limitPipelining(listener: RequestListener): RequestListener {
  const pipelines = new WeakMap<Socket, Pipeline>();
  return (message, response) => {
    const { socket } = message;
    const pipeline = pipelines.get(socket);
    if (pipeline === undefined) {
      pipelines.set(socket, { last: response, waiting: 0 });
      return listener(message, response);
    }
    const { last } = pipeline;
    pipeline.last = response;
    if (last.writableFinished) return listener(message, response);
    pipeline.waiting += 1;
    if (pipeline.waiting > maxWaiting) return void socket.destroy();
    const run = () => {
      pipeline.waiting -= 1;
      if (!socket.destroyed) listener(message, response);
    };
    // Not at once: a hundred requests that need no database would keep the event loop from all other connections.
    last.once('close', () => setImmediate(run));
  };
}
