import type { Worker } from 'node:cluster';
import type { SupervisorMessage, WorkerMessage } from './worker.ts';

/** The metrics of one worker, in the form that its application gives them. */
export interface WorkerMetrics {
  /** The number of the worker. */
  worker: string;
  values: unknown;
}

/** Milliseconds that a worker has to respond. */
const timeout = 2000;

/** Asks workers for their metrics. Those that do not respond in time are left out: their event loop is blocked. */
export async function readMetrics(workers: Iterable<Worker>): Promise<WorkerMetrics[]> {
  const found = await Promise.all([...workers].map(ask));
  return found.filter(({ values }) => values !== undefined);
}

const ask = (worker: Worker): Promise<WorkerMetrics> =>
  new Promise((resolve) => {
    const settle = (values?: unknown) => {
      clearTimeout(timer);
      worker.off('message', listen);
      resolve({ worker: String(worker.id), values });
    };
    const listen = ({ metrics }: WorkerMessage) => metrics !== undefined && settle(metrics);
    const timer = setTimeout(settle, timeout);
    worker.on('message', listen);
    if (!worker.isConnected()) settle();
    else
      worker.send({ readMetrics: true } satisfies SupervisorMessage, (error) => error && settle());
  });
