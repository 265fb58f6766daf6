import { countStatements, type Statements } from './answer.ts';
import { boardIds, writtenBoards } from './board.ts';
import { compare, middles, ratio, type Samples, takeTurns } from './comparison.ts';
import type { BenchDatabase } from './database.ts';
import { median } from './load.ts';
import type { Options } from './options.ts';
import { type ServerProcess, startServer } from './process.ts';
import { fixed, mark, type Row, toTable } from './table.ts';
import { triggerCosts } from './trigger-cost.ts';
import {
  batchName,
  batchSize,
  createName,
  createWriteCases,
  type WriteCase,
} from './write-case.ts';

const names = ['ours', 'bare'] as const;
/** How much cheaper an item of a batch is to be, in our server's CPU, than one that comes alone. */
const batchTarget = 20;
/** Seconds; the first case warms up what all of them need. */
const warmUps = { first: 4, later: 0.3 };

interface Measured {
  one: WriteCase;
  samples: Samples;
}

/** Writes through our server and through a bare one, in turn, as a report. */
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
    progress('What a row costs PostgreSQL');
    const costs = await triggerCosts(connection);
    return [toTable(head, rows), ...price, costs, peak].join('\n\n');
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const head = [
  ...['write', 'connections', 'server', 'statements', 'requests/s', 'p50 ms', 'p99 ms'],
  ...['CPU ms/request', 'ours: requests/s', 'ours: CPU', 'target'],
];

function rowsOf({ one, samples }: Measured, statements: Statements<WriteCase>): Row[] {
  const [ours = [], bare = []] = names.map((name) => samples.get(name));
  const counted = names.map((name) => String(statements.get(one)?.get(name) ?? ''));
  const speed = ratio(ours, bare, ({ perSecond }) => perSecond);
  const cost = ratio(ours, bare, ({ cpu }) => cpu);
  const verdict = one.target === undefined ? '' : `>= ${one.target}: ${mark(speed >= one.target)}`;
  return [
    [one.name, String(one.connections), 'ours', counted[0] ?? '', ...middles(ours), '', '', ''],
    ['', '', 'bare', counted[1] ?? '', ...middles(bare)].concat(
      fixed(speed, 2, ' x'),
      fixed(cost, 2, ' x'),
      verdict,
    ),
  ];
}

/** What a batch costs our server as a share of what as many single creates cost it, in turn. */
async function batchPrice(
  server: ServerProcess | undefined,
  cases: readonly WriteCase[],
  { rounds, seconds }: Options,
): Promise<string[]> {
  const turns = [createName, batchName].flatMap((wanted) => {
    const one = cases.find(({ name }) => name === wanted);
    return one && server ? [{ seconds, ...one, server }] : [];
  });
  if (turns.length < 2) return [];
  const [creates = [], batches = []] = await takeTurns(turns, { rounds });
  const times = batchSize * ratio(creates, batches, ({ cpu }) => cpu);
  const middle = (samples: typeof creates) => median(samples.map(({ cpu }) => cpu ?? Number.NaN));
  return [
    `${batchSize} single creates cost our server ${fixed(batchSize * middle(creates), 0)} ms of CPU, a batch of them ` +
      `${fixed(middle(batches))} ms: ${fixed(times)} times as many for the same CPU (target >= ${batchTarget}: ${mark(times >= batchTarget)}).`,
  ];
}

/** All ids of boards that a run leaves things on. */
export const writtenIds = (): string[] => Object.values(writtenBoards).flatMap(boardIds);
