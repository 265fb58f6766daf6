import cluster from 'node:cluster';
import { once } from 'node:events';
import { pino } from 'pino';
import { forkWorker, stopWorker } from '../../src/workers/worker-process.ts';

// A supervisor that sends messages to a worker after this was killed, and before it could learn of that.

if (cluster.isPrimary) {
  const { worker } = forkWorker({ size: 1, log: pino({ level: 'silent' }) });
  await once(worker, 'online');
  worker.process.kill('SIGKILL');
  // Blocks the event loop until the other end of the channel is closed for certain.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  worker.send({ listen: 0 });
  await stopWorker(worker);
  process.stdout.write('the worker has ended');
  process.exit(0);
}
