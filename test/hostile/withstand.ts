import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { ResponseTimes } from './neighbour.ts';
import { memoryOf, peakMemoryOf, resetPeakMemory, servingProcesses } from './processes.ts';
import { bounds } from './settings.ts';
import type { Attacks, Target } from './target.ts';

/** Milliseconds that the neighbour is measured before the first attack. */
const quietTime = 4000;
/** Milliseconds within which the memory must be released. */
const releaseTime = 30_000;

/** The response times of the neighbour while nobody attacks. */
export async function quietTimesOf({ neighbour }: Target): Promise<ResponseTimes> {
  // The first requests are slower, since V8 compiles the code.
  await sleep(3000);
  const from = Date.now();
  await sleep(quietTime);
  return neighbour.timesBetween(from, from + quietTime);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const describeTimes = ({ median, p99 }: ResponseTimes): string =>
  `${median.toFixed(1)} / ${p99.toFixed(1)} ms`;

/** True if an attack has ended the server or left it too large: the next one gets another server. */
export function isHurt({ server }: Target): boolean {
  const memory = memoryOf(servingProcesses(server.pid));
  return memory === 0 || memory >= bounds.memoryAfter;
}

/** Runs an attack, and expects that the server withstands it within the bounds. */
export async function expectWithstands(
  { target, quiet }: { target: Target; quiet: ResponseTimes },
  name: string,
  attack: Attacks[string],
): Promise<void> {
  const pids = servingProcesses(target.server.pid);
  resetPeakMemory(pids);
  const attacker = await target.attacker();
  const from = Date.now();
  await attack(attacker, target);
  const to = Date.now();
  const times = await target.neighbour.timesBetween(from, to);
  attacker.close();
  const peak = peakMemoryOf(pids);
  await vi
    .waitUntil(() => memoryOf(pids) < bounds.memoryAfter, { timeout: releaseTime, interval: 100 })
    .catch(() => {});
  const after = memoryOf(pids);
  const counts = [...attacker.counts].map(([status, count]) => `${count} x ${status}`).join(', ');
  process.stdout.write(
    `${name} (${to - from} ms): ${counts}; memory ${megabytes(peak)}, then ${megabytes(after)}; ` +
      `neighbour ${describeTimes(times)}, quiet ${describeTimes(quiet)}${times.failures.length ? `, failures: ${times.failures}` : ''}\n`,
  );
  expect.soft(servingProcesses(target.server.pid), 'the processes that serve').toEqual(pids);
  expect.soft(attacker.faults.slice(0, 3), 'responses that no request may get').toEqual([]);
  expect.soft(peak, 'peak memory').toBeLessThan(bounds.peakMemory);
  expect.soft(after, 'memory after the attack').toBeLessThan(bounds.memoryAfter);
  expect.soft(times.median, "the neighbour's median").toBeLessThan(bounds.median * quiet.median);
  expect.soft(times.p99, "the neighbour's p99").toBeLessThan(bounds.p99 * quiet.p99);
}
