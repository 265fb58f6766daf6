import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { type Case, createCases, requestsOf } from './cases/read-cases.ts';
import { scaleQueries } from './cases/scale-queries.ts';
import { createWriteCases } from './cases/write-cases.ts';
import { databaseOf } from './load/database-cpu.ts';
import { roundRobin } from './load/load.ts';
import { type Options, readOptions, usage } from './options.ts';
import {
  clientCpuShare,
  compare,
  comparisonHead,
  comparisonRows,
  controlText,
  type Measured,
} from './runs/comparison.ts';
import { measureFairness } from './runs/fairness.ts';
import { measureFresh } from './runs/fresh.ts';
import { measureLive } from './runs/live.ts';
import { measureObservation } from './runs/observe.ts';
import { profileCase } from './runs/profile.ts';
import { checkResponses } from './runs/response-check.ts';
import { isSupported, measureBoards, scaleHead, scaleRow } from './runs/scale.ts';
import { measureStarts } from './runs/starts.ts';
import { fixed, mark, type Row, toTable } from './runs/table.ts';
import { compareVersions } from './runs/versions.ts';
import { measureWrites, writtenIds } from './runs/writes.ts';
import {
  type BoardPlan,
  boardIds,
  comparedBoards,
  countedBoard,
  neighbourBoard,
  smallBoards,
  writtenBoards,
} from './seed/board-plans.ts';
import { type BenchDatabase, openBenchDatabase } from './seed/database.ts';
import { removeBoards, seed } from './seed/seed.ts';
import {
  installPeers,
  type ServerName,
  type ServerProcess,
  startServer,
} from './servers/server-process.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`${text} ...\n`);

/** The gateway runs twice: its copy at the end shows how far two equal servers are apart. */
const serverNames = ({ peers }: Options): ServerName[] => [
  ...(['gateway', 'ceiling', 'typical'] as const),
  ...(peers ? (['postgraphile'] as const) : []),
  'gateway',
];
/** The target of the memory of the gateway in MB. */
const memoryTarget = 250;

const isWanted = ({ name }: { name: string }, { only }: Options): boolean =>
  name.toLowerCase().includes(only);

/** Compares all servers on the same data. */
async function runComparison({ connection, url }: BenchDatabase, options: Options): Promise<void> {
  const cases = (await createCases(connection)).filter((one) => isWanted(one, options));
  const names = serverNames(options);
  if (options.peers) {
    progress('Installing PostGraphile');
    installPeers();
  }
  progress('Comparing the responses');
  const statements = await checkResponses(cases, new Set(names), url);
  await withServers(names, url, async (servers) => {
    const measured: [Case, Measured[]][] = [];
    const rounds = { ...options, database: databaseOf(url) };
    const share = await clientCpuShare(async () => {
      for (const one of cases) {
        progress(one.name);
        const compared = servers.filter(({ name }) => requestsOf(one, name) !== undefined);
        const requestOf = (name: ServerName) => roundRobin(requestsOf(one, name) ?? []);
        measured.push([one, await compare(requestOf, compared, rounds)]);
      }
    });
    const rows = measured.flatMap(([one, servers]) =>
      comparisonRows(servers, { ...one, statements: statements.get(one) }).map((row, n) => [
        n === 0 ? one.name : '',
        ...row,
      ]),
    );
    say(`${toTable(['case', ...comparisonHead], rows)}\n`);
    say(controlText(measured.map(([{ name }, servers]) => [name, servers])));
    say(`The client used ${fixed(share * 100, 0)}% of one CPU.`);
    sayMemory(servers[0]);
  });
}

/** Measures the gateway alone, on boards of several sizes. */
async function runScale({ url }: BenchDatabase, options: Options): Promise<void> {
  await withServers(['gateway'], url, async ([gateway]) => {
    if (gateway === undefined) return;
    const rows: Row[] = [];
    for (const query of scaleQueries.filter((one) => isWanted(one, options))) {
      progress(query.name);
      if (await isSupported(query, gateway.port)) {
        rows.push(scaleRow(query, await measureBoards(query, options.scale, gateway.port)));
      } else rows.push([`${query.name}: skipped, ItemOrder has no field '${query.needs}'`]);
    }
    say(`${toTable(scaleHead(options.scale), rows)}\n`);
    sayMemory(gateway);
  });
}

