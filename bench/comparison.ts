import process from 'node:process';
import type { Statements } from './answer.ts';
import type { Case } from './case.ts';
import { type Load, type Measure, median, runLoad } from './load.ts';
import type { ServerName, ServerProcess } from './process.ts';
import { fixed, mark, type Row } from './table.ts';

export interface Rounds {
  rounds: number;
  /** Seconds of one round. */
  seconds: number;
  connections: number;
  /** Seconds that a server is given before it is measured. */
  warmUpSeconds?: number | undefined;
}

/** One round of one server, with the milliseconds of CPU that a request cost it. */
interface Sample extends Measure {
  cpu: number | undefined;
}

export type Samples = ReadonlyMap<ServerName, readonly Sample[]>;

/** What a server needs before the compiler knows it well. */
const longWarmUp = 1.5;

/** What is measured in turn with others. */
interface Turn extends Pick<Load, 'request' | 'connections' | 'seconds'> {
  server: ServerProcess;
}

/** Measures one case: the servers in turn, round by round, so that what the machine does else hits all alike. */
export async function compare(
  request: Load['request'],
  servers: readonly ServerProcess[],
  { rounds, warmUpSeconds, ...load }: Rounds,
): Promise<Samples> {
  const turns = servers.map((server) => ({ server, request, ...load }));
  const samples = await takeTurns(turns, { rounds, warmUpSeconds });
  return new Map(servers.map(({ name }, n) => [name, samples[n] ?? []]));
}

/** Measures loads in turn, round by round: for each of them a sample of each round. */
export async function takeTurns(
  turns: readonly Turn[],
  { rounds, warmUpSeconds = longWarmUp }: Pick<Rounds, 'rounds' | 'warmUpSeconds'>,
): Promise<Sample[][]> {
  const samples = turns.map((): Sample[] => []);
  for (const { server, ...load } of turns) {
    const seconds = Math.min(warmUpSeconds, load.seconds * rounds);
    await runLoad({ port: server.port, ...load, seconds });
  }
  for (let round = 0; round < rounds; round++) {
    for (const [n, { server, ...load }] of turns.entries()) {
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
  ...['ours: requests/s', 'ours: CPU', 'target'],
];

/** A case's rows of the table: medians over the rounds, and ours as a multiple of each other one. */
export function comparisonRows(one: Case, samples: Samples, statements: Statements<Case>): Row[] {
  const ours = samples.get('ours') ?? [];
  return [...samples].map(([name, theirs]) => {
    const count = String(statements.get(one)?.get(name) ?? '');
    if (name === 'ours') return [one.name, name, count, ...middles(theirs), '', '', ''];
    const speed = ratio(ours, theirs, ({ perSecond }) => perSecond);
    const cost = ratio(ours, theirs, ({ cpu }) => cpu);
    const ratios = [fixed(speed, 2, ' x'), fixed(cost, 2, ' x')];
    return ['', name, count, ...middles(theirs), ...ratios, targetText(speed, one.targets[name])];
  });
}

/** Requests a second, p50, p99, CPU a request. */
export function middles(samples: readonly Sample[]): string[] {
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

/** The median over the rounds of what ours did as a multiple of what the other one did right after it. */
export function ratio(
  ours: readonly Sample[],
  theirs: readonly Sample[],
  pick: (sample: Sample) => number | undefined,
): number {
  const undefinedIsNaN = (sample: Sample | undefined) => (sample && pick(sample)) ?? Number.NaN;
  return median(ours.map((sample, n) => undefinedIsNaN(sample) / undefinedIsNaN(theirs[n])));
}

/** The share of one CPU that this process used while `run` ran: near 1, the client is what is measured. */
export async function clientShare(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - start);
}
