import process from 'node:process';
import type { Case } from '../cases/read-cases.ts';
import { type Load, type Measure, median, runLoad } from '../load/load.ts';
import type { ServerName, ServerProcess } from '../servers/server-process.ts';
import type { StatementCounts } from './response-check.ts';
import { fixed, mark, type Row } from './table.ts';

export interface Rounds {
  rounds: number;
  /** Seconds per round. */
  seconds: number;
  connections: number;
  /** Seconds of load before the measurement. */
  warmUpSeconds?: number | undefined;
}

/** One round of one server, with the CPU time per request in ms. */
interface Sample extends Measure {
  cpu: number | undefined;
}

export type Samples = ReadonlyMap<ServerName, readonly Sample[]>;

/** The seconds after which the code of a server is optimized. */
const longWarmUp = 1.5;

/** A load on one server. */
interface ServerLoad extends Pick<Load, 'request' | 'connections' | 'seconds'> {
  server: ServerProcess;
}

/** Measures one case on the servers round robin, so that other work of the machine affects all alike. */
export async function compare(
  request: Load['request'],
  servers: readonly ServerProcess[],
  { rounds, warmUpSeconds, ...load }: Rounds,
): Promise<Samples> {
  const loads = servers.map((server) => ({ server, request, ...load }));
  const samples = await measureRoundRobin(loads, { rounds, warmUpSeconds });
  return new Map(servers.map(({ name }, n) => [name, samples[n] ?? []]));
}

/** Runs loads round robin; returns one sample per round for each. */
export async function measureRoundRobin(
  loads: readonly ServerLoad[],
  { rounds, warmUpSeconds = longWarmUp }: Pick<Rounds, 'rounds' | 'warmUpSeconds'>,
): Promise<Sample[][]> {
  const samples = loads.map((): Sample[] => []);
  for (const { server, ...load } of loads) {
    const seconds = Math.min(warmUpSeconds, load.seconds * rounds);
    await runLoad({ port: server.port, ...load, seconds });
  }
  for (let round = 0; round < rounds; round++) {
    for (const [n, { server, ...load }] of loads.entries()) {
      const before = server.cpu();
      const measure = await runLoad({ port: server.port, ...load });
      const after = server.cpu();
      const cpu =
        before === undefined || after === undefined
          ? undefined
          : (after - before) / measure.requests;
      samples[n]?.push({ ...measure, cpu });
    }
  }
  return samples;
}

export const comparisonHead = [
  ...['case', 'server', 'statements', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms/request'],
  ...['gateway: requests/s', 'gateway: CPU', 'target'],
];

/** The table rows of a case: medians over the rounds, and the gateway as a multiple of each other server. */
export function comparisonRows(
  one: Case,
  samples: Samples,
  statements: StatementCounts<Case>,
): Row[] {
  const gateway = samples.get('gateway') ?? [];
  return [...samples].map(([name, others]) => {
    const count = String(statements.get(one)?.get(name) ?? '');
    if (name === 'gateway') return [one.name, name, count, ...mediansOf(others), '', '', ''];
    const speed = ratio(gateway, others, ({ perSecond }) => perSecond);
    const cost = ratio(gateway, others, ({ cpu }) => cpu);
    const ratios = [fixed(speed, 2, ' x'), fixed(cost, 2, ' x')];
    return ['', name, count, ...mediansOf(others), ...ratios, targetText(speed, one.targets[name])];
  });
}

/** Medians of requests per second, p50, p99 and CPU per request. */
export function mediansOf(samples: readonly Sample[]): string[] {
  const middle = (pick: (sample: Sample) => number | undefined, digits: number) =>
    fixed(median(samples.map((sample) => pick(sample) ?? Number.NaN)), digits);
  return [
    middle(({ perSecond }) => perSecond, 0),
    middle(({ p50 }) => p50, 1),
    middle(({ p99 }) => p99, 1),
    middle(({ cpu }) => cpu, 3),
  ];
}

const targetText = (speed: number, target: number | undefined): string =>
  target === undefined ? '' : `>= ${target}: ${mark(speed >= target)}`;

/** The median over the rounds of the ratio of one server to another in the same round. */
export function ratio(
  gateway: readonly Sample[],
  others: readonly Sample[],
  pick: (sample: Sample) => number | undefined,
): number {
  const undefinedIsNaN = (sample: Sample | undefined) => (sample && pick(sample)) ?? Number.NaN;
  return median(gateway.map((sample, n) => undefinedIsNaN(sample) / undefinedIsNaN(others[n])));
}

/** The share of one CPU that this process used during `run`; near 1 the client is the bottleneck. */
export async function clientCpuShare(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - start);
}
