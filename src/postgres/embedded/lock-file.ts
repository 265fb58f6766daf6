import { randomUUID } from 'node:crypto';
import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { type Identity, isAlive, self } from './processes.ts';

// The lock is a symbolic link whose target is the id and the start time of its holder: unlike a file, it is created
// together with its content. A killed holder leaves it behind; it is then stale and is replaced.
const ownTarget = `${self.pid}-${self.start}`;

/** Takes the lock. Returns false if a running process holds it, this one included. */
export function takeLock(path: string): boolean {
  if (link(ownTarget, path)) return true;
  const target = read(path);
  if (target !== undefined && isAlive(parse(target))) return false;
  if (target !== undefined) removeStale(path, target);
  return link(ownTarget, path);
}

/** Removes the lock, if this process holds it. */
export function releaseLock(path: string): void {
  if (read(path) === ownTarget) rmSync(path);
}

/** The id of the process that holds the lock. */
export function lockHolder(path: string): number | undefined {
  const target = read(path);
  return target === undefined ? undefined : parse(target).pid;
}

function parse(target: string): Identity {
  const [pid, start = ''] = target.split('-');
  return { pid: Number(pid), start };
}

function read(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Returns false if the path exists. */
function link(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Renames the lock before it removes it: another process may have replaced it since it was read. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const renamed = readlinkSync(aside);
  if (renamed !== stale) link(renamed, path);
  rmSync(aside, { force: true });
}
