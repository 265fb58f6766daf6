import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../cases/read-cases.ts';
import { databaseOf } from '../load/database-cpu.ts';
import { median, roundRobin } from '../load/load.ts';
import type { Options } from '../options.ts';
import { type ServerProcess, type StartOptions, startServer } from '../servers/server-process.ts';
import { measureRoundRobin, ratio, type Sample } from './comparison.ts';
import { fixed, mark, type Row, toTable } from './table.ts';

/** The share of CPU and of throughput that metrics may cost. */
const metricsTarget = 0.02;

interface Observed extends Omit<StartOptions, 'databaseUrl'> {
  name: string;
  target?: number;
}

/** The servers that are compared with the first one. The last one is a copy of the first: their difference is noise. */
const observedServers = (logFile: string): Observed[] => [
  { name: 'neither', env: { LOG_LEVEL: 'silent' } },
  { name: 'metrics', env: { LOG_LEVEL: 'silent', METRICS_PORT: '0' }, target: metricsTarget },
  { name: 'log', env: { LOG_LEVEL: 'info' }, logFile },
  { name: 'neither, a copy', env: { LOG_LEVEL: 'silent' } },
];

/**
 * Measures what metrics and the request log cost: the same server with neither, with metrics that are read once in each
 * round, and with a line in a file for each request. Rounds of 5 s read the metrics as often as Prometheus does by `scrape_interval: 5s`.
 */
export async function measureObservation(
  cases: readonly Case[],
  options: Options,
  databaseUrl: string,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-log-'));
  const observed = observedServers(join(folder, 'log'));
  const servers: ServerProcess[] = [];
  try {
    for (const how of observed) servers.push(await startServer('gateway', { databaseUrl, ...how }));
    const rows: Row[] = [];
    for (const { name, requests } of cases) {
      const loads = servers.map((server) => ({
        ...{ server, request: roundRobin(requests) },
        ...{ connections: options.connections, seconds: options.seconds },
        beside: readerOf(server, options.seconds),
      }));
      const rounds = { ...options, database: databaseOf(databaseUrl) };
      const [bare = [], ...others] = await measureRoundRobin(loads, rounds);
      for (const [n, samples] of others.entries())
        rows.push([n === 0 ? name : '', ...rowOf(observed[n + 1], samples, bare)]);
    }
    return toTable(
      ['case', 'with', 'requests/s', 'Node: CPU ms', 'requests/s', 'Node: CPU', 'target'],
      rows,
    );
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true });
  }
}

/** Reads the metrics in the middle of a round. */
function readerOf(
  { metricsUrl }: ServerProcess,
  seconds: number,
): (() => Promise<void>) | undefined {
  if (metricsUrl === undefined) return undefined;
  return async () => {
    await sleep(seconds * 500);
    const text = await (await fetch(metricsUrl)).text();
    if (!text.includes('items_gateway_request_seconds_count')) throw new Error('no metrics');
  };
}

const node = (sample: Sample): number => sample.node;
const perSecond = (sample: Sample): number => sample.perSecond;

function rowOf(
  how: Observed | undefined,
  samples: readonly Sample[],
  bare: readonly Sample[],
): Row {
  const speed = ratio(samples, bare, perSecond);
  const cost = ratio(samples, bare, node);
  const isMet = cost <= 1 + metricsTarget && speed >= 1 - metricsTarget;
  return [
    how?.name ?? '',
    fixed(median(samples.map(perSecond)), 0),
    fixed(median(samples.map(node)), 3),
    fixed(speed, 3, ' x'),
    fixed(cost, 3, ' x'),
    how?.target === undefined ? '' : `within ${how.target * 100}%: ${mark(isMet)}`,
  ];
}
