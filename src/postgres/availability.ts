import { setTimeout as sleep } from 'node:timers/promises';

/** Called once when the database becomes unavailable, and once when it is available again. */
export interface AvailabilityListener {
  onUnavailable: (error: Error) => void;
  /** `milliseconds` is the time it was unavailable. */
  onAvailable: (milliseconds: number) => void;
}

/** Milliseconds between two attempts to connect to a database that is unavailable. */
const retryInterval = 100;

/** Whether a database is available. An outage begins with a lost connection, and ends when one can be opened again. */
export class Availability {
  readonly #listener: AvailabilityListener | undefined;
  readonly #canConnect: () => Promise<boolean>;
  #isUnavailable = false;
  #isClosed = false;
  /** When the last outage ended. */
  #availableSince = 0;

  constructor(listener: AvailabilityListener | undefined, canConnect: () => Promise<boolean>) {
    this.#listener = listener;
    this.#canConnect = canConnect;
  }

  /**
   * Begins an outage, unless there is one. `start` is when the query began that lost its connection: one from before an
   * outage may fail after its end.
   */
  reportLoss(error: Error, start = performance.now()): void {
    // Connections that are being closed may report errors as well.
    if (this.#isUnavailable || this.#isClosed || start <= this.#availableSince) return;
    if (this.#listener !== undefined) void this.#reportOutage(this.#listener, error);
  }

  /** Reports nothing more. */
  close(): void {
    this.#isClosed = true;
  }

  async #reportOutage(listener: AvailabilityListener, error: Error): Promise<void> {
    this.#isUnavailable = true;
    const since = performance.now();
    listener.onUnavailable(error);
    do await sleep(retryInterval, undefined, { ref: false });
    while (!this.#isClosed && !(await this.#canConnect()));
    this.#isUnavailable = false;
    this.#availableSince = performance.now();
    if (!this.#isClosed) listener.onAvailable(Math.round(performance.now() - since));
  }
}
