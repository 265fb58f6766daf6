/** A request that waits for a change of a log, for a limited time: long polling. */
export class ChangeWait {
  /** Called once. */
  onClose: () => void = () => {};
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;
  #hasChanged = false;
  #wake: () => void = () => {};

  /** `timeout` is in milliseconds. */
  constructor(timeout: number) {
    this.#timer = setTimeout(() => this.close(), timeout);
  }

  /** False once no change can come in time. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  wake(): void {
    this.#hasChanged = true;
    this.#wake();
  }

  /** Resolves when the log may have grown since the last call, and when this is closed. */
  async next(): Promise<void> {
    if (!this.#hasChanged && !this.#isClosed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#hasChanged = false;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.onClose();
    this.#wake();
  }
}
