import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { type VersionCase, versionCases } from '../cases/version-cases.ts';
import { backendTimes, cpuBetween } from '../load/database-cpu.ts';
import { HttpConnection } from '../load/http-connection.ts';
import { median } from '../load/load.ts';
import type { Options } from '../options.ts';
import type { BenchDatabase } from '../seed/database.ts';
import { insertWorkspace, urlOfDatabase } from '../seed/own-database.ts';
import { createVersionData, idsOf, mutate, type VersionData } from '../seed/version-data.ts';
import { type ServerProcess, startServer } from '../servers/server-process.ts';
import { fixed, mark, type Row, toTable } from './table.ts';

/** A version of the gateway, running on a database of its own. */
interface Version {
  database: string;
  server: ServerProcess;
  connection: HttpConnection;
  data: VersionData;
  /** Counts the requests, so that no two are the same. */
  sent: number;
}

const thisFolder = fileURLToPath(new URL('../../', import.meta.url));
const warmUps = 20;

/**
 * Compares the CPU time that PostgreSQL takes for each write between this version and the one in the folder `against`.
 * Both run at the same time on one server, each in a database of its own, and are measured in turn.
 */
export async function compareVersions(
  { url }: BenchDatabase,
  { rounds, only }: Options,
  against: string,
): Promise<string> {
  const cases = versionCases.filter(({ name }) => name.toLowerCase().includes(only));
  const folders = [resolve(against), thisFolder];
  const versions: Version[] = [];
  const admin = new pg.Client(url);
  await admin.connect();
  try {
    for (const [n, folder] of folders.entries())
      versions.push(await openVersion(admin, { folder, database: `items_bench_${n}`, url }));
    const samples = await measureInTurn(versions, cases, rounds);
    return toTable(
      head,
      cases.map((one, n) => rowOf(one, samples[n] ?? [])),
    );
  } finally {
    for (const { server, connection } of versions) {
      connection.close();
      await server.stop();
    }
    for (const n of folders.keys())
      await admin.query(`DROP DATABASE IF EXISTS items_bench_${n} WITH (FORCE)`);
    await admin.end();
  }
}

interface Place {
  folder: string;
  database: string;
  url: string;
}

/** Migrates a database by a version's own code, starts its gateway and fills it. */
async function openVersion(admin: pg.Client, { folder, database, url }: Place): Promise<Version> {
  await admin.query(`CREATE DATABASE ${database}`);
  const databaseUrl = urlOfDatabase(url, database);
  await promisify(execFile)(process.execPath, [join(folder, 'dist/main.js'), 'migrate'], {
    cwd: tmpdir(),
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await insertWorkspace(client);
  const server = await startServer('gateway', { databaseUrl, folder });
  const connection = await HttpConnection.open(server.port);
  const data = await createVersionData(connection);
  await client.query('VACUUM (ANALYZE)');
  await client.query('CHECKPOINT').catch(() => {});
  await client.end();
  return { database, server, connection, data, sent: 1_000_000 };
}

/** The ms per request of each case: a list of rounds, each with one number for each version. */
async function measureInTurn(
  versions: readonly Version[],
  cases: readonly VersionCase[],
  rounds: number,
): Promise<number[][][]> {
  const samples = cases.map((): number[][] => []);
  for (const one of cases)
    for (const version of versions) await runRound(version, one, Math.min(warmUps, one.requests));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const [n, one] of cases.entries()) {
      const times: number[] = [];
      for (const at of order) {
        const version = versions[at];
        if (version) times[at] = await runRound(version, one, one.requests);
      }
      samples[n]?.push(times);
    }
  }
  return samples;
}

/** Sends the requests of a round one after the other; returns the CPU ms of PostgreSQL for each. */
async function runRound(version: Version, one: VersionCase, requests: number): Promise<number> {
  const { connection, data, database } = version;
  const prepared = one.prepare ? idsOf(await mutate(connection, one.prepare(data))) : [];
  const bodies = Array.from({ length: requests }, (_, n) =>
    one.request(data, one.prepare ? n : version.sent++, prepared),
  );
  const before = backendTimes(database);
  for (const body of bodies) await mutate(connection, body);
  return (cpuBetween(before, backendTimes(database)) ?? Number.NaN) / requests;
}

const head = ['write', 'before: CPU ms', 'now: CPU ms', 'now / before', 'target'];

function rowOf({ name, target }: VersionCase, samples: readonly number[][]): Row {
  const of = (at: number) => median(samples.map((times) => times[at] ?? Number.NaN));
  const ratio = median(samples.map(([before = 0, now = 0]) => now / before));
  return [
    name,
    fixed(of(0), 2),
    fixed(of(1), 2),
    fixed(ratio, 2, ' x'),
    target === undefined ? '' : `<= ${target}: ${mark(ratio <= target)}`,
  ];
}
