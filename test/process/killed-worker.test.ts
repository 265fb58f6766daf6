import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { longTimeouts } from '../support/platform.ts';

vi.setConfig(longTimeouts);

it('goes on after a message to a worker that has just ended', async () => {
  const supervisor = new URL('../support/killed-worker.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', supervisor]);
  expect(stdout).toBe('the worker has ended');
});
