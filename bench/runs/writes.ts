import {
  batchName,
  batchSize,
  createName,
  createWriteCases,
  type WriteCase,
} from '../cases/write-cases.ts';
import { databaseOf } from '../load/database-cpu.ts';
import { median } from '../load/load.ts';
import type { Options } from '../options.ts';
import { boardIds, writtenBoards } from '../seed/board-plans.ts';
import type { BenchDatabase } from '../seed/database.ts';
import { type ServerProcess, startServer } from '../servers/server-process.ts';
import {
  compare,
  comparisonHead,
  comparisonRows,
  controlText,
  type Measured,
  measureRoundRobin,
  type Rounds,
  ratio,
} from './comparison.ts';
import { countStatements } from './response-check.ts';
import { fixed, mark, toTable } from './table.ts';

const names = ['gateway', 'bare', 'gateway'] as const;
/** The target: the CPU time of a single create as a multiple of that of an item of a batch. */
const batchTarget = 20;

/** Compares writes by the gateway and by the bare server, as a report. */
export async function measureWrites(
  database: BenchDatabase,
  options: Options,
  progress: (text: string) => void,
): Promise<string> {
  const { connection, url } = database;
  const cases = (await createWriteCases(connection)).filter(({ name }) =>
    name.toLowerCase().includes(options.only),
  );
  progress('Counting the statements');
  const statements = await countStatements(cases, new Set(names), url);
  const servers: ServerProcess[] = [];
  try {
    for (const name of names) servers.push(await startServer(name, { databaseUrl: url }));
    const measured: [WriteCase, Measured[]][] = [];
    const rounds = { ...options, database: databaseOf(url) };
    for (const one of cases) {
      progress(one.name);
      measured.push([one, await compare(() => one.request, servers, { ...rounds, ...one })]);
    }
    const rows = measured.flatMap(([one, servers]) =>
      comparisonRows(servers, { statements: statements.get(one), targets: targetsOf(one) }).map(
        (row, n) => [...(n === 0 ? [one.name, String(one.connections)] : ['', '']), ...row],
      ),
    );
    const control = controlText(measured.map(([{ name }, servers]) => [name, servers]));
    const peak = `The most memory that our server held (RSS): ${fixed(servers[0]?.peakMemory() ?? Number.NaN, 0)} MB.`;
    progress('What a batch costs');
    const price = await batchPrice(servers[0], cases, rounds);
    return [
      toTable(['write', 'connections', ...comparisonHead], rows),
      control,
      ...price,
      peak,
    ].join('\n\n');
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const targetsOf = ({ target }: WriteCase): { bare?: number } =>
  target === undefined ? {} : { bare: target };

/** The CPU time of a batch beside that of as many single creates. */
async function batchPrice(
  server: ServerProcess | undefined,
  cases: readonly WriteCase[],
  { seconds, ...rounds }: Pick<Rounds, 'seconds' | 'rounds' | 'warmUp' | 'database'>,
): Promise<string[]> {
  const loads = [createName, batchName].flatMap((wanted) => {
    const one = cases.find(({ name }) => name === wanted);
    return one && server ? [{ seconds, ...one, server }] : [];
  });
  if (loads.length < 2) return [];
  const [creates = [], batches = []] = await measureRoundRobin(loads, rounds);
  const times = batchSize * ratio(creates, batches, ({ node }) => node);
  const middle = (samples: typeof creates) => median(samples.map(({ node }) => node));
  return [
    `${batchSize} single creates cost the gateway ${fixed(batchSize * middle(creates), 0)} ms of CPU, a batch of them ` +
      `${fixed(middle(batches))} ms: ${fixed(times)} times as many for the same CPU (target >= ${batchTarget}: ${mark(times >= batchTarget)}).`,
  ];
}

/** The ids of the boards that the write cases change. */
export const writtenIds = (): string[] => Object.values(writtenBoards).flatMap(boardIds);
