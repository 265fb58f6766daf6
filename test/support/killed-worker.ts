import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import process from 'node:process';
import { pino } from 'pino';
import { WorkerPool } from '../../src/workers/pool.ts';
import { connectToSupervisor, type WorkerMessage } from '../../src/workers/worker.ts';
import { forkWorker, stopWorker } from '../../src/workers/worker-process.ts';

// A supervisor that sends messages to a worker after this was killed, and before it could learn of that. The argument says
// when it is killed.

const log = pino({ level: 'silent' });

/** Blocks the event loop until the other end of the channel is closed for certain. */
function kill(worker: Worker): void {
  worker.process.kill('SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
}

/** The worker that is killed is told to listen, and then to stop. */
async function killOnline(): Promise<string> {
  const { worker } = forkWorker({ size: 1, log });
  await once(worker, 'online');
  kill(worker);
  worker.send({ listen: 0 });
  await stopWorker(worker);
  return 'the worker has ended';
}

/** The worker that is killed is told to listen by its pool. */
async function killReady(): Promise<string> {
  cluster.on('message', (worker, { isReady }: WorkerMessage) => isReady && kill(worker));
  const pool = new WorkerPool({ size: 1, execArgv: [], log });
  return pool.start({ port: 0 }).then(() => 'the worker listens', String);
}

if (cluster.isPrimary) {
  process.stdout.write(await (process.argv[2] === 'online' ? killOnline() : killReady()));
  process.exit(0);
}
connectToSupervisor();
