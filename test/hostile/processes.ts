import * as fs from 'node:fs';

const read = (path: string): string => {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** The children of a process and theirs, from `/proc`. */
function descendantsOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim();
  if (children === '') return [];
  return children.split(' ').flatMap((child) => [Number(child), ...descendantsOf(Number(child))]);
}

const executableOf = (pid: number): string | undefined => {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
};

/** The processes that serve requests: the workers of a supervisor, or the server itself where it has none. */
export function servingProcesses(pid: number): number[] {
  const workers = descendantsOf(pid).filter((child) => executableOf(child) === executableOf(pid));
  return workers.length > 0 ? workers : [pid];
}

const bytesOf = (pid: number, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`))?.[1] ?? 0) *
  1024;

/** The resident set of the largest of some processes, in bytes. */
export const memoryOf = (pids: readonly number[]): number =>
  Math.max(...pids.map((pid) => bytesOf(pid, 'VmRSS')));

/** The highest resident set since the last reset. */
export const peakMemoryOf = (pids: readonly number[]): number =>
  Math.max(...pids.map((pid) => bytesOf(pid, 'VmHWM')));

/** Sets the highest resident set back to the present one (proc(5), clear_refs). */
export function resetPeakMemory(pids: readonly number[]): void {
  for (const pid of pids) fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
