import cluster from 'node:cluster';
import process from 'node:process';
import { pino } from 'pino';
import { forkWorker } from '../../src/workers/worker-process.ts';

// A supervisor whose worker cannot be forked. It ends when nothing is left to do: no timer of the worker either.

cluster.setupPrimary({ cwd: '/a/folder/that/does/not/exist' });
const { exit } = forkWorker({ size: 2, log: pino({ level: 'silent' }) });
exit.catch((error: Error) => process.stdout.write(`${error.name}: ${error.message}`));
