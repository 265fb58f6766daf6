import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { Attacker } from './attacker.ts';
import type { ResponseTimes } from './neighbour.ts';
import { memoryOf, peakMemoryOf, resetPeakMemory, servingProcesses } from './processes.ts';
import { bounds, boundsTimes } from './settings.ts';
import type { Attacks, Target } from './target.ts';

/** Milliseconds after which requests of a new server are no slower: V8 has compiled the code. */
const warmUpTime = 3000;
/** Milliseconds that the neighbour is measured without an attack: at the start, and before each attack. */
const startTime = 4000;
const quietTime = 500;
/** Milliseconds within which the memory must be released. */
const releaseTime = 30_000;

async function quietTimesFor({ neighbour }: Target, milliseconds: number): Promise<ResponseTimes> {
  const from = Date.now();
  await sleep(milliseconds);
  return neighbour.timesBetween(from, from + milliseconds);
}

/** The response times of the neighbour while nobody attacks. */
export async function quietTimesOf(target: Target): Promise<ResponseTimes> {
  await sleep(warmUpTime);
  return quietTimesFor(target, startTime);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const describeTimes = ({ median, p99, failures }: ResponseTimes): string =>
  `${median.toFixed(1)} / ${p99.toFixed(1)} ms${failures.length ? ` (failures: ${failures})` : ''}`;

/** True if an attack has ended the server or left it too large: the next one gets another server. */
export function isHurt({ server }: Target): boolean {
  const memory = memoryOf(servingProcesses(server.pid));
  return memory === 0 || memory >= bounds.memoryAfter;
}

interface Measured {
  attacker: Attacker;
  milliseconds: number;
  times: ResponseTimes;
  /** The response times that the neighbour must stay below. */
  limits: Pick<ResponseTimes, 'median' | 'p99'>;
}

async function measure(
  { target, quiet }: { target: Target; quiet: ResponseTimes },
  attack: Attacks[string],
): Promise<Measured> {
  // Other programs may have become busy since the start.
  const before = boundsTimes ? await quietTimesFor(target, quietTime) : quiet;
  const attacker = await target.attacker();
  const from = Date.now();
  await attack(attacker, target);
  const to = Date.now();
  const times = await target.neighbour.timesBetween(from, to);
  attacker.close();
  const reference = (name: 'median' | 'p99') =>
    Number.isFinite(before[name]) ? Math.max(quiet[name], before[name]) : quiet[name];
  const limits = {
    median: bounds.median * reference('median'),
    p99: bounds.p99 * reference('p99'),
  };
  return { attacker, milliseconds: to - from, times, limits };
}

/** Runs an attack, and expects that the server withstands it within the bounds. */
export async function expectWithstands(
  { target, quiet }: { target: Target; quiet: ResponseTimes },
  name: string,
  attack: Attacks[string],
): Promise<void> {
  const pids = servingProcesses(target.server.pid);
  resetPeakMemory(pids);
  const { attacker, milliseconds, times, limits } = await measure({ target, quiet }, attack);
  const peak = peakMemoryOf(pids);
  await vi
    .waitUntil(() => memoryOf(pids) < bounds.memoryAfter, { timeout: releaseTime, interval: 100 })
    .catch(() => {});
  const after = memoryOf(pids);
  const counts = [...attacker.counts].map(([status, count]) => `${count} x ${status}`).join(', ');
  process.stdout.write(
    `${name} (${milliseconds} ms): ${counts}; memory ${megabytes(peak)}, then ${megabytes(after)}; ` +
      `neighbour ${describeTimes(times)}, quiet ${describeTimes(quiet)}\n`,
  );
  expect.soft(servingProcesses(target.server.pid), 'the processes that serve').toEqual(pids);
  expect.soft(attacker.faults.slice(0, 3), 'responses that no request may get').toEqual([]);
  expect.soft(peak, 'peak memory').toBeLessThan(bounds.peakMemory);
  expect.soft(after, 'memory after the attack').toBeLessThan(bounds.memoryAfter);
  expect.soft(times.p99, "the neighbour's p99").toBeLessThan(Number.POSITIVE_INFINITY);
  if (!boundsTimes) return;
  expect.soft(times.median, "the neighbour's median").toBeLessThan(limits.median);
  expect.soft(times.p99, "the neighbour's p99").toBeLessThan(limits.p99);
}
