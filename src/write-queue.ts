import { ApiError } from './errors.ts';

/** How many writes may be with the database at once. */
const atOnce = {
  /** Of one board: its lock lets them through one by one, and the next should not come from far. */
  board: 2,
  /** Of all: fewer than there are connections, so that a read always finds one. */
  all: 8,
};
const longestQueue = 1000;
/** Milliseconds; what a board's lock is waited for too. */
const patience = 10_000;

/**
 * Runs writes in the order in which they came, those of one board two by two: many writers of one board, or one that
 * is stuck, hold up no other board and no reader. The board is null where nobody has said it yet. Throws
 * SERVICE_UNAVAILABLE where too many wait, or one has waited too long.
 */
export interface WriteQueue {
  run<Answer>(board: string | null, write: () => Promise<Answer>): Promise<Answer>;
}

export function createWriteQueue(): WriteQueue {
  const all = new Gate(atOnce.all);
  const boards = new Map<string, Gate>();
  return {
    async run(board, write) {
      if (board === null) return all.through(write);
      const gate = boards.get(board) ?? new Gate(atOnce.board);
      boards.set(board, gate);
      try {
        return await gate.through(() => all.through(write));
      } finally {
        if (gate.isIdle) boards.delete(board);
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
    if (this.#waiting.size >= longestQueue) throw busy();
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
