import {
  batchName,
  batchSize,
  createName,
  createWriteCases,
  type WriteCase,
} from '../cases/write-cases.ts';
import { median } from '../load/load.ts';
import type { Options } from '../options.ts';
import { boardIds, writtenBoards } from '../seed/board-plans.ts';
import type { BenchDatabase } from '../seed/database.ts';
import { type ServerProcess, startServer } from '../servers/server-process.ts';
import { compare, measureRoundRobin, mediansOf, ratio, type Samples } from './comparison.ts';
import { countStatements, type StatementCounts } from './response-check.ts';
import { fixed, mark, type Row, toTable } from './table.ts';

const names = ['gateway', 'bare'] as const;
/** The target: the CPU time of a single create as a multiple of that of an item of a batch. */
const batchTarget = 20;
/** Warm-up in seconds; the first case warms up the code that all share. */
const warmUps = { first: 4, later: 0.3 };

interface Measured {
  one: WriteCase;
  samples: Samples;
}

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
  const statements = await countStatements(cases, names, url);
  const servers: ServerProcess[] = [];
  try {
    for (const name of names) servers.push(await startServer(name, { databaseUrl: url }));
    const measured: Measured[] = [];
    for (const one of cases) {
      progress(one.name);
      const warmUpSeconds = measured.length === 0 ? warmUps.first : warmUps.later;
      const rounds = { ...options, ...one, warmUpSeconds };
      measured.push({ one, samples: await compare(one.request, servers, rounds) });
    }
    const rows = measured.flatMap((each) => rowsOf(each, statements));
    const peak = `The most memory that our server held (RSS): ${fixed(servers[0]?.peakMemory() ?? Number.NaN, 0)} MB.`;
    progress('What a batch costs');
    const price = await batchPrice(servers[0], cases, options);
    return [toTable(head, rows), ...price, peak].join('\n\n');
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const head = [
  ...['write', 'connections', 'server', 'statements', 'requests/s', 'p50 ms', 'p99 ms'],
  ...['CPU ms/request', 'gateway: requests/s', 'gateway: CPU', 'target'],
];

function rowsOf({ one, samples }: Measured, statements: StatementCounts<WriteCase>): Row[] {
  const [gateway = [], bare = []] = names.map((name) => samples.get(name));
  const counted = names.map((name) => String(statements.get(one)?.get(name) ?? ''));
  const speed = ratio(gateway, bare, ({ perSecond }) => perSecond);
  const cost = ratio(gateway, bare, ({ cpu }) => cpu);
  const verdict = one.target === undefined ? '' : `>= ${one.target}: ${mark(speed >= one.target)}`;
  return [
    [
      one.name,
      String(one.connections),
      'gateway',
      counted[0] ?? '',
      ...mediansOf(gateway),
      '',
      '',
      '',
    ],
    ['', '', 'bare', counted[1] ?? '', ...mediansOf(bare)].concat(
      fixed(speed, 2, ' x'),
      fixed(cost, 2, ' x'),
      verdict,
    ),
  ];
}

/** The CPU time of a batch beside that of as many single creates. */
async function batchPrice(
  server: ServerProcess | undefined,
  cases: readonly WriteCase[],
  { rounds, seconds }: Options,
): Promise<string[]> {
  const loads = [createName, batchName].flatMap((wanted) => {
    const one = cases.find(({ name }) => name === wanted);
    return one && server ? [{ seconds, ...one, server }] : [];
  });
  if (loads.length < 2) return [];
  const [creates = [], batches = []] = await measureRoundRobin(loads, { rounds });
  const times = batchSize * ratio(creates, batches, ({ cpu }) => cpu);
  const middle = (samples: typeof creates) => median(samples.map(({ cpu }) => cpu ?? Number.NaN));
  return [
    `${batchSize} single creates cost the gateway ${fixed(batchSize * middle(creates), 0)} ms of CPU, a batch of them ` +
      `${fixed(middle(batches))} ms: ${fixed(times)} times as many for the same CPU (target >= ${batchTarget}: ${mark(times >= batchTarget)}).`,
  ];
}

/** The ids of the boards that the write cases change. */
export const writtenIds = (): string[] => Object.values(writtenBoards).flatMap(boardIds);
