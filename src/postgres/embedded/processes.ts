import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import type { Writable } from 'node:stream';

export interface User {
  uid: number;
  gid: number;
}

/** A process, beyond doubt: ids are used again, an id with its start time is not. */
export interface Identity {
  pid: number;
  /** clock ticks since boot; '' where the system does not tell */
  start: string;
}

export const self: Identity = { pid: process.pid, start: startOf(process.pid) ?? '' };

/** The user that this process is: 0 is root. */
export const user: User = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };

/** The options that make a child run as that user; only root can choose, others are who they are. */
export const runAs = (as: User): Partial<User> => (user.uid === 0 ? as : {});

/** All that PostgreSQL may know of our environment: PGDATA, LD_LIBRARY_PATH and others would change it. */
export const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** When a process started, '' where that cannot be known, undefined if there is no such process. */
export function startOf(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  const stat = readStat(pid);
  // The name before the last parenthesis may hold anything; from there on: state, parent, …
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie still has its id, but holds nothing any more.
  return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
}

export function isAlive({ pid, start }: Identity): boolean {
  const now = startOf(pid);
  return now !== undefined && (now === '' || start === '' || now === start);
}

/** Whether that folder is where the process works. Where we may not look: whether both have the same owner. */
export function worksIn(pid: number, folder: string): boolean {
  const here = statSync(folder);
  try {
    const there = statSync(`/proc/${pid}/cwd`);
    return there.dev === here.dev && there.ino === here.ino;
  } catch {
    const it = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
    return it === undefined || it.uid === here.uid;
  }
}

function exists(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

// The shell leaves a watcher behind and becomes the program, so the program has the child's id. The watcher
// waits for our end of the pipe to close, however we end, and then stops the program. A line on the pipe says
// that the program is gone already: its id may be another's by then. The second pair of parentheses hands the
// watcher to init, because a postmaster does not expect children that it did not fork.
const guarded = '( (read -r gone <&3 || kill -INT $$) >/dev/null 2>&1 & ) ; exec "$0" "$@" 3<&-';

export interface Child {
  process: ChildProcess;
  /** how it ended: 'exit code 1', 'signal SIGKILL', or why it never ran */
  ended: Promise<string>;
}

/**
 * Runs a program that gets SIGINT when this process ends, even by `kill -9`. It has a session of its own: a
 * Ctrl-C in the terminal is for us alone. `output` is a file descriptor, `timeout` milliseconds.
 */
export function spawnGuarded(
  command: readonly string[],
  options: { cwd: string; as: User; output: number; timeout?: number },
): Child {
  const { as, output, ...rest } = options;
  const child = spawn('/bin/sh', ['-c', guarded, ...command], {
    ...rest,
    ...runAs(as),
    env: environment,
    detached: true,
    stdio: ['ignore', output, output, 'pipe'],
  });
  const pipe = child.stdio[3] as Writable | undefined;
  pipe?.on('error', () => {});
  child.once('exit', () => pipe?.end('gone\n'));
  return { process: child, ended: endOf(child) };
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal ? `signal ${signal}` : `exit code ${code}`;
  } catch (error) {
    return (error as Error).message;
  }
}
