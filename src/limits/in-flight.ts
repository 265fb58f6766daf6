import { ApiError } from '../errors.ts';
import type { Cancellation } from '../postgres/cancel.ts';
import { publishWait } from '../postgres/diagnostics.ts';

/** How much of one kind a process, a workspace and a key may have in flight at once. */
export interface Shares {
  process: number;
  workspace: number;
  key: number;
}

export interface InFlightLimits {
  /** Requests. */
  requests: Shares;
  /** Bytes of bodies, documents, rows and responses. */
  bytes: Shares;
  /** Requests that wait. */
  waiting: Shares;
  /** Milliseconds that a request waits at most. */
  waitTimeout: number;
}

const mebi = 1024 * 1024;

/**
 * The share of the timeout by which a request may fail earlier, at random: hundreds that came together and failed in the
 * same moment would hold up everybody else.
 */
const maxEarliness = 0.25;

/** The part of a caller that limits depend on. */
export interface InFlightCaller {
  workspaceId: string;
  keyId: string;
}

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

/** The requests in flight of a process, a workspace or a key. */
interface Usage {
  name: keyof Shares;
  requests: number;
  bytes: number;
  waiting: number;
}

const createUsage = (name: keyof Shares): Usage => ({ name, requests: 0, bytes: 0, waiting: 0 });

const scopes = { process: 'in this process', workspace: 'of your workspace', key: 'of your key' };

const tooMany = (message: string): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', `${message} Try again in a moment.`);

/**
 * Limits the requests, and the memory that they hold, of each key, each workspace and the process. A request that does
 * not fit waits: requests of one key are served in their order, keys take turns.
 */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #process = createUsage('process');
  readonly #workspaces = new Map<string, Usage>();
  readonly #keys = new Map<string, Usage>();
  /** Waiting requests by key; the key whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Waiter>>();

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  /** Bytes reserved in the process. */
  get bytes(): number {
    return this.#process.bytes;
  }

  /** Requests that wait in the process. */
  get waiting(): number {
    return this.#process.waiting;
  }

  /** Requests in flight in the process. */
  get requests(): number {
    return this.#process.requests;
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
    const usages = this.#usagesOf(caller);
    if (!this.#waiting.has(caller.keyId) && this.#fits(usages, bytes))
      return this.#reserve(caller, usages, bytes);
    cancellation?.throwIfCancelled();
    return this.#wait(caller, bytes, cancellation);
  }

  #usagesOf({ workspaceId, keyId }: InFlightCaller): readonly Usage[] {
    return [
      this.#keys.get(keyId) ?? createUsage('key'),
      this.#workspaces.get(workspaceId) ?? createUsage('workspace'),
      this.#process,
    ];
  }

  /** An only request always fits, whatever its size: other limits bound it. */
  #fits(usages: readonly Usage[], bytes: number): boolean {
    const limits = this.#limits;
    return usages.every(
      (usage) =>
        usage.requests < limits.requests[usage.name] &&
        (usage.requests === 0 || usage.bytes + bytes <= limits.bytes[usage.name]),
    );
  }

  #keep({ workspaceId, keyId }: InFlightCaller, [key, workspace]: readonly Usage[]): void {
    if (key !== undefined) this.#keys.set(keyId, key);
    if (workspace !== undefined) this.#workspaces.set(workspaceId, workspace);
  }

  #forgetUnused({ workspaceId, keyId }: InFlightCaller, [key, workspace]: readonly Usage[]): void {
    if (key?.requests === 0 && key.waiting === 0) this.#keys.delete(keyId);
    if (workspace?.requests === 0 && workspace.waiting === 0) this.#workspaces.delete(workspaceId);
  }

  #reserve(caller: InFlightCaller, usages: readonly Usage[], bytes: number): Reservation {
    this.#keep(caller, usages);
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
          ({ name, requests, bytes: held }) =>
            requests > 1 && held + more > this.#limits.bytes[name],
        );
        if (full !== undefined) throw this.#tooMuchMemory(full, more);
        add(more);
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        add(-reserved);
        for (const usage of usages) usage.requests -= 1;
        this.#forgetUnused(caller, usages);
        this.#serveWaiting();
      },
    };
  }

  #wait(
    caller: InFlightCaller,
    bytes: number,
    cancellation: Cancellation | undefined,
  ): Promise<Reservation> {
    const usages = this.#usagesOf(caller);
    const full = usages.find(({ name, waiting }) => waiting >= this.#limits.waiting[name]);
    if (full !== undefined) return Promise.reject(this.#tooManyWaiting(full));
    this.#keep(caller, usages);
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
        this.#forgetUnused(caller, usages);
      };
      const fail = (error: Error) => {
        leave();
        reject(error);
        // The next request of the key may be a smaller one.
        this.#serveWaiting();
      };
      const timeout = Math.round(this.#limits.waitTimeout * (1 - maxEarliness * Math.random()));
      const timer = setTimeout(() => fail(this.#waitedTooLong(usages, timeout)), timeout);
      const removeListener = cancellation?.onCancel(fail);
    });
  }

  /** Lets in what fits now, one request of each key at a time. */
  #serveWaiting(): void {
    for (const [keyId, queue] of this.#waiting) {
      const [waiter] = queue;
      if (waiter === undefined) continue;
      const usages = this.#usagesOf(waiter.caller);
      if (!this.#fits(usages, waiter.bytes)) continue;
      waiter.accept(this.#reserve(waiter.caller, usages, waiter.bytes));
      // The key goes to the end of the map, where this loop meets it again.
      if (this.#waiting.delete(keyId)) this.#waiting.set(keyId, queue);
    }
  }

  #tooManyWaiting({ name, waiting }: Usage): ApiError {
    return tooMany(
      `${waiting} requests ${scopes[name]} are waiting; the limit is ${this.#limits.waiting[name]}.`,
    );
  }

  #tooMuchMemory({ name, bytes }: Usage, more: number): ApiError {
    return tooMany(
      `The requests ${scopes[name]} hold ${Math.ceil((bytes + more) / mebi)} MiB; the limit is ${this.#limits.bytes[name] / mebi} MiB.`,
    );
  }

  #waitedTooLong(usages: readonly Usage[], timeout: number): ApiError {
    const { requests } = this.#limits;
    const full = usages.find((usage) => usage.requests >= requests[usage.name]);
    if (full === undefined)
      return tooMany(`No memory became free for this request within ${timeout} ms.`);
    return tooMany(
      `${full.requests} requests ${scopes[full.name]} are in flight, which is the limit, and none ended within ${timeout} ms.`,
    );
  }
}
