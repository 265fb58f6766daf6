import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { page } from '../cases/read-cases.ts';
import { get, graphql } from '../cases/request.ts';
import { HttpConnection } from '../load/http-connection.ts';
import { median } from '../load/load.ts';
import type { Options } from '../options.ts';
import { readPlaces } from '../servers/server-process.ts';
import { fixed, mark, type Row, toTable } from './table.ts';

/** The target of a start to Ready in ms. */
const target = 1000;

/** The demo: each version fills its own data folder with it. */
const key = 'YOUR_API_KEY';
const boardId = 'board_abc123';
const item = `/api/crm/boards/${boardId}/items/item_001`;

/** A version of the gateway and its data folder. */
interface Version {
  name: string;
  folder: string;
  dataDir: string;
}

/** The times of a start in ms: to Ready, and from then on to the response of each request. */
interface Start {
  ready: number;
  get: number;
  page: number;
}

const sum = ({ ready, get, page }: Start): number => ready + get + page;

/** Measures `npm start` with data there, beside that of the version in the folder `against`, in turns, as a report. */
export async function measureStarts({ rounds, against }: Options): Promise<string> {
  const folder = fileURLToPath(new URL('../../', import.meta.url));
  const dataDir = () => mkdtempSync(join(tmpdir(), 'items-bench-'));
  const versions: Version[] = [{ name: 'this version', folder, dataDir: dataDir() }];
  if (against !== undefined)
    versions.unshift({ name: 'the other version', folder: resolve(against), dataDir: dataDir() });
  try {
    // The first start fills the folder, and the second one finds it in the cache of the system.
    for (const version of [...versions, ...versions]) await measureStart(version);
    const starts = versions.map((): Start[] => []);
    for (let round = 0; round < rounds; round += 1)
      for (const [n, version] of versions.entries()) starts[n]?.push(await measureStart(version));
    return report(versions, starts);
  } finally {
    for (const version of versions) rmSync(version.dataDir, { recursive: true, force: true });
  }
}

async function measureStart({ folder, dataDir }: Version): Promise<Start> {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: {
      ...process.env,
      ...{ DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'warn' },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    const { port } = await readPlaces(child, 'gateway');
    const ready = performance.now();
    const connection = await HttpConnection.open(port);
    const take = async (request: Buffer) => {
      const { status, body } = await connection.send(request);
      if (status !== 200) throw new Error(`a first request failed: ${body}`);
      return performance.now();
    };
    const got = await take(get(item, key));
    const paged = await take(graphql(page, { boardId }, { key }));
    connection.close();
    return { ready: ready - began, get: got - ready, page: paged - got };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function report(versions: readonly Version[], starts: readonly Start[][]): string {
  const rows = versions.map(({ name }, n): Row => {
    const middle = (pick: (start: Start) => number) =>
      fixed(median((starts[n] ?? []).map(pick)), 0);
    return [
      ...[name, middle(({ ready }) => ready), middle(({ get }) => get)],
      ...[middle(({ page }) => page), middle(sum)],
    ];
  });
  const own = starts.at(-1) ?? [];
  const ready = median(own.map((one) => one.ready));
  const lines = [
    `Ready after ${fixed(ready, 0)} ms (target <= ${target}: ${mark(ready <= target)}).`,
  ];
  if (starts.length > 1) {
    const ratio = (pick: (start: Start) => number) =>
      fixed(median(own.map((one, n) => pick(one) / pick(starts[0]?.[n] ?? one))), 2, ' x');
    lines.push(
      `Beside the other version: Ready ${ratio((one) => one.ready)}, both responses ${ratio(sum)}.`,
    );
  }
  const head = ['npm start of', 'Ready: ms', 'then a get', 'then a page', 'all'];
  return [toTable(head, rows), lines.join('\n')].join('\n\n');
}
