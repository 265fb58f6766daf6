import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type Load, runLoad } from './load.ts';
import { startServer } from './process.ts';
import { fixed, toTable } from './table.ts';

interface ProfileNode {
  id: number;
  children?: number[];
  callFrame: { functionName: string; url: string; lineNumber: number };
}

/** What `node --cpu-prof` writes. Times are microseconds of the system's clock. */
interface CpuProfile {
  nodes: ProfileNode[];
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

export interface ProfileOptions {
  databaseUrl: string;
  seconds: number;
  connections: number;
}

const warmUpSeconds = 3;
const shown = 25;

/** Where the CPU time of our server goes under one case: the shares of packages and of functions, as a report. */
export async function profileCase(
  one: Pick<Load, 'request'> & { name: string },
  options: ProfileOptions,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'items-profile-'));
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'];
    const server = await startServer('ours', { ...options, flags });
    const load = { ...options, port: server.port, request: one.request };
    await runLoad({ ...load, seconds: warmUpSeconds });
    const before = server.cpu() ?? Number.NaN;
    const from = now();
    const { requests } = await runLoad(load);
    const to = now();
    const cpu = ((server.cpu() ?? Number.NaN) - before) / requests;
    await server.stop();
    const [file = ''] = await readdir(folder);
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
    return report(`${one.name}, ${requests} requests`, placesOf(profile, { from, to }), cpu);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const now = (): number => Number(process.hrtime.bigint() / 1000n);

/** A function and the package that it works for. */
interface Place {
  owner: string;
  name: string;
  /** Microseconds on top of the stack; while others have the CPU they run on, so only shares mean something. */
  time: number;
}

function placesOf(
  { nodes, samples, timeDeltas, startTime }: CpuProfile,
  { from, to }: { from: number; to: number },
): Place[] {
  const places = new Map<number, Place>();
  const known = new Map(nodes.map((node) => [node.id, node]));
  const walk = (id: number, caller: string) => {
    const node = known.get(id);
    if (node === undefined) return;
    const place = placeOf(node, caller);
    places.set(id, place);
    for (const child of node.children ?? []) walk(child, place.owner);
  };
  walk(nodes[0]?.id ?? 0, 'Node');
  let time = startTime;
  samples.forEach((id, n) => {
    time += timeDeltas[n] ?? 0;
    const place = places.get(id);
    if (place && time >= from && time <= to) place.time += timeDeltas[n + 1] ?? 0;
  });
  return [...places.values()].filter(({ name }) => !name.startsWith('(idle)'));
}

/** What is Node's own counts for the package that called it. */
function placeOf({ callFrame }: ProfileNode, caller: string): Place {
  const { functionName, url, lineNumber } = callFrame;
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(url);
  const file = dependency?.[2] ?? /\/dist\/(.*)$/.exec(url)?.[1];
  const ours = file && `ours: ${file.split('/')[0]}`;
  const collector = functionName === '(garbage collector)' ? 'garbage collector' : undefined;
  const place = url === '' ? '' : ` ${file ?? url}:${lineNumber + 1}`;
  return {
    owner: dependency?.[1] ?? ours ?? collector ?? caller,
    name: `${functionName || '(anonymous)'}${place}`,
    time: 0,
  };
}

/** `cpu` is the milliseconds of CPU that a request took. */
function report(title: string, places: readonly Place[], cpu: number): string {
  const total = places.reduce((sum, { time }) => sum + time, 0);
  const table = (head: string, nameOf: (place: Place) => string) => {
    const sums = new Map<string, number>();
    for (const place of places) {
      sums.set(nameOf(place), (sums.get(nameOf(place)) ?? 0) + place.time / total);
    }
    const largest = [...sums].sort(([, a], [, b]) => b - a).slice(0, shown);
    const rows = largest.map(([name, share]) => [name, fixed(share * 100), fixed(share * cpu, 3)]);
    return toTable([head, '%', 'CPU ms/request'], rows);
  };
  return [
    `${title}, ${fixed(cpu, 3)} ms of CPU each`,
    table('package, with what it calls of Node', ({ owner }) => owner),
    table('function alone', ({ owner, name }) => `${owner}: ${name}`),
  ].join('\n\n');
}
