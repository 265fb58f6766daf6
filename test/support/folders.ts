import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';

const cleanups: (() => unknown)[] = [];

/** Registers a step of `cleanUp`. */
export const addCleanup = (step: () => unknown): void => void cleanups.push(step);

/** Runs the registered steps, last first. */
export async function cleanUp(): Promise<void> {
  for (const step of cleanups.splice(0).reverse()) await step();
}

/** Creates a folder that only this user may enter. */
export function newFolder(): string {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'program-'));
  addCleanup(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Returns a function that creates copies of a folder. `fill` fills the original once, before the first copy. */
export function copiesOf(fill: (folder: string) => Promise<unknown>): () => Promise<string> {
  let filled: Promise<string> | undefined;
  return async () => {
    filled ??= (async () => {
      const original = newFolder();
      await fill(original);
      return original;
    })();
    const folder = newFolder();
    fs.cpSync(await filled, folder, { recursive: true });
    return folder;
  };
}

/** The ids of processes whose working directory is in a folder: PostgreSQL's, and the shells that watch them. */
export function processesIn(folder: string): number[] {
  const runsThere = (pid: string) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`);
    } catch {
      return false;
    }
  };
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && runsThere(name))
    .map(Number);
}

/**
 * Waits until no process has its working directory in a folder. The watcher of an embedded PostgreSQL ends some milliseconds
 * after the process that started it.
 */
export const waitUntilNothingRuns = (folder: string): Promise<void> =>
  vi.waitFor(() => expect(processesIn(folder)).toEqual([]), { timeout: 5000, interval: 20 });
