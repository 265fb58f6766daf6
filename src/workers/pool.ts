import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMetrics, type WorkerMetrics } from './metrics.ts';
import type { SupervisorMessage } from './worker.ts';
import {
  forkWorker,
  stopWorker,
  type WorkerProcess,
  type WorkerProcessOptions,
} from './worker-process.ts';

/** Milliseconds to wait before each attempt to replace a worker. */
const restartDelays = [0, 500, 1000, 2000, 4000];

export interface PoolOptions extends WorkerProcessOptions {
  /** Options of Node for each worker, beside those of this process. */
  execArgv: readonly string[];
}

/** The settings of each worker, of which the pool reads the port. */
interface Settings {
  port: number;
}

/**
 * The processes that serve requests, and one more that is ready to take the place of another. Each that ends by itself is
 * replaced. They share one listening socket.
 */
export class WorkerPool {
  /** Resolves with the reason when a worker could not be replaced in five attempts. */
  readonly failed: Promise<string>;
  #fail: (reason: string) => void = () => {};
  readonly #options: PoolOptions;
  readonly #starting = new Set<Worker>();
  readonly #serving = new Set<Worker>();
  #standby: WorkerProcess | undefined;
  #settings: Settings | undefined;
  /** The port that the workers ask for. They share the socket only if they ask for the same one, even if it is 0. */
  #requestedPort = 0;
  #port = 0;
  #isStopping = false;
  #restarts = Promise.resolve();
  /** One for each worker that ended by itself, until another one serves in its place. */
  readonly #replacements = new Set<Promise<void>>();

  /** Forks the first worker, which loads the program before there are settings for it. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.failed = new Promise<string>((resolve) => {
      this.#fail = resolve;
    });
    const { size, execArgv } = options;
    // Several workers are passed connections in turns. The supervisor passes the next one when the last is acknowledged,
    // which takes long while the worker is busy: an only worker accepts its connections itself.
    cluster.schedulingPolicy = size === 1 ? cluster.SCHED_NONE : cluster.SCHED_RR;
    // Sets the default: the options of this process.
    cluster.setupPrimary();
    cluster.setupPrimary({ execArgv: [...(cluster.settings.execArgv ?? []), ...execArgv] });
    this.#standby = this.#forkStandby();
  }

  /** The port that the workers listen on. */
  get port(): number {
    return this.#port;
  }

  /** Starts all workers, and waits until they listen. Throws StartupError if one ends before. */
  async start(settings: Settings): Promise<void> {
    this.#settings = settings;
    this.#requestedPort = settings.port;
    this.#standby?.giveSettings(settings);
    // The first one picks the port.
    await this.#start();
    await Promise.all(Array.from({ length: this.#options.size - 1 }, () => this.#start()));
  }

  /** Starts one worker and waits until it listens. Throws StartupError if it ends before. */
  async #start(): Promise<void> {
    const { worker, ready, exit } = this.#standby ?? forkWorker(this.#options, this.#settings);
    this.#standby = undefined;
    this.#starting.add(worker);
    try {
      await Promise.race([ready, exit]);
      // Without workers the socket is closed, and 0 would now be another port.
      if (this.#port !== 0 && this.#serving.size === 0) this.#requestedPort = this.#port;
      worker.send({ listen: this.#requestedPort } satisfies SupervisorMessage);
      const [{ port }] = await Promise.race([once(worker, 'listening'), exit]);
      this.#port = port;
    } catch (error) {
      worker.process.kill('SIGKILL');
      throw error;
    } finally {
      this.#starting.delete(worker);
    }
    this.#serve(worker);
  }

  /**
   * Replaces the workers one at a time: each new one listens before the old one stops. Resolves when as many serve as
   * before, also when workers end by themselves meanwhile.
   */
  restart(): Promise<void> {
    this.#restarts = this.#restarts.then(() => this.#restartAll());
    return this.#restarts;
  }

  readMetrics(): Promise<WorkerMetrics[]> {
    return readMetrics(this.#serving);
  }

  /** Lets the workers finish their requests, and ends them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // These have no requests.
    for (const worker of this.#starting) worker.process.kill('SIGKILL');
    this.#standby?.worker.process.kill('SIGKILL');
    await Promise.all([...this.#serving].map((worker) => this.#stopWorker(worker)));
  }

  #serve(worker: Worker): void {
    this.#serving.add(worker);
    if (!this.#isStopping) this.#standby ??= this.#forkStandby();
    worker.once('exit', (code, signal) => {
      // A worker that is told to stop is not in the set.
      if (!this.#serving.delete(worker)) return;
      const { log } = this.#options;
      log.error({ worker: worker.process.pid, code, signal }, 'a worker ended and is replaced');
      const replacement = this.#replace();
      this.#replacements.add(replacement);
      replacement.then(() => this.#replacements.delete(replacement));
    });
  }

  #forkStandby(): WorkerProcess {
    const standby = forkWorker(this.#options, this.#settings);
    standby.exit.catch(() => {
      if (this.#standby === standby) this.#standby = undefined;
    });
    return standby;
  }

  async #replace(): Promise<void> {
    let reason = '';
    for (const delay of restartDelays) {
      await sleep(delay);
      if (this.#isStopping) return;
      try {
        return await this.#start();
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    const attempts = restartDelays.length;
    if (!this.#isStopping)
      this.#fail(`A worker could not be replaced in ${attempts} attempts: ${reason}`);
  }

  async #restartAll(): Promise<void> {
    const { log } = this.#options;
    // Workers that take the place of others now, and the standby, may have loaded an older version of the code.
    await Promise.all(this.#replacements);
    this.#standby?.worker.process.kill('SIGKILL');
    this.#standby = undefined;
    for (const worker of [...this.#serving]) {
      if (this.#isStopping) return;
      // It ended by itself, and has been replaced.
      if (!this.#serving.has(worker)) continue;
      try {
        await this.#start();
      } catch (error) {
        if (!this.#isStopping)
          log.error({ reason: (error as Error).message }, 'a worker cannot be restarted');
        return;
      }
      await this.#stopWorker(worker);
    }
    await Promise.all(this.#replacements);
    if (!this.#isStopping)
      log.info({ workers: this.#serving.size }, 'the workers have been restarted');
  }

  async #stopWorker(worker: Worker): Promise<void> {
    this.#serving.delete(worker);
    await stopWorker(worker);
  }
}
