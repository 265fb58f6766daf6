import type { Cancellation } from '../postgres/cancel.ts';
import { publishWait } from '../postgres/diagnostics.ts';

/** The limits of each key of one level. */
export interface Level {
  /** Tasks that run at once. */
  permits: number;
  /** Tasks that run or wait; one more is refused. */
  maxPending?: number;
}

export interface KeyedLimiterOptions {
  /** The name of its waits in the metrics. */
  queue: string;
  /** From the outermost, whose semaphore all tasks share, to the innermost. */
  levels: readonly Level[];
  /** Milliseconds that a task waits for its permits before it fails. */
  timeout: number;
  /** Creates the error of a task that is refused or has waited too long. */
  createError: () => Error;
}

type Run = <Result>(task: () => Promise<Result>) => Promise<Result>;

/**
 * Counting semaphores, nested by keys. A task with the keys `[a, b]` needs three permits: of `b` within `a`, of `a`, and
 * of the semaphore that all tasks share. It acquires them in this order, so that a task that waits for its own key takes
 * no place of others. Each semaphore is first in, first out.
 */
export class KeyedLimiter {
  readonly #options: KeyedLimiterOptions;
  readonly #root: Semaphore;

  constructor(options: KeyedLimiterOptions) {
    this.#options = options;
    this.#root = new Semaphore(options.levels);
  }

  /** `keys` has one key for each level below the outermost. */
  run<Result>(
    keys: readonly PropertyKey[],
    task: () => Promise<Result>,
    cancellation?: Cancellation,
  ): Promise<Result> {
    return this.join(keys, (run) => run(task), cancellation);
  }

  /** Counts `work` as one pending task while it lasts. It may run a task several times, and pause in between. */
  async join<Result>(
    keys: readonly PropertyKey[],
    work: (run: Run) => Promise<Result>,
    cancellation?: Cancellation,
  ): Promise<Result> {
    let innermost = this.#root;
    for (const key of keys) innermost = innermost.child(key);
    const { path } = innermost;
    for (const semaphore of path) semaphore.pending += 1;
    try {
      if (path.some(({ isOverfull }) => isOverfull)) throw this.#options.createError();
      return await work((task) => this.#run(path, task, cancellation));
    } finally {
      for (const semaphore of path) semaphore.leave();
    }
  }

  async #run<Result>(
    path: readonly Semaphore[],
    task: () => Promise<Result>,
    cancellation: Cancellation | undefined,
  ): Promise<Result> {
    cancellation?.throwIfCancelled();
    const start = performance.now();
    const deadline = start + this.#options.timeout;
    let hasWaited = false;
    const acquired: Semaphore[] = [];
    try {
      for (const semaphore of path) {
        if (!semaphore.tryAcquire()) {
          hasWaited = true;
          if (!(await semaphore.waitUntil(deadline, cancellation))) {
            cancellation?.throwIfCancelled();
            throw this.#options.createError();
          }
        }
        acquired.push(semaphore);
      }
      if (hasWaited) publishWait(this.#options.queue, start);
      cancellation?.throwIfCancelled();
      return await task();
    } finally {
      for (const semaphore of acquired) semaphore.release();
    }
  }
}

/** The semaphore of one key. It exists while the key has pending tasks. */
class Semaphore {
  pending = 0;
  /** This semaphore and its parents, from the innermost outwards. */
  readonly path: readonly Semaphore[];
  readonly #level: Level;
  readonly #innerLevels: readonly Level[];
  readonly #remove: () => void;
  readonly #children = new Map<PropertyKey, Semaphore>();
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(
    [level, ...innerLevels]: readonly Level[],
    parents: readonly Semaphore[] = [],
    remove = () => {},
  ) {
    if (level === undefined) throw new Error('There are more keys than levels.');
    this.#level = level;
    this.#innerLevels = innerLevels;
    this.path = [this, ...parents];
    this.#remove = remove;
  }

  get isOverfull(): boolean {
    return this.pending > (this.#level.maxPending ?? Number.POSITIVE_INFINITY);
  }

  child(key: PropertyKey): Semaphore {
    const existing = this.#children.get(key);
    if (existing !== undefined) return existing;
    const remove = () => this.#children.delete(key);
    const child = new Semaphore(this.#innerLevels, this.path, remove);
    this.#children.set(key, child);
    return child;
  }

  leave(): void {
    this.pending -= 1;
    if (this.pending === 0) this.#remove();
  }

  tryAcquire(): boolean {
    if (this.#running >= this.#level.permits) return false;
    this.#running += 1;
    return true;
  }

  /** Resolves with true once a permit is handed over, or with false at the deadline or when it is cancelled. */
  waitUntil(deadline: number, cancellation?: Cancellation): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isAcquired: boolean) => {
        clearTimeout(timer);
        removeListener?.();
        this.#waiting.delete(accept);
        resolve(isAcquired);
      };
      const accept = () => settle(true);
      const giveUp = () => settle(false);
      const timer = setTimeout(giveUp, deadline - performance.now());
      const removeListener = cancellation?.onCancel(giveUp);
      this.#waiting.add(accept);
    });
  }

  /** Hands the permit to the task that has waited longest, so that no later one can overtake it. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
