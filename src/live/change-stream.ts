import { setTimeout as sleep } from 'node:timers/promises';
import { encodePositions, type Position } from '../domain/feed/position.ts';
import type { FeedPage } from '../domain/feed/read.ts';

/** Milliseconds from one page to the next where the log has not more than a page: a storm of writes is gathered. */
const gatherTime = 50;
/** Changes that a filter left out after which a page without changes brings the cursor forward. */
const maxLeftOut = 1000;

/** A page of the changes of one board, and the position of all boards after it. */
export interface ChangePage extends Pick<FeedPage, 'boardId' | 'changes'> {
  cursor: string;
}

interface ChangeStreamOptions {
  /** By board. */
  positions: Map<string, Position>;
  read: (boardId: string, after: Position) => Promise<FeedPage>;
  /** True to begin with a page that has no changes, and the cursor of the start. */
  sendsStart: boolean;
  /** Called once, when the stream ends for whatever reason. */
  onEnd: () => void;
}

/**
 * The changes of some boards from a position on, as pages. It is a cursor into their logs: nothing is queued, so a slow
 * reader costs no memory. Not an async generator: its `finally` would wait for a pending `next`.
 */
export class ChangeStream implements AsyncIterableIterator<ChangePage> {
  readonly #options: ChangeStreamOptions;
  /** The boards that may have changes to read. */
  readonly #changed: Set<string>;
  #wake: () => void = () => {};
  #end: { error: Error | undefined } | undefined;
  #sendsStart: boolean;
  #leftOut = 0;
  #lastPageAt = 0;

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
    this.#sendsStart = options.sendsStart;
    this.#changed = new Set(options.positions.keys());
  }

  /** The board may have changed. */
  wake(boardId: string): void {
    this.#changed.add(boardId);
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

  async next(): Promise<IteratorResult<ChangePage, undefined>> {
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

  async return(): Promise<IteratorResult<ChangePage, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  /** Undefined at the end. */
  async #nextPage(): Promise<ChangePage | undefined> {
    const { positions, read } = this.#options;
    const [firstId = ''] = positions.keys();
    if (this.#sendsStart && this.#end === undefined) {
      this.#sendsStart = false;
      return { boardId: firstId, changes: [], cursor: encodePositions(positions) };
    }
    while (this.#end === undefined) {
      const [boardId] = this.#changed;
      const position = boardId && positions.get(boardId);
      if (!boardId || !position) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        const remaining = this.#lastPageAt + gatherTime - performance.now();
        if (remaining > 0) await sleep(remaining);
        continue;
      }
      // Before the read: a commit in the meantime adds it again.
      this.#changed.delete(boardId);
      const page = await read(boardId, position);
      if (page.hasMore) this.#changed.add(boardId);
      positions.set(boardId, page.end);
      this.#leftOut += page.read - page.changes.length;
      if (page.changes.length === 0 && this.#leftOut < maxLeftOut) continue;
      this.#leftOut = 0;
      this.#lastPageAt = performance.now();
      return { boardId, changes: page.changes, cursor: encodePositions(positions) };
    }
    return undefined;
  }
}
