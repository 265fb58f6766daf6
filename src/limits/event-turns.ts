/**
 * Turns for the events of streams: one in each turn of the event loop, in the order in which they ask, so that other work
 * runs in between. A commit wakes all streams of a board, and one read serves them: without turns, the event loop would do
 * nothing else until all their events are made.
 */
export class EventTurns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in a turn of its own. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#next);
    });
  }

  readonly #next = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#next);
  };
}
