import process from 'node:process';
import pg from 'pg';
import { migrate } from '../../src/postgres/migrate.ts';
import { type FreshQuestion, freshQuestions } from '../cases/fresh-questions.ts';
import { HttpConnection } from '../load/http-connection.ts';
import { graphqlErrors, median } from '../load/load.ts';
import type { Options } from '../options.ts';
import type { BenchDatabase } from '../seed/database.ts';
import { createEarlierBoard, createFreshBoard, type FreshBoard } from '../seed/fresh-data.ts';
import { insertWorkspace, runOn, urlOfDatabase } from '../seed/own-database.ts';
import { type ServerProcess, startServer } from '../servers/server-process.ts';
import { fixed, mark, type Row, toTable } from './table.ts';

/** The databases: without statistics, with those from before the board, and as autovacuum leaves it in the end. */
const [never, before, old] = [
  'items_bench_never',
  'items_bench_before',
  'items_bench_old',
] as const;

/** A database with the board, and a gateway on it. */
interface State {
  server: ServerProcess;
  connection: HttpConnection;
  board: FreshBoard;
}

/** The target: the time on a fresh board as a multiple of that on an old one. */
const target = 2;
/** Requests before the measurement: PostgreSQL may switch to a generic plan at the sixth. */
const warmUps = 10;
/** Requests of a round, unless it has taken its seconds. */
const requests = 8;

/** Slow requests are what is measured. */
const env = { LOG_LEVEL: 'error' };

const noAutovacuum = `DO $$
DECLARE name regclass;
BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
  END LOOP;
END $$`;

/**
 * Measures each kind of question on a board that was just filled by batches, without statistics and with those from
 * before it, and on a copy that was vacuumed and analyzed, in turns. A report.
 */
export async function measureFresh(
  { url }: BenchDatabase,
  { rounds, seconds, only }: Options,
  progress: (text: string) => void,
): Promise<string> {
  const questions = freshQuestions.filter(({ name }) => name.toLowerCase().includes(only));
  const admin = new pg.Client(url);
  await admin.connect();
  const states: State[] = [];
  const databases = [never, before, old];
  try {
    progress('Filling the boards');
    for (const [database, board] of await fillDatabases(admin, url))
      states.push(await openState(urlOfDatabase(url, database), board));
    const rows: Row[] = [];
    for (const question of questions) {
      progress(question.name);
      rows.push(rowOf(question, await measureInTurn(states, question, { rounds, seconds })));
    }
    return toTable(head, rows);
  } finally {
    for (const { server, connection } of states) {
      connection.close();
      await server.stop();
    }
    for (const database of databases)
      await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await admin.end();
  }
}

/** Creates the databases, in each of which the same items are on a board. */
async function fillDatabases(admin: pg.Client, url: string): Promise<[string, FreshBoard][]> {
  const [neverUrl, beforeUrl] = [urlOfDatabase(url, never), urlOfDatabase(url, before)];
  await admin.query(`CREATE DATABASE ${never}`);
  await migrate({ connectionString: neverUrl });
  await runOn(neverUrl, [noAutovacuum]);
  const client = new pg.Client(neverUrl);
  await client.connect();
  await insertWorkspace(client);
  await client.end();
  const earlier = await withGateway(neverUrl, createEarlierBoard);
  await admin.query(`CREATE DATABASE ${before} TEMPLATE ${never}`);
  await runOn(beforeUrl, ['ANALYZE']);
  const fill = (connection: HttpConnection) => createFreshBoard(connection, earlier);
  const boards = [await withGateway(neverUrl, fill), await withGateway(beforeUrl, fill)] as const;
  await admin.query(`CREATE DATABASE ${old} TEMPLATE ${never}`);
  await runOn(urlOfDatabase(url, old), ['VACUUM (ANALYZE)']);
  // A checkpoint during a measurement would disturb it. The role may lack the privilege.
  await admin.query('CHECKPOINT').catch(() => {});
  return [
    [never, boards[0]],
    [before, boards[1]],
    [old, boards[0]],
  ];
}

async function withGateway<Result>(
  databaseUrl: string,
  run: (connection: HttpConnection) => Promise<Result>,
): Promise<Result> {
  const server = await startServer('gateway', { databaseUrl, env });
  const connection = await HttpConnection.open(server.port);
  try {
    return await run(connection);
  } finally {
    connection.close();
    await server.stop();
  }
}

async function openState(databaseUrl: string, board: FreshBoard): Promise<State> {
  const server = await startServer('gateway', { databaseUrl, env });
  return { server, connection: await HttpConnection.open(server.port), board };
}

/** The median ms of a question in each state, for each round. Infinity for a failure, which is not tried again. */
async function measureInTurn(
  states: readonly State[],
  question: FreshQuestion,
  { rounds, seconds }: Pick<Options, 'rounds' | 'seconds'>,
): Promise<number[][]> {
  let n = 0;
  const failed = new Set<State>();
  const run = async (state: State, times: number): Promise<number> => {
    const taken: number[] = [];
    const end = performance.now() + seconds * 1000;
    for (let left = times; left > 0 && !failed.has(state); left--) {
      const request = question.request(state.board, n++);
      const start = performance.now();
      const { status, body } = await state.connection.send(request);
      taken.push(performance.now() - start);
      if (status === 200 && !body.includes(graphqlErrors)) {
        if (performance.now() > end) break;
      } else {
        process.stderr.write(`${question.name}: ${body.toString().slice(0, 300)}\n`);
        failed.add(state);
      }
    }
    return failed.has(state) ? Number.POSITIVE_INFINITY : median(taken);
  };
  for (const state of states) await run(state, warmUps);
  const samples: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const times: number[] = [];
    for (const state of states) times.push(await run(state, requests));
    samples.push(times);
  }
  return samples;
}

const head = [
  'question',
  'old: ms',
  'no statistics',
  'earlier statistics',
  'no / old',
  'earlier / old',
  `<= ${target} x`,
];

function rowOf({ name }: FreshQuestion, samples: readonly number[][]): Row {
  const of = (at: number) => median(samples.map((times) => times[at] ?? Number.NaN));
  const ratio = (at: number) => median(samples.map((times) => (times[at] ?? 0) / (times[2] ?? 0)));
  const ratios = [ratio(0), ratio(1)];
  return [
    name,
    ...[of(2), of(0), of(1)].map((time) => fixed(time)),
    ...ratios.map((one) => fixed(one, 2, ' x')),
    mark(ratios.every((one) => one <= target)),
  ];
}