async function runProfiles(database: BenchDatabase, options: Options): Promise<void> {
  const { seconds, rounds, connections, measurement } = options;
  const load = { databaseUrl: database.url, seconds: seconds * rounds, connections };
  const { connection } = database;
  const cases =
    measurement === 'writes'
      ? await createWriteCases(connection)
      : (await createCases(connection)).map((one) => ({
          ...one,
          request: roundRobin(one.requests),
        }));
  for (const one of cases) {
    if (isWanted(one, options)) say(`${await profileCase(one, { ...load, ...one })}\n`);
  }
}

/** Compares writes by the gateway and the bare server, and removes them from a database that is kept. */
async function runWrites(database: BenchDatabase, options: Options): Promise<void> {
  say(await measureWrites(database, options, progress));
  if (database.isKept) await removeBoards(database.connection, writtenIds());
}

/** Measures streams, and removes what was written from a database that is kept. */
async function runLive(database: BenchDatabase, options: Options): Promise<void> {
  say(await measureLive(database, options, progress));
  if (database.isKept) await removeBoards(database.connection, boardIds(writtenBoards.short));
}

/** Measures what metrics and the request log cost. */
async function runObservation({ connection, url }: BenchDatabase, options: Options): Promise<void> {
  const cases = (await createCases(connection)).filter((one) => isWanted(one, options));
  say(await measureObservation(cases, options, url));
}

async function withServers(
  names: readonly ServerName[],
  databaseUrl: string,
  run: (servers: ServerProcess[]) => Promise<void>,
): Promise<void> {
  const servers: ServerProcess[] = [];
  try {
    for (const name of names) servers.push(await startServer(name, { databaseUrl }));
    await run(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function sayMemory(server: ServerProcess | undefined): void {
  const peak = server?.peakMemory();
  if (peak === undefined) return;
  const target = `< ${memoryTarget} MB: ${mark(peak < memoryTarget)}`;
  say(`Peak memory of the gateway (RSS): ${fixed(peak, 0)} MB (${target}).`);
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes('--help')) return say(usage);
  const options = readOptions(words);
  if (options.measurement === 'starts') return say(await measureStarts(options));
  const place = { url: process.env.BENCH_DATABASE_URL, dataDir: options.dataDir };
  const database = await openBenchDatabase(place);
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new Error('The bench was stopped.'));
    process.once('SIGINT', stop).once('SIGTERM', stop);
  });
  try {
    await Promise.race([run(database, options), stopped]);
  } finally {
    await database.close();
  }
}

async function run(database: BenchDatabase, options: Options): Promise<void> {
  const { scale, profile, measurement } = options;
  const machine = `${cpus().length} CPUs, load ${fixed(loadavg()[0] ?? 0)}`;
  say(`Node ${process.version}, PostgreSQL ${database.version}, ${machine}`);
  if (options.against !== undefined)
    return say(await compareVersions(database, options, options.against));
  if (measurement === 'fresh') return say(await measureFresh(database, options, progress));
  progress('Inserting the data');
  const { items, seconds } = await seed(database.connection, plansOf(options));
  say(`${items} items inserted in ${fixed(seconds)} s.\n`);
  if (profile) await runProfiles(database, options);
  else if (measurement === 'live') await runLive(database, options);
  else if (measurement === 'observe') await runObservation(database, options);
  else if (measurement === 'fairness') say(await measureFairness(database, options));
  else if (measurement === 'writes') await runWrites(database, options);
  else if (scale.length > 0) await runScale(database, options);
  else await runComparison(database, options);
}

function plansOf({ measurement, scale }: Options): readonly BoardPlan[] {
  if (measurement === 'fairness') return [neighbourBoard, countedBoard];
  if (measurement === 'live') return [writtenBoards.short, comparedBoards];
  if (measurement === 'writes') return Object.values(writtenBoards);
  return scale.length > 0 ? [comparedBoards, smallBoards, ...scale] : [comparedBoards];
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  },
);
