import type { ApiError } from '../errors.ts';
import { publishWait } from '../postgres/diagnostics.ts';

/** The pause after a task, in which the event loop does other work, as a multiple of the time of the task. */
const pauseFactor = 2;

export interface TurnsOptions {
  /** Milliseconds that a task waits for its turn. */
  timeout: number;
  /** Creates the error of a task that has waited too long. */
  createError: (timeout: number) => ApiError;
}

/**
 * Turns for tasks that block the event loop for milliseconds. One task runs at a time, with a pause after it, and keys
 * alternate: one that sends many tasks only delays its own.
 */
export class Turns {
  /** Waiting tasks by key; the key whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #isBusy = false;
  readonly #options: TurnsOptions;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /**
   * Undefined where the task may run at once; otherwise resolves when its turn has come. The task must run before the
   * next phase of the event loop. Rejects with the error of the options, or with the signal's reason when it is aborted.
   */
  take(key: string, signal: AbortSignal): Promise<void> | undefined {
    if (this.#isBusy) return this.#wait(key, signal);
    this.#start();
    return undefined;
  }

  #start(): void {
    this.#isBusy = true;
    const start = performance.now();
    setImmediate(() => setTimeout(() => this.#next(), (performance.now() - start) * pauseFactor));
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
      const { timeout, createError } = this.#options;
      const timer = setTimeout(() => fail(createError(timeout)), timeout);
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.set(key, queue.add(accept));
    });
  }
}
