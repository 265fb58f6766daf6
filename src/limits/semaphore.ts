/** Lets so many through at once; the others wait in line, for so many milliseconds at most. */
export class Semaphore {
  readonly #width: number;
  readonly #patience: number;
  readonly #busy: () => Error;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  /** `busy` makes what is thrown where the wait was too long. */
  constructor(width: number, { patience, busy }: { patience: number; busy: () => Error }) {
    this.#width = width;
    this.#patience = patience;
    this.#busy = busy;
  }

  get isIdle(): boolean {
    return this.#inside === 0;
  }

  async run<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    if (this.#inside < this.#width) this.#inside += 1;
    else await this.#turn();
    try {
      return await run();
    } finally {
      const [next] = this.#waiting;
      // Whoever is next takes the place that is left, so nobody who comes meanwhile can.
      if (next === undefined) this.#inside -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(limit);
        this.#waiting.delete(enter);
        resolve();
      };
      const limit = setTimeout(() => {
        this.#waiting.delete(enter);
        reject(this.#busy());
      }, this.#patience);
      this.#waiting.add(enter);
    });
  }
}

/** Gates by name: each is there as long as somebody is inside. */
export class KeyedSemaphore {
  readonly #gates = new Map<string, Semaphore>();
  readonly #make: () => Semaphore;

  constructor(make: () => Semaphore) {
    this.#make = make;
  }

  async run<Answer>(name: string, run: () => Promise<Answer>): Promise<Answer> {
    const gate = this.#gates.get(name) ?? this.#make();
    this.#gates.set(name, gate);
    try {
      return await gate.run(run);
    } finally {
      // Of two that leave at once the first has taken it away, and a third may have made another.
      if (gate.isIdle && this.#gates.get(name) === gate) this.#gates.delete(name);
    }
  }
}
