import { randomUUID } from 'node:crypto';
import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { type Identity, isAlive, self } from './processes.ts';

// The lock is a symbolic link whose target names its holder: unlike a file it appears together with what it
// says. It stays behind when its holder is killed, which holds nobody up.
const mine = `${self.pid}-${self.start}`;

/** Takes the lock; false while a living process holds it, be it this one. */
export function takeLock(path: string): boolean {
  if (link(mine, path)) return true;
  const found = read(path);
  if (found !== undefined && isAlive(parse(found))) return false;
  if (found !== undefined) removeStale(path, found);
  return link(mine, path);
}

export function releaseLock(path: string): void {
  if (read(path) === mine) rmSync(path);
}

/** The id of the process that holds the lock. */
export function lockHolder(path: string): number | undefined {
  const found = read(path);
  return found === undefined ? undefined : parse(found).pid;
}

function parse(text: string): Identity {
  const [pid, start = ''] = text.split('-');
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

/** False where there is one already. */
function link(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Set aside before it is removed: another process may have put its own in place since we read it. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const found = readlinkSync(aside);
  if (found !== stale) link(found, path);
  rmSync(aside, { force: true });
}
