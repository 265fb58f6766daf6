import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { checkAnswers } from './answer.ts';
import { comparedBoard, type Plan, smallBoards, writtenBoards } from './board.ts';
import { createCases } from './case.ts';
import { clientShare, compare, comparisonHead, comparisonRows } from './comparison.ts';
import { type BenchDatabase, openBenchDatabase } from './database.ts';
import { inTurn } from './load.ts';
import { type Options, readOptions, usage } from './options.ts';
import { type ServerName, type ServerProcess, startServer } from './process.ts';
import { profileCase } from './profile.ts';
import { questions } from './question.ts';
import { askBoards, isAskable, scaleHead, scaleRow } from './scale.ts';
import { removeBoards, seed } from './seed.ts';
import { fixed, mark, type Row, toTable } from './table.ts';
import { createWriteCases } from './write-case.ts';
import { measureWrites, writtenIds } from './writes.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`${text} ...\n`);

const serverNames = ['ours', 'ceiling', 'typical'] as const satisfies ServerName[];
/** MB that our server may take. */
const memoryTarget = 250;

const isWanted = ({ name }: { name: string }, { only }: Options): boolean =>
  name.toLowerCase().includes(only);

/** All servers, side by side on the same data. */
async function runComparison({ connection, url }: BenchDatabase, options: Options): Promise<void> {
  const cases = (await createCases(connection)).filter((one) => isWanted(one, options));
  progress('Comparing the answers');
  const statements = await checkAnswers(cases, serverNames, url);
  await withServers(serverNames, url, async (servers) => {
    const rows: Row[] = [];
    const share = await clientShare(async () => {
      for (const one of cases) {
        progress(one.name);
        rows.push(
          ...comparisonRows(one, await compare(inTurn(one.requests), servers, options), statements),
        );
      }
    });
    say(`${toTable(comparisonHead, rows)}\n`);
    say(`The client used ${fixed(share * 100, 0)}% of one CPU.`);
    sayMemory(servers[0]);
  });
}

/** Our server alone, on boards of several sizes. */
async function runScale({ url }: BenchDatabase, options: Options): Promise<void> {
  await withServers(['ours'], url, async ([ours]) => {
    if (ours === undefined) return;
    const rows: Row[] = [];
    for (const question of questions.filter((one) => isWanted(one, options))) {
      progress(question.name);
      if (await isAskable(question, ours.port)) {
        rows.push(scaleRow(question, await askBoards(question, options.scale, ours.port)));
      } else rows.push([`${question.name}: skipped, ItemOrder has no field '${question.needs}'`]);
    }
    say(`${toTable(scaleHead(options.scale), rows)}\n`);
    sayMemory(ours);
  });
}

async function runProfiles(database: BenchDatabase, options: Options): Promise<void> {
  const { seconds, rounds, connections, writes } = options;
  const load = { databaseUrl: database.url, seconds: seconds * rounds, connections };
  const { connection } = database;
  const cases = writes
    ? await createWriteCases(connection)
    : (await createCases(connection)).map((one) => ({ ...one, request: inTurn(one.requests) }));
  for (const one of cases) {
    if (isWanted(one, options)) say(`${await profileCase(one, { ...load, ...one })}\n`);
  }
}

/** Our server and a bare one. What was written does not stay in a database that does. */
async function runWrites(database: BenchDatabase, options: Options): Promise<void> {
  say(await measureWrites(database, options, progress));
  if (database.isKept) await removeBoards(database.connection, writtenIds());
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
  say(`The most memory that our server held (RSS): ${fixed(peak, 0)} MB (${target}).`);
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes('--help')) return say(usage);
  const options = readOptions(words);
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
  const { scale, profile, writes } = options;
  const machine = `${cpus().length} CPUs, load ${fixed(loadavg()[0] ?? 0)}`;
  say(`Node ${process.version}, PostgreSQL ${database.version}, ${machine}`);
  progress('Making the data');
  const { items, seconds } = await seed(database.connection, plansOf(options));
  say(`${items} items made in ${fixed(seconds)} s.\n`);
  if (profile) await runProfiles(database, options);
  else if (writes) await runWrites(database, options);
  else if (scale.length > 0) await runScale(database, options);
  else await runComparison(database, options);
}

function plansOf({ writes, scale }: Options): readonly Plan[] {
  if (writes) return Object.values(writtenBoards);
  return scale.length > 0 ? [comparedBoard, smallBoards, ...scale] : [comparedBoard];
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  },
);
