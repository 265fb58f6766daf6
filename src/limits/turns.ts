import { ApiError } from '../errors.ts';
import { publishWait } from '../postgres/diagnostics.ts';

/** After a task, others of the event loop get this many times as long. */
const pause = 2;

const waitedTooLong = (timeout: number) =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    `Too many new documents and large bodies are waiting: this one waited for ${timeout} ms, which is the limit. Try again in a moment.`,
  );

/**
 * Turns for tasks that block the event loop for milliseconds. One task runs at a time, with a pause after it, and keys
 * alternate: one that sends many tasks only delays its own.
 */
export class Turns {
  /** Waiting tasks by key; the key whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #isBusy = false;
  /** Milliseconds that a task waits for its turn. */
  readonly #timeout: number;

  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /**
   * Undefined where the task may run at once; otherwise resolves when its turn has come. The task must run before the
   * next phase of the event loop. Rejects with SERVICE_UNAVAILABLE, or with the signal's reason when it is aborted.
   */
  take(key: string, signal: AbortSignal): Promise<void> | undefined {
    if (this.#isBusy) return this.#wait(key, signal);
    this.#start();
    return undefined;
  }

  #start(): void {
    this.#isBusy = true;
    const start = performance.now();
    setImmediate(() => setTimeout(() => this.#next(), (performance.now() - start) * pause));
  }

  #next(): void {
    this.#isBusy = false;
    const [entry] = this.#waiting;
    if (entry === undefined) return;
    const [key, queue] = entry;
    const [accept] = queue;
    this.#start();
    accept?.();
    // The key goes to the end of the map.
    if (this.#waiting.delete(key)) this.#waiting.set(key, queue);
  }

  #wait(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(key) ?? new Set();
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        queue.delete(accept);
        if (queue.size === 0) this.#waiting.delete(key);
      };
      const start = performance.now();
      const accept = () => {
        leave();
        publishWait('turns', start);
        resolve();
      };
      const fail = (error: unknown) => {
        leave();
        reject(error);
      };
      const abort = () => fail(signal.reason);
      const timer = setTimeout(() => fail(waitedTooLong(this.#timeout)), this.#timeout);
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.set(key, queue.add(accept));
    });
  }
}
