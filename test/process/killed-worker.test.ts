import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { longTimeouts } from '../support/platform.ts';

vi.setConfig(longTimeouts);

/** Runs a script of `test/support/` until it ends by itself, and returns what it prints. */
async function outputOf(script: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../support/${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', path, ...args],
    { timeout: 30_000 },
  );
  return stdout;
}

it('goes on after a message to a worker that has just ended', async () => {
  expect(await outputOf('killed-worker.ts', 'online')).toBe('the worker has ended');
});

it('reports a worker that ends before it is told to listen as one that ended', async () => {
  expect(await outputOf('killed-worker.ts', 'ready')).toBe(
    'StartupError: A worker ended before it listened: SIGKILL.',
  );
});

it('has nothing left to do for a worker that cannot be started', async () => {
  expect(await outputOf('unstartable-worker.ts')).toMatch(
    /^StartupError: A worker cannot be started: spawn .* ENOENT\.$/,
  );
});
