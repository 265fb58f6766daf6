import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import { StartupError } from '../postgres/startup-error.ts';
import { closeLostConnection } from './lost-connection.ts';
import { killIfBlocked } from './watchdog.ts';
import { type SupervisorMessage, settingsVariable, type WorkerMessage } from './worker.ts';

/** Milliseconds that a worker may take to finish its requests. */
const stopTimeout = 12_000;

export interface WorkerProcessOptions {
  /** How many processes serve requests. */
  size: number;
  /** Environment variables of each worker, beside those of this process. */
  env?: Readonly<Record<string, string>>;
  log: Logger;
}

/** A worker, as its supervisor sees it. */
export interface WorkerProcess {
  worker: Worker;
  /** For one that was started without settings. */
  giveSettings(settings: unknown): void;
  /** Resolves when it can listen. */
  ready: Promise<void>;
  /** Rejects with a StartupError when it ends. */
  exit: Promise<never>;
}

/**
 * Starts a process that loads everything, and listens when it is told to, which takes milliseconds then. Without settings it
 * loads the program only, and waits for them.
 */
export function forkWorker(
  { size, env, log }: WorkerProcessOptions,
  settings?: unknown,
): WorkerProcess {
  const given = settings !== undefined && { [settingsVariable]: JSON.stringify(settings) };
  const worker = cluster.fork({ ...env, ...given });
  killIfBlocked(worker, log);
  if (size > 1) closeLostConnection(worker);
  let giveSettings = (_settings: unknown): void => {};
  const settingsMessage = new Promise<SupervisorMessage>((resolve) => {
    giveSettings = (later) => resolve({ settings: JSON.stringify(later) });
  });
  // It asks when it listens to messages: an earlier one would be lost.
  worker.on('message', ({ asksForSettings }: WorkerMessage) => {
    if (asksForSettings) settingsMessage.then((message) => worker.send(message));
  });
  let failure: string | undefined;
  const ready = new Promise<void>((resolve) => {
    worker.on('message', (message: WorkerMessage) => {
      failure = message.failure ?? failure;
      if (message.isReady) resolve();
    });
  });
  const exit = new Promise<never>((_, reject) => {
    worker.once('exit', (code, signal) =>
      reject(new StartupError(failure ?? `A worker ended before it listened: ${signal ?? code}.`)),
    );
    // Also of a message that cannot be sent, as the worker ends: its end follows. Without a listener, it would end this process.
    worker.on('error', (error: Error) => {
      if (worker.process.pid === undefined)
        reject(new StartupError(`A worker cannot be started: ${error.message}.`));
      else log.debug({ worker: worker.process.pid, err: error }, 'a worker cannot be reached');
    });
  });
  exit.catch(() => {});
  ready.then(() => log.debug({ worker: worker.process.pid }, 'a worker can listen'));
  return { worker, giveSettings, ready, exit };
}

/** Lets a worker finish its requests. Resolves when its process has ended. */
export async function stopWorker(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  // `once` of node:events would reject for a message that cannot be sent any more.
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  if (worker.isConnected()) {
    worker.send({ stop: true } satisfies SupervisorMessage);
    // From now on it is passed no connections. Those that it has been passed arrive before the message.
    worker.disconnect();
  }
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopTimeout);
  await exit;
  clearTimeout(timer);
}
