import { readdirSync, readFileSync } from 'node:fs';

/** The CPU time so far of each backend of a database, in ms, by its process. */
type BackendTimes = ReadonlyMap<string, number>;

/**
 * The CPU time so far of the backends of a database on this machine, found by the titles of their processes. Empty if
 * there are none here, and except on Linux.
 */
export function backendTimes(database: string): BackendTimes {
  const times = new Map<string, number>();
  for (const pid of processes()) {
    try {
      const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!title.startsWith('postgres: ') || !title.includes(` ${database} `)) continue;
      const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
      times.set(pid, Number(nanoseconds) / 1e6);
    } catch {
      // The process has ended.
    }
  }
  return times;
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The CPU ms of the backends between two readings; undefined if none is on this machine. */
export function cpuBetween(before: BackendTimes, after: BackendTimes): number | undefined {
  if (after.size === 0) return undefined;
  let sum = 0;
  for (const [pid, time] of after) sum += time - (before.get(pid) ?? 0);
  return sum;
}

/** The database that a URL names. */
export const databaseOf = (url: string): string => new URL(url).pathname.slice(1);
