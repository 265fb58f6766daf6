import { ApiError } from '../errors.ts';

/** Milliseconds that a request may take. */
export const defaultRequestTimeout = 30_000;

const aborted = (message: string): ApiError => new ApiError('SERVICE_UNAVAILABLE', message);

/** One error for all requests: each ends with it, and to create an error takes longer than the rest of its end. */
const disconnected = aborted('The client closed the connection.');

/** The lifetime of a request. Its signal is aborted when the request takes too long, or ends before its work is done. */
export class Lifetime {
  #controller: AbortController | undefined;
  /** Why the signal is aborted. */
  #reason: ApiError | undefined;
  readonly #timeout: number;
  #timer: NodeJS.Timeout | undefined;

  /** `timeout` is in milliseconds. */
  constructor(timeout: number = defaultRequestTimeout) {
    this.#timeout = timeout;
    this.#startTimer();
  }

  get isEnded(): boolean {
    return this.#reason !== undefined;
  }

  /** Created when it is first asked for: most requests that read one item never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  throwIfEnded(): void {
    if (this.#reason !== undefined) throw this.#reason;
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
    this.#abort(disconnected);
  }

  #abort(reason: ApiError): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  #startTimer(): void {
    if (this.isEnded) return;
    this.#timer = setTimeout(() => {
      const message = `The request took longer than ${this.#timeout / 1000} s. Ask for less at once.`;
      this.#abort(aborted(message));
    }, this.#timeout).unref();
  }
}
