import { setTimeout as sleep } from 'node:timers/promises';
import { shutDown } from './postmaster.ts';
import type { Child } from './processes.ts';

/** Milliseconds to wait before each restart. */
const restartDelays = [0, 500, 1_000, 2_000, 4_000];
/** A server that ran for so many milliseconds is restarted without a delay. */
const stableAfter = 10_000;
/** Milliseconds that `stop` waits for a start in progress. */
const stopTimeout = 15_000;

export interface SupervisedServer {
  /** Resolves when the server has ended for good: with the last error, or with undefined after `stop`. */
  ended: Promise<string | undefined>;
  stop(): Promise<void>;
}

/**
 * Starts a server and restarts it whenever it ends by itself, until five starts in a row have failed. Calls `onLoss`
 * with its exit code or signal.
 */
export async function supervise(
  start: () => Promise<Child>,
  onLoss: (how: string) => void,
): Promise<SupervisedServer> {
  const stopping = new AbortController();
  let child = await start();

  /** Restarts the server. Returns the last error if all attempts fail. */
  async function restart(previousRestarts: number): Promise<string | undefined> {
    let failure: string | undefined;
    for (let tries = 0; tries < restartDelays.length; tries += 1) {
      const delay = restartDelays[Math.min(previousRestarts + tries, restartDelays.length - 1)];
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return undefined;
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
    for (let restarts = 0; ; restarts += 1) {
      const since = performance.now();
      const how = await child.ended;
      if (stopping.signal.aborted) return undefined;
      onLoss(how);
      if (performance.now() - since > stableAfter) restarts = 0;
      const failure = await restart(restarts);
      // `stop` may have been called during the restart.
      if (stopping.signal.aborted) await shutDown(child);
      if (stopping.signal.aborted || failure !== undefined) return failure;
    }
  }

  const ended = watch();
  return {
    ended,
    async stop() {
      stopping.abort();
      await shutDown(child);
      await Promise.race([ended, sleep(stopTimeout, undefined, { ref: false })]);
    },
  };
}
