import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StartupError } from '../postgres/startup-error.ts';

/** Milliseconds before a worker is started that follows others which ended before they listened. */
const restartDelays = [0, 500, 1000, 2000, 4000];
/** Milliseconds without a sign of life after which a worker is killed: its event loop is blocked. */
const heartbeatTimeout = 30_000;
/** Milliseconds that a worker may take to finish its requests. */
const stopTimeout = 12_000;

export interface PoolOptions {
  /** How many processes serve requests. */
  size: number;
  /** Command line options of Node for each worker. */
  execArgv: readonly string[];
  log: Logger;
}

export interface WorkerPool {
  /** The address that the workers listen on. */
  address: Pick<AddressInfo, 'address' | 'port'>;
  /** Resolves with a reason if workers end before they listen, five times in a row; never otherwise. */
  failed: Promise<string>;
  /** Replaces the workers one at a time: each new one listens before the old one stops. */
  restart(): Promise<void>;
  /** Lets the workers finish their requests, and ends them. */
  stop(): Promise<void>;
}

/**
 * Starts the processes that serve requests, and replaces each that ends by itself. They share one listening socket.
 * Throws StartupError where the first ones do not get as far as listening.
 */
export async function startWorkers(options: PoolOptions): Promise<WorkerPool> {
  const { size, log } = options;
  cluster.setupPrimary({ execArgv: [...options.execArgv], serialization: 'json' });
  const serving = new Set<Worker>();
  let isStopping = false;
  let fail: (reason: string) => void = () => {};
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });

  /** Starts one worker and waits until it listens. Throws the error that it ended with. */
  async function start(): Promise<[Worker, WorkerPool['address']]> {
    const worker = cluster.fork();
    let reason = '';
    worker.on('message', (message: { failure?: string }) => {
      reason = message.failure ?? reason;
    });
    const address = await Promise.race([
      once(worker, 'listening').then(([listening]) => listening as WorkerPool['address']),
      once(worker, 'exit').then(([code, signal]) => {
        throw new StartupError(reason || `A worker ended before it listened (${signal ?? code}).`);
      }),
    ]);
    serving.add(worker);
    watch(worker);
    return [worker, address];
  }

  function watch(worker: Worker): void {
    let lastSeen = performance.now();
    const check = setInterval(() => {
      if (performance.now() - lastSeen < heartbeatTimeout) return;
      log.error({ worker: worker.process.pid }, 'a worker does not respond and is killed');
      worker.process.kill('SIGKILL');
    }, heartbeatTimeout / 6).unref();
    worker.on('message', () => {
      lastSeen = performance.now();
    });
    worker.once('exit', (code, signal) => {
      clearInterval(check);
      // A worker that is stopped was removed before.
      if (!serving.delete(worker) || isStopping) return;
      log.error({ worker: worker.process.pid, code, signal }, 'a worker ended and is replaced');
      replace();
    });
  }

  async function replace(): Promise<void> {
    let reason = '';
    for (const delay of restartDelays) {
      await sleep(delay);
      if (isStopping) return;
      try {
        await start();
        return;
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    fail(reason);
  }

  async function stop(worker: Worker): Promise<void> {
    serving.delete(worker);
    const ended = once(worker, 'exit');
    if (worker.isConnected()) worker.send('stop');
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopTimeout);
    if (!worker.isDead()) await ended;
    clearTimeout(timer);
  }

  const stopAll = async () => {
    isStopping = true;
    await Promise.all([...serving].map(stop));
  };
  try {
    const started = await Promise.all(Array.from({ length: size }, start));
    const address = started[0]?.[1] ?? { address: '', port: 0 };
    return {
      address,
      failed,
      async restart() {
        for (const worker of [...serving]) {
          if (isStopping) return;
          await start();
          await stop(worker);
        }
      },
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
