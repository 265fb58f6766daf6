import type { Cancellation } from '../postgres/cancel.ts';
import { publishWait } from '../postgres/diagnostics.ts';
import {
  type InFlightLimits,
  tooManyWaiting,
  tooMuchMemory,
  type Usage,
  waitedTooLong,
} from './in-flight-limits.ts';
import { type InFlightCaller, Usages } from './usages.ts';

/**
 * The share of the timeout by which a request may fail earlier, at random: hundreds that came together and failed in the
 * same moment would hold up everybody else.
 */
const maxEarliness = 0.25;

/** The memory and the place that one request has reserved. */
export interface Reservation {
  /** Reserves more, for what the request has read. Throws SERVICE_UNAVAILABLE. */
  grow(bytes: number): void;
  /** Releases everything, once. */
  release(): void;
}

interface Waiter {
  caller: InFlightCaller;
  bytes: number;
  accept: (reservation: Reservation) => void;
}

/**
 * Limits the requests, and the memory that they hold, of each key, each workspace and the process. A request that does
 * not fit waits: requests of one key are served in their order, keys take turns.
 */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #usages: Usages;
  /** Waiting requests by key; the key whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Waiter>>();

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
    this.#usages = new Usages(limits);
  }

  /** Bytes reserved in the process. */
  get bytes(): number {
    return this.#usages.process.bytes;
  }

  /** Requests that wait in the process. */
  get waiting(): number {
    return this.#usages.process.waiting;
  }

  /** Requests in flight in the process. */
  get requests(): number {
    return this.#usages.process.requests;
  }

  /**
   * Reserves a place and `bytes` for a request: at once where they are free. Fails with SERVICE_UNAVAILABLE where too
   * many requests wait, or after the timeout, and with the reason of the cancellation.
   */
  acquire(
    caller: InFlightCaller,
    bytes: number,
    cancellation?: Cancellation,
  ): Reservation | Promise<Reservation> {
    const usages = this.#usages.of(caller);
    if (!this.#waiting.has(caller.keyId) && this.#usages.fits(usages, bytes))
      return this.#reserve(caller, usages, bytes);
    cancellation?.throwIfCancelled();
    return this.#wait(caller, bytes, cancellation);
  }

  #reserve(caller: InFlightCaller, usages: readonly Usage[], bytes: number): Reservation {
    this.#usages.keep(caller, usages);
    for (const usage of usages) usage.requests += 1;
    let reserved = 0;
    const add = (more: number) => {
      reserved += more;
      for (const usage of usages) usage.bytes += more;
    };
    add(bytes);
    let isReleased = false;
    return {
      grow: (more) => {
        if (isReleased) return;
        const full = usages.find(
          (usage) =>
            usage.requests > 1 &&
            usage.bytes + more > this.#usages.limitsFor(usage, usages, more).bytes,
        );
        if (full !== undefined) throw tooMuchMemory(full, more, this.#limits);
        add(more);
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        add(-reserved);
        for (const usage of usages) usage.requests -= 1;
        this.#usages.forgetUnused(caller, usages);
        this.#serveWaiting();
      },
    };
  }

  #wait(
    caller: InFlightCaller,
    bytes: number,
    cancellation: Cancellation | undefined,
  ): Promise<Reservation> {
    const usages = this.#usages.of(caller);
    const full = usages.find(({ name, waiting }) => waiting >= this.#limits.waiting[name]);
    if (full !== undefined) return Promise.reject(tooManyWaiting(full, this.#limits));
    this.#usages.keep(caller, usages);
    for (const usage of usages) usage.waiting += 1;
    return new Promise((resolve, reject) => {
      const start = performance.now();
      const waiter: Waiter = {
        caller,
        bytes,
        accept: (reservation) => {
          leave();
          publishWait('requests', start);
          resolve(reservation);
        },
      };
      const queue = this.#waiting.get(caller.keyId) ?? new Set();
      this.#waiting.set(caller.keyId, queue.add(waiter));
      const leave = () => {
        clearTimeout(timer);
        removeListener?.();
        queue.delete(waiter);
        if (queue.size === 0) this.#waiting.delete(caller.keyId);
        for (const usage of usages) usage.waiting -= 1;
        this.#usages.forgetUnused(caller, usages);
      };
      const fail = (error: Error) => {
        leave();
        reject(error);
        // The next request of the key may be a smaller one.
        this.#serveWaiting();
      };
      const timeout = Math.round(this.#limits.waitTimeout * (1 - maxEarliness * Math.random()));
      const timer = setTimeout(() => fail(waitedTooLong(usages, timeout, this.#limits)), timeout);
      const removeListener = cancellation?.onCancel(fail);
    });
  }

  /** Lets in what fits now, one request of each key at a time. */
  #serveWaiting(): void {
    for (const [keyId, queue] of this.#waiting) {
      const [waiter] = queue;
      if (waiter === undefined) continue;
      const usages = this.#usages.of(waiter.caller);
      if (!this.#usages.fits(usages, waiter.bytes)) continue;
      waiter.accept(this.#reserve(waiter.caller, usages, waiter.bytes));
      // The key goes to the end of the map, where this loop meets it again.
      if (this.#waiting.delete(keyId)) this.#waiting.set(keyId, queue);
    }
  }
}
