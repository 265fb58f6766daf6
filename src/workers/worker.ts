import cluster from 'node:cluster';

/** Milliseconds between two signs of life. */
const heartbeatInterval = 2000;

/** The supervisor's side of a worker. */
export interface Supervision {
  /** Resolves when the worker is told to stop. */
  stopped: Promise<void>;
  /** Tells the supervisor why this worker cannot start. */
  fail(reason: string): void;
}

/** Sends signs of life to the supervisor. A worker ends by itself when its supervisor has ended. */
export function reportToSupervisor(): Supervision {
  const { worker } = cluster;
  if (worker === undefined) throw new Error('this process is not a worker');
  setInterval(
    () => worker.isConnected() && worker.send({ isAlive: true }),
    heartbeatInterval,
  ).unref();
  return {
    stopped: new Promise((resolve) => {
      worker.on('message', (message) => message === 'stop' && resolve());
    }),
    fail: (failure) => void worker.send({ failure }),
  };
}
