import { ApiError } from '../errors.ts';

/** Milliseconds that a request may take. */
export const defaultRequestTimeout = 30_000;

const aborted = (message: string): ApiError => new ApiError('SERVICE_UNAVAILABLE', message);

/** The lifetime of a request. Its signal is aborted when the request takes too long, or ends before its work is done. */
export class Lifetime {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  #timer: NodeJS.Timeout | undefined;

  /** `timeout` is in milliseconds. */
  constructor(timeout: number = defaultRequestTimeout) {
    this.#timeout = timeout;
    this.#startTimer();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs a write that may take longer than a request, and does not end with the client's connection. */
  async withoutTimeout<Result>(work: () => Promise<Result>): Promise<Result> {
    clearTimeout(this.#timer);
    try {
      return await work();
    } finally {
      this.#startTimer();
    }
  }

  /** The response was sent, or the client closed the connection: aborts whatever is still running. */
  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort(aborted('The client closed the connection.'));
  }

  #startTimer(): void {
    if (this.signal.aborted) return;
    this.#timer = setTimeout(() => {
      const message = `The request took longer than ${this.#timeout / 1000} s. Ask for less at once.`;
      this.#controller.abort(aborted(message));
    }, this.#timeout).unref();
  }
}
