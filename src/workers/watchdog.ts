import type { Worker } from 'node:cluster';
import type { Logger } from 'pino';

/** Milliseconds between two checks that a worker has sent a heartbeat. */
const checkInterval = 5000;
/** A worker without a heartbeat in so many checks, which is 30 s, is killed: its event loop is blocked. */
const maxMissedChecks = 6;

/**
 * Kills a worker that no longer sends heartbeats. Counts checks instead of time, which also passes while the computer
 * sleeps. Returns a function that ends the checks.
 */
export function killIfBlocked(worker: Worker, log: Logger): () => void {
  let missedChecks = 0;
  const timer = setInterval(() => {
    missedChecks += 1;
    if (missedChecks < maxMissedChecks) return;
    log.error({ worker: worker.process.pid }, 'a worker does not respond and is killed');
    worker.process.kill('SIGKILL');
  }, checkInterval);
  worker.on('message', () => {
    missedChecks = 0;
  });
  return () => clearInterval(timer);
}
