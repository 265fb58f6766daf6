import { setTimeout as sleep } from 'node:timers/promises';
import { shutDown } from './postmaster.ts';
import type { Child } from './processes.ts';

/** Milliseconds before each start that follows another one which did not hold. */
const pauses = [0, 500, 1_000, 2_000, 4_000];
/** Milliseconds that a server must run for its end to be a new one. */
const steady = 10_000;
/** Milliseconds that a start under way may hold up the end. */
const patience = 15_000;

export interface SupervisedServer {
  /** Resolves when it has ended for good: with a sentence if it does not start any more, with none if that was asked for. */
  over: Promise<string | undefined>;
  stop(): Promise<void>;
}

/**
 * Starts a server, and starts it again whenever it ends by itself, until five starts in a row have failed. `onLoss`
 * hears how it ended.
 */
export async function supervise(
  start: () => Promise<Child>,
  onLoss: (how: string) => void,
): Promise<SupervisedServer> {
  const halt = new AbortController();
  let child = await start();

  /** Starts it again; the sentence of the last failure where that cannot be done. */
  async function restart(before: number): Promise<string | undefined> {
    let failure: string | undefined;
    for (let tries = 0; tries < pauses.length; tries += 1) {
      const pause = pauses[Math.min(before + tries, pauses.length - 1)];
      await sleep(pause, undefined, { signal: halt.signal }).catch(() => {});
      if (halt.signal.aborted) return undefined;
      try {
        child = await start();
        return undefined;
      } catch (error) {
        failure = (error as Error).message;
      }
    }
    return failure;
  }

  async function watch(): Promise<string | undefined> {
    for (let losses = 0; ; losses += 1) {
      const since = performance.now();
      const how = await child.ended;
      if (halt.signal.aborted) return undefined;
      onLoss(how);
      if (performance.now() - since > steady) losses = 0;
      const failure = await restart(losses);
      // It may have come up after it was told to stop.
      if (halt.signal.aborted) await shutDown(child);
      if (halt.signal.aborted || failure !== undefined) return failure;
    }
  }

  const over = watch();
  return {
    over,
    async stop() {
      halt.abort();
      await shutDown(child);
      await Promise.race([over, sleep(patience, undefined, { ref: false })]);
    },
  };
}
