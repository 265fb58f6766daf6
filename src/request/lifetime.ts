import { ApiError } from '../errors.ts';

/** Milliseconds that a request may take. */
export const defaultRequestTimeout = 30_000;

/** The lifetime of a request: its signal is aborted when the client disconnects, or the request has taken too long. */
export interface Lifetime {
  signal: AbortSignal;
  /** Ends the lifetime: nothing is aborted any more. */
  end(): void;
}

/** `disconnected` is aborted when the client closes the connection. */
export function startLifetime(
  disconnected: AbortSignal | undefined,
  timeout: number = defaultRequestTimeout,
): Lifetime {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(
      new ApiError(
        'SERVICE_UNAVAILABLE',
        `The request took longer than ${timeout / 1000} s. Ask for less at once.`,
      ),
    );
  }, timeout).unref();
  const disconnect = () =>
    controller.abort(new ApiError('SERVICE_UNAVAILABLE', 'The client closed the connection.'));
  if (disconnected?.aborted) disconnect();
  disconnected?.addEventListener('abort', disconnect, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      disconnected?.removeEventListener('abort', disconnect);
    },
  };
}
