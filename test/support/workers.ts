import { readFileSync } from 'node:fs';
import process from 'node:process';
import { expect, vi } from 'vitest';
import { restartTimeout } from './platform.ts';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** The ids of the workers of a server, the oldest first; a standby is the last. On Linux only. */
export function workersOf({ pid }: { pid: number }): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean);
  return children
    .map(Number)
    .filter((child) => read(`/proc/${child}/cmdline`).includes('dist/main.js'));
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until a server has so many workers, the standby included. */
export const waitForWorkers = (server: { pid: number }, count: number): Promise<void> =>
  vi.waitFor(() => expect(workersOf(server)).toHaveLength(count), {
    timeout: restartTimeout,
    interval: 20,
  });
