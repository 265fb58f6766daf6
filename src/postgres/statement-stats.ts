import { statementTimes } from './diagnostics.ts';
import { unavailabilityOf } from './errors.ts';

/** A statement, or a transaction, and how long it took. */
export interface MeasuredStatement {
  /** Without its parameters. */
  text: string;
  milliseconds: number;
}

/** The statements of one request. A transaction counts as one; what several requests read together counts for none. */
export class StatementStats {
  count = 0;
  milliseconds = 0;
  /** Milliseconds that statements have waited for their turn. */
  waited = 0;
  rows = 0;
  slowest: MeasuredStatement | undefined;
  /** The message of the database when it was unavailable to a statement, or cancelled it. */
  unavailability: string | undefined;

  /** A function that runs a statement once its turn has come: the wait begins now. */
  queued<Result>(text: string, run: () => Promise<Result>): () => Promise<Result> {
    const start = performance.now();
    return () => {
      this.waited += performance.now() - start;
      return this.#measure(text, run);
    };
  }

  async #measure<Result>(text: string, run: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await run();
    } catch (error) {
      this.unavailability ??= unavailabilityOf(error);
      throw error;
    } finally {
      const milliseconds = performance.now() - start;
      this.count += 1;
      this.milliseconds += milliseconds;
      if (statementTimes.hasSubscribers) statementTimes.publish(milliseconds);
      if (milliseconds > (this.slowest?.milliseconds ?? 0)) this.slowest = { text, milliseconds };
    }
  }
}
