import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds from one page to the next where the log had no more: the changes of many writes come in one page. */
const gatherTime = 50;
/** Changes that a filter has left out, after which a page without changes brings the cursor forward. */
const maxLeftOut = 1000;

/** A page of the changes of one log, and the position in all logs after it. */
export interface ChangePage<Entry> {
  logId: string;
  changes: Entry[];
  cursor: string;
}

/** The changes after a position. */
interface Read<Entry, Position> {
  changes: Entry[];
  /** The number of changes that were read, with those that were left out. */
  read: number;
  end: Position;
  hasMore: boolean;
}

interface ChangeStreamOptions<Entry, Position> {
  /** By log. */
  positions: Map<string, Position>;
  read: (logId: string, after: Position) => Promise<Read<Entry, Position>>;
  toCursor: (positions: ReadonlyMap<string, Position>) => string;
  /** True to begin with a page that has no changes, and the cursor of the start. */
  sendsStart: boolean;
  /** Called once, when the stream ends for whatever reason. */
  onEnd: () => void;
}

/**
 * The changes of some logs from a position on, as pages. It is a cursor into the logs: nothing is queued, so a slow
 * reader costs no memory. Not an async generator: its `finally` would wait for a pending `next`.
 */
export class ChangeStream<Entry, Position> implements AsyncIterableIterator<ChangePage<Entry>> {
  readonly #options: ChangeStreamOptions<Entry, Position>;
  /** The logs that may have changes to read. */
  readonly #changed: Set<string>;
  #wake: () => void = () => {};
  #end: { error: Error | undefined } | undefined;
  #sendsStart: boolean;
  #leftOut = 0;
  #lastPageAt = 0;

  constructor(options: ChangeStreamOptions<Entry, Position>) {
    this.#options = options;
    this.#sendsStart = options.sendsStart;
    this.#changed = new Set(options.positions.keys());
  }

  /** The log may have grown. */
  wake(logId: string): void {
    this.#changed.add(logId);
    this.#wake();
  }

  /** Ends the stream: `next` throws the error once. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#options.onEnd();
    this.#wake();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ChangePage<Entry>, undefined>> {
    try {
      const page = await this.#nextPage();
      if (page !== undefined) return { done: false, value: page };
    } catch (error) {
      this.end();
      throw error;
    }
    const error = this.#end?.error;
    this.#end = { error: undefined };
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<ChangePage<Entry>, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  /** Undefined at the end. */
  async #nextPage(): Promise<ChangePage<Entry> | undefined> {
    const { positions, read, toCursor } = this.#options;
    const [firstId = ''] = positions.keys();
    if (this.#sendsStart && this.#end === undefined) {
      this.#sendsStart = false;
      return { logId: firstId, changes: [], cursor: toCursor(positions) };
    }
    while (this.#end === undefined) {
      const [logId] = this.#changed;
      const position = logId === undefined ? undefined : positions.get(logId);
      if (logId === undefined || position === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        const remaining = this.#lastPageAt + gatherTime - performance.now();
        if (remaining > 0) await sleep(remaining);
        continue;
      }
      // Before the read: a commit in the meantime adds it again.
      this.#changed.delete(logId);
      const page = await read(logId, position);
      if (page.hasMore) this.#changed.add(logId);
      positions.set(logId, page.end);
      this.#leftOut += page.read - page.changes.length;
      if (page.changes.length === 0 && this.#leftOut < maxLeftOut) continue;
      this.#leftOut = 0;
      this.#lastPageAt = performance.now();
      return { logId, changes: page.changes, cursor: toCursor(positions) };
    }
    return undefined;
  }
}
