import { ApiError } from './errors.ts';

/** How many writes may be with the database at once. */
const atOnce = {
  /** Of one lane: a board's lock lets them through one by one, and the next should not come from far. */
  lane: 2,
  /** Of one workspace, so that there is room for the others. */
  workspace: 6,
  /** Of all: fewer than there are connections, so that a read always finds one. */
  all: 8,
};
/** How many may wait, of all workspaces. */
const longestQueue = 1000;
/** Milliseconds; what a board's lock is waited for too. */
const patience = 10_000;

/** Which writes go one after the other: those of one board, or of one kind. */
export interface Lane {
  workspaceId: string;
  name: string;
}

/**
 * Runs writes in the order in which they came, those of one lane two by two: many writers of one board, or one that
 * is stuck, hold up no other board and no reader. Throws SERVICE_UNAVAILABLE where too many wait, or one has waited too
 * long.
 */
export interface WriteQueue {
  run<Answer>(lane: Lane, write: () => Promise<Answer>): Promise<Answer>;
}

export function createWriteQueue(): WriteQueue {
  const all = new Gate(atOnce.all);
  const gates = new Map<string, Gate>();
  let size = 0;

  async function through<Answer>(
    name: string,
    width: number,
    run: () => Promise<Answer>,
  ): Promise<Answer> {
    const gate = gates.get(name) ?? new Gate(width);
    gates.set(name, gate);
    try {
      return await gate.through(run);
    } finally {
      if (gate.isIdle) gates.delete(name);
    }
  }

  return {
    async run({ workspaceId, name }, write) {
      if (size >= longestQueue) throw busy();
      size += 1;
      try {
        return await through(JSON.stringify([workspaceId, name]), atOnce.lane, () =>
          through(workspaceId, atOnce.workspace, () => all.through(write)),
        );
      } finally {
        size -= 1;
      }
    },
  };
}

const busy = (): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', 'Too many writes are waiting here. Try again in a moment.');

/** Lets so many through at once; the others wait in line. */
class Gate {
  readonly #width: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get isIdle(): boolean {
    return this.#inside === 0;
  }

  async through<Answer>(run: () => Promise<Answer>): Promise<Answer> {
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
        reject(busy());
      }, patience);
      this.#waiting.add(enter);
    });
  }
}
