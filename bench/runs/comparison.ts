import process from 'node:process';
import { backendTimes, cpuBetween } from '../load/database-cpu.ts';
import { type Load, type Measure, median, runLoad } from '../load/load.ts';
import type { ServerName, ServerProcess } from '../servers/server-process.ts';
import { fixed, mark, type Row } from './table.ts';

export interface Rounds {
  rounds: number;
  /** Seconds per round. */
  seconds: number;
  connections: number;
  /** The most seconds of load that a server gets before the measurement. */
  warmUp: number;
  /** The name of the database of all servers. */
  database: string;
}

/** One round of one server, with CPU times per request in ms, of Node and of PostgreSQL; NaN if not known. */
export interface Sample extends Measure {
  node: number;
  postgres: number;
}

/** The rounds of one server. */
export interface Measured {
  name: ServerName;
  samples: readonly Sample[];
}

/** A load on one server. */
interface ServerLoad extends Pick<Load, 'request' | 'connections' | 'seconds'> {
  server: ServerProcess;
  /** Runs once in each round, beside the requests. */
  beside?: (() => Promise<unknown>) | undefined;
}

/** The requests after which the code of a server is optimized: before, V8 takes up to half of the CPU time. */
const warmUpRequests = 6000;
/** The share by which two copies of one server may differ; a run in which they differ more shows nothing. */
const controlTolerance = 0.05;

/** Measures one case on the servers round robin, so that other work of the machine affects all alike. */
export async function compare(
  requestOf: (name: ServerName) => Load['request'],
  servers: readonly ServerProcess[],
  { connections, seconds, ...rounds }: Rounds,
): Promise<Measured[]> {
  const loads = servers.map((server) => ({
    server,
    request: requestOf(server.name),
    connections,
    seconds,
  }));
  const samples = await measureRoundRobin(loads, rounds);
  return servers.map(({ name }, n) => ({ name, samples: samples[n] ?? [] }));
}

/** Runs loads round robin; returns one sample per round for each. */
export async function measureRoundRobin(
  loads: readonly ServerLoad[],
  { rounds, warmUp, database }: Pick<Rounds, 'rounds' | 'warmUp' | 'database'>,
): Promise<Sample[][]> {
  await warm(loads, warmUp);
  const samples = loads.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [n, { server, beside, ...load }] of loads.entries()) {
      const before = { node: server.cpu() ?? Number.NaN, postgres: backendTimes(database) };
      const [measure] = await Promise.all([runLoad({ port: server.port, ...load }), beside?.()]);
      const node = (server.cpu() ?? Number.NaN) - before.node;
      const postgres = cpuBetween(before.postgres, backendTimes(database)) ?? Number.NaN;
      const { requests } = measure;
      samples[n]?.push({ ...measure, node: node / requests, postgres: postgres / requests });
    }
  }
  return samples;
}

/** Loads the servers in turns of a second, each until it has had enough requests or `seconds`. */
async function warm(loads: readonly ServerLoad[], seconds: number): Promise<void> {
  const counts = loads.map(() => 0);
  for (let turn = 0; turn < seconds; turn++) {
    for (const [n, { server, ...load }] of loads.entries()) {
      const count = counts[n] ?? 0;
      if (count >= warmUpRequests) continue;
      const { requests } = await runLoad({ port: server.port, ...load, seconds: 1 });
      counts[n] = count + requests;
    }
  }
}

export const comparisonHead = [
  ...[
    'server',
    'statements',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'Node: CPU ms',
    'PostgreSQL',
    'sum',
  ],
  ...['gateway: requests/s', 'gateway: CPU', 'target'],
];

interface CaseOptions {
  /** The number of SQL statements of a request. */
  statements: ReadonlyMap<ServerName, number> | undefined;
  /** The targets of the ratio of requests per second, gateway to the other server. */
  targets: Partial<Record<ServerName, number>>;
}

/**
 * The table rows of a case: medians over the rounds, and the gateway as a multiple of each other server. The first
 * server is the gateway, and the last a copy of it.
 */
export function comparisonRows(
  [first, ...others]: readonly Measured[],
  { statements, targets }: CaseOptions,
): Row[] {
  const gateway = first?.samples ?? [];
  const own = (name: ServerName, samples: readonly Sample[]) => [
    name,
    String(statements?.get(name) ?? ''),
    ...mediansOf(samples),
  ];
  return [
    [...own('gateway', gateway), '', '', ''],
    ...others.map(({ name, samples }) => {
      const speed = ratio(gateway, samples, ({ perSecond }) => perSecond);
      const cost = ratio(gateway, samples, sum);
      const target = targets[name];
      const verdict = target === undefined ? '' : `>= ${target}: ${mark(speed >= target)}`;
      return [...own(name, samples), fixed(speed, 2, ' x'), fixed(cost, 2, ' x'), verdict];
    }),
  ];
}

/** How far the two copies of the gateway are apart, as a sentence for the report; a case is its name and its samples. */
export function controlText(cases: readonly (readonly [string, readonly Measured[]])[]): string {
  const differences = cases.map(([name, measured]) => {
    const copies = [measured[0]?.samples ?? [], measured.at(-1)?.samples ?? []] as const;
    return { name, share: Math.abs(ratio(...copies, ({ perSecond }) => perSecond) - 1) };
  });
  const far = differences.filter(({ share }) => share > controlTolerance);
  const list = far.map(({ name, share }) => `${name}: ${fixed(share * 100, 0)}%`);
  const limit = `${controlTolerance * 100}%`;
  return far.length === 0
    ? `The two copies of the gateway differ by at most ${limit} in each case.`
    : `Do not rely on this run: the two copies of the gateway differ by more than ${limit} (${list.join(', ')}).`;
}

const sum = ({ node, postgres }: Sample): number => node + postgres;

/** Medians of requests per second, p50, p99, and CPU times per request. */
function mediansOf(samples: readonly Sample[]): string[] {
  const middle = (pick: (sample: Sample) => number, digits: number) =>
    fixed(median(samples.map(pick)), digits);
  return [
    middle(({ perSecond }) => perSecond, 0),
    middle(({ p50 }) => p50, 1),
    middle(({ p99 }) => p99, 1),
    middle(({ node }) => node, 3),
    middle(({ postgres }) => postgres, 3),
    middle(sum, 3),
  ];
}

/** The median over the rounds of the ratio of one server to another in the same round. */
export function ratio(
  gateway: readonly Sample[],
  others: readonly Sample[],
  pick: (sample: Sample) => number,
): number {
  return median(
    gateway.map((sample, n) => {
      const other = others[n];
      return other === undefined ? Number.NaN : pick(sample) / pick(other);
    }),
  );
}

/** The share of one CPU that this process used during `run`; near 1 the client is the bottleneck. */
export async function clientCpuShare(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - start);
}
