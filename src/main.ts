import './node-env.ts';
import cluster from 'node:cluster';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { mapStack } from './cli/mapped-stack.ts';
import { StartupError } from './postgres/startup-error.ts';
import { releaseIdleMemory } from './workers/idle-memory.ts';
import { askForSettings, settingsVariable, startHeartbeat } from './workers/worker.ts';

/** One line for an expected error; for a bug what Node prints: a stack trace, properties and causes. */
const describe = (error: unknown): string =>
  error instanceof StartupError ? error.message : mapStack(inspect(error));

/** Exits with what the error is. */
function fail(error: unknown): never {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}

/** Two signals within this time, in ms, are one Ctrl-C: the terminal sends it to npm and to us, and npm forwards it. */
const repeatInterval = 1000;

/**
 * `shutdown` resolves at the first SIGTERM or SIGINT, even during the start; a later one exits at once. SIGHUP restarts
 * the workers, or shuts down where it means that the terminal was closed.
 */
function handleSignals(): { shutdown: Promise<void>; onRestart: (listener: () => void) => void } {
  let restart = () => {};
  const shutdown = new Promise<void>((resolve) => {
    let firstAt: number | undefined;
    const stop = () => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt > repeatInterval) process.exit(1);
      resolve();
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
    process.on('SIGHUP', () => (isatty(0) ? stop() : restart()));
  });
  return {
    shutdown,
    onRestart: (listener) => {
      restart = listener;
    },
  };
}

/** Loads `.env` from the working directory. Variables that are set already are kept. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new StartupError(`Cannot read .env: ${message}`);
  }
}

const terminal = {
  isInteractive: isatty(0) && isatty(1),
  write: (text: string): void => void process.stdout.write(text),
  async confirm(question: string): Promise<boolean> {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await lines.question(`${question} [Y/n] `);
    lines.close();
    return /^(y|yes)?$/i.test(answer.trim());
  },
};

// Each kind of process loads its own modules only: the supervisor stays small, and a worker starts fast.
async function main(): Promise<void> {
  if (cluster.isWorker) {
    // A terminal or a service manager may signal the whole group. The supervisor decides when a worker stops.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
    startHeartbeat();
    releaseIdleMemory(process.memoryUsage.rss);
    const settings = process.env[settingsVariable] ?? askForSettings();
    const { runWorker } = await import('./cli/worker.ts');
    return runWorker(JSON.parse(await settings));
  }
  // As for the workers: compiling Prisma's WebAssembly with optimizations takes 100 MB.
  setFlagsFromString('--liftoff-only');
  const signals = handleSignals();
  loadEnvFile();
  const { runCommand } = await import('./cli/command.ts');
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  await runCommand(process.argv.slice(2), {
    env: process.env,
    nodeVersion: process.versions.node,
    print,
    note: (text) => void process.stderr.write(`${text}\n`),
    terminal,
    ...signals,
  });
}

process.on('uncaughtException', fail);
// The reader of the output may have enough of it, as `head` has: the command still does all of its work.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error);
  });
main().then(() => process.exit(0), fail);
