import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import type { Writable } from 'node:stream';

export interface User {
  uid: number;
  gid: number;
}

/** Identifies a process. The system reuses ids, but not together with a start time. */
export interface Identity {
  pid: number;
  /** in clock ticks since boot; '' if unknown */
  start: string;
}

export const self: Identity = { pid: process.pid, start: startOf(process.pid) ?? '' };

/** The user of this process; root has uid 0. */
export const user: User = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };

/** Options of `spawn` to run as another user, which only root can do. */
export const runAs = (as: User): Partial<User> => (user.uid === 0 ? as : {});

/** The environment of PostgreSQL's programs. Ours could change their behaviour, by PGDATA or LD_LIBRARY_PATH. */
export const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** The start time of a process; '' if unknown, undefined if the process does not exist. */
export function startOf(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  const stat = readStat(pid);
  // The program name, in parentheses, may contain anything. The state and the parent follow.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended, but still has its id.
  return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
}

/** True for a process that runs, and is not another one with the same id, as far as start times are known. */
export function isAlive({ pid, start }: Identity): boolean {
  const now = startOf(pid);
  return now !== undefined && (now === '' || start === '' || now === start);
}

/** Whether the folder is the process' working directory. If that may not be read: whether both have the same owner. */
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

// The shell starts a watcher and then execs the program, which so has the child's id. The watcher waits until our end
// of the pipe is closed, however this process ends, and then stops the program. A line on the pipe means that the
// program has ended: its id may be reused by then. The second pair of parentheses makes init the watcher's parent,
// because a postmaster does not expect children that it did not fork.
const guarded = '( (read -r ended <&3 || kill -INT $$) >/dev/null 2>&1 & ) ; exec "$0" "$@" 3<&-';

export interface Child {
  process: ChildProcess;
  /** Resolves with 'exit code 1', 'signal SIGKILL', or the error if it did not start. */
  ended: Promise<string>;
}

/**
 * Runs a program that gets SIGINT when this process ends, even by `kill -9`. It has its own session, so that Ctrl-C in
 * the terminal does not reach it. `output` is a file descriptor, `timeout` is in milliseconds.
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
  child.once('exit', () => pipe?.end('ended\n'));
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
