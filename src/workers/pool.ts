import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StartupError } from '../postgres/startup-error.ts';
import { readMetrics, type WorkerMetrics } from './metrics.ts';
import { type SupervisorMessage, settingsVariable, type WorkerMessage } from './worker.ts';

/** Milliseconds to wait before each attempt to replace a worker. */
const restartDelays = [0, 500, 1000, 2000, 4000];
/** Milliseconds between two checks that a worker has sent a heartbeat. */
const checkInterval = 5000;
/** A worker without a heartbeat in so many checks, which is 30 s, is killed: its event loop is blocked. */
const maxMissedChecks = 6;
/** Milliseconds that a worker may take to finish its requests. */
const stopTimeout = 12_000;

export interface PoolOptions<Settings> {
  /** How many processes serve requests. */
  size: number;
  /** Options of Node for each worker, beside those of this process. */
  execArgv: readonly string[];
  /** Environment variables of each worker, beside those of this process. */
  env?: Readonly<Record<string, string>>;
  /** Passed to each worker as JSON. */
  settings: Settings;
  log: Logger;
}

interface Standby {
  worker: Worker;
  /** Resolves when it can listen. */
  ready: Promise<void>;
  /** Rejects when it ends. */
  exit: Promise<never>;
}

export interface WorkerPool {
  /** The port that the workers listen on. */
  port: number;
  /** Resolves with the reason when a worker could not be replaced in five attempts. */
  failed: Promise<string>;
  /** Replaces the workers one at a time: each new one listens before the old one stops. */
  restart(): Promise<void>;
  readMetrics(): Promise<WorkerMetrics[]>;
  /** Lets the workers finish their requests, and ends them. */
  stop(): Promise<void>;
}

/**
 * Starts the processes that serve requests, and replaces each that ends by itself. They share one listening socket.
 * Throws StartupError if one ends before it listens.
 */
export async function startWorkers<Settings extends { port: number }>(
  options: PoolOptions<Settings>,
): Promise<WorkerPool> {
  const { size, execArgv, env, settings, log } = options;
  // Several workers are passed connections in turns. The supervisor passes the next one when the last is acknowledged,
  // which takes long while the worker is busy: an only worker accepts its connections itself.
  cluster.schedulingPolicy = size === 1 ? cluster.SCHED_NONE : cluster.SCHED_RR;
  // Sets the default: the options of this process.
  cluster.setupPrimary();
  cluster.setupPrimary({ execArgv: [...(cluster.settings.execArgv ?? []), ...execArgv] });
  const starting = new Set<Worker>();
  const serving = new Set<Worker>();
  let standby: Standby | undefined;
  /** The port that the workers ask for. They share the socket only if they ask for the same one, even if it is 0. */
  let requestedPort = settings.port;
  let port = 0;
  let isStopping = false;
  let restarts = Promise.resolve();
  let fail: (reason: string) => void = () => {};
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });

  /** Starts a process that has loaded everything and listens when it is told to, which takes milliseconds. */
  function fork(): Standby {
    const worker = cluster.fork({ ...env, [settingsVariable]: JSON.stringify(settings) });
    killIfBlocked(worker);
    closeLostConnection(worker);
    let failure: string | undefined;
    const ready = new Promise<void>((resolve) => {
      worker.on('message', (message: WorkerMessage) => {
        failure = message.failure ?? failure;
        if (message.isReady) resolve();
      });
    });
    const exit = once(worker, 'exit').then(([code, signal]) => {
      if (standby?.worker === worker) standby = undefined;
      throw new StartupError(failure ?? `A worker ended before it listened: ${signal ?? code}.`);
    });
    exit.catch(() => {});
    ready.then(() => log.debug({ worker: worker.process.pid }, 'a worker can listen'));
    return { worker, ready, exit };
  }

  /** Starts one worker and waits until it listens. Throws StartupError if it ends before. */
  async function start(): Promise<void> {
    const { worker, ready, exit } = standby ?? fork();
    standby = undefined;
    starting.add(worker);
    try {
      await Promise.race([ready, exit]);
      // Without workers the socket is closed, and 0 would now be another port.
      if (port !== 0 && serving.size === 0) requestedPort = port;
      worker.send({ listen: requestedPort } satisfies SupervisorMessage);
      const [address] = await Promise.race([once(worker, 'listening'), exit]);
      ({ port } = address);
    } finally {
      starting.delete(worker);
    }
    serving.add(worker);
    if (!isStopping) standby ??= fork();
    worker.once('exit', (code, signal) => {
      // A worker that is told to stop is not in the set.
      if (!serving.delete(worker)) return;
      log.error({ worker: worker.process.pid, code, signal }, 'a worker ended and is replaced');
      replace();
    });
  }

  /** Counts checks instead of time, which also passes while the computer sleeps. */
  function killIfBlocked(worker: Worker): void {
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
    worker.once('exit', () => clearInterval(timer));
  }

  /**
   * Closes the connection that a worker has not accepted at its end. It was passed as a handle, one at a time, and
   * node:cluster keeps it open: the client would wait for ever. Closing an accepted one again has no effect.
   */
  function closeLostConnection({ process: child }: Worker): void {
    const { send } = child;
    let last: { close?: () => void } | undefined;
    child.send = ((...args: Parameters<typeof send>) => {
      last = (args[1] as typeof last) ?? last;
      return send.apply(child, args);
    }) as typeof send;
    child.once('exit', () => last?.close?.());
  }

  async function replace(): Promise<void> {
    let reason = '';
    for (const delay of restartDelays) {
      await sleep(delay);
      if (isStopping) return;
      try {
        return await start();
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    const attempts = restartDelays.length;
    if (!isStopping) fail(`A worker could not be replaced in ${attempts} attempts: ${reason}`);
  }

  async function stopWorker(worker: Worker): Promise<void> {
    serving.delete(worker);
    if (worker.isDead()) return;
    const exit = once(worker, 'exit');
    if (worker.isConnected()) {
      worker.send({ stop: true } satisfies SupervisorMessage);
      // From now on it is passed no connections. Those that it has been passed arrive before the message.
      worker.disconnect();
    }
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopTimeout);
    await exit;
    clearTimeout(timer);
  }

  async function restart(): Promise<void> {
    // It may have loaded an older version of the code.
    standby?.worker.process.kill('SIGKILL');
    standby = undefined;
    for (const worker of [...serving]) {
      if (isStopping) return;
      try {
        await start();
      } catch (error) {
        log.error({ reason: (error as Error).message }, 'a worker cannot be restarted');
        return;
      }
      await stopWorker(worker);
    }
    log.info({ workers: serving.size }, 'the workers have been restarted');
  }

  async function stop(): Promise<void> {
    isStopping = true;
    // These have no requests.
    const idle = standby === undefined ? starting : [...starting, standby.worker];
    for (const worker of idle) worker.process.kill('SIGKILL');
    await Promise.all([...serving].map(stopWorker));
  }

  try {
    // The first one picks the port.
    await start();
    await Promise.all(Array.from({ length: size - 1 }, start));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    failed,
    restart: () => {
      restarts = restarts.then(restart);
      return restarts;
    },
    readMetrics: () => readMetrics(serving),
    stop,
  };
}
