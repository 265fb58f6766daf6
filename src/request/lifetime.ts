import { ApiError } from '../errors.ts';
import type { Cancellation } from '../postgres/cancel.ts';

const cancelled = (message: string): ApiError => new ApiError('SERVICE_UNAVAILABLE', message);

/** One error for all requests, since each ends with it: creating errors is slow. */
const disconnected = cancelled('The client closed the connection.');

/** The lifetime of a request. Its work is cancelled when it takes too long, or when the client disconnects. */
export class Lifetime implements Cancellation {
  readonly #timeout: number;
  #timer: NodeJS.Timeout | undefined;
  /** The parts of the request that run without a time limit, some of them at once. */
  #untimed = 0;
  #reason: ApiError | undefined;
  #controller: AbortController | undefined;
  readonly #listeners = new Set<(reason: Error) => void>();

  /** `timeout` is in milliseconds. */
  constructor(timeout: number) {
    this.#timeout = timeout;
    this.#startTimer();
  }

  get isEnded(): boolean {
    return this.#reason !== undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  throwIfCancelled(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  onCancel(listener: (reason: Error) => void): () => void {
    if (this.#reason === undefined) this.#listeners.add(listener);
    else listener(this.#reason);
    return () => this.#listeners.delete(listener);
  }

  /** Runs a write that may take longer than a request, and does not end with the client's connection. */
  async withoutTimeout<Result>(work: () => Promise<Result>): Promise<Result> {
    this.removeTimeout();
    try {
      return await work();
    } finally {
      this.#untimed -= 1;
      if (this.#untimed === 0) this.#startTimer();
    }
  }

  /** For a stream, which ends when its client or the server ends it. */
  removeTimeout(): void {
    this.#untimed += 1;
    clearTimeout(this.#timer);
  }

  /** The response was sent, or the client closed the connection: cancels whatever is still running. */
  end(): void {
    clearTimeout(this.#timer);
    this.#cancel(disconnected);
  }

  #cancel(reason: ApiError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (const listener of this.#listeners) listener(reason);
  }

  #startTimer(): void {
    if (this.isEnded) return;
    this.#timer = setTimeout(() => {
      const seconds = this.#timeout / 1000;
      this.#cancel(cancelled(`The request took longer than ${seconds} s. Ask for less at once.`));
    }, this.#timeout).unref();
  }
}
