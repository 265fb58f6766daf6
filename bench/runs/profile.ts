import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type Load, runLoad } from '../load/load.ts';
import { startServer } from '../servers/server-process.ts';
import { fixed, toTable } from './table.ts';

interface ProfileNode {
  id: number;
  children?: number[];
  callFrame: { functionName: string; url: string; lineNumber: number };
}

/** The output of `node --cpu-prof`. Times are in microseconds of the system clock. */
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

/** Profiles the gateway under one case: the shares of packages and of functions, as a report. */
export async function profileCase(
  one: Pick<Load, 'request'> & { name: string },
  options: ProfileOptions,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'items-profile-'));
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'];
    const server = await startServer('gateway', { ...options, flags });
    const load = { ...options, port: server.port, request: one.request };
    await runLoad({ ...load, seconds: warmUpSeconds });
    const before = server.cpu() ?? Number.NaN;
    const from = now();
    const { requests } = await runLoad(load);
    const to = now();
    const cpu = ((server.cpu() ?? Number.NaN) - before) / requests;
    await server.stop();
    const profiles = await Promise.all(
      (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')),
    );
    // The supervisor has one too; the worker's is the longest.
    const [longest = ''] = profiles.sort((a, b) => b.length - a.length);
    const profile = JSON.parse(longest) as CpuProfile;
    return report(`${one.name}, ${requests} requests`, placesOf(profile, { from, to }), cpu);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const now = (): number => Number(process.hrtime.bigint() / 1000n);

/** A function and the package it belongs to. */
interface Place {
  owner: string;
  name: string;
  /** Microseconds on top of the stack. They include waiting for the CPU, so only shares are meaningful. */
  time: number;
}

function placesOf(
  { nodes, samples, timeDeltas, startTime }: CpuProfile,
  { from, to }: { from: number; to: number },
): Place[] {
  const places = new Map<number, Place>();
  const nodesById = new Map(nodes.map((node) => [node.id, node]));
  const walk = (id: number, caller: string) => {
    const node = nodesById.get(id);
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

/** Functions of Node count for the package that calls them. */
function placeOf({ callFrame }: ProfileNode, caller: string): Place {
  const { functionName, url, lineNumber } = callFrame;
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(url);
  const file = dependency?.[2] ?? /\/dist\/(.*)$/.exec(url)?.[1];
  const gateway = file && `gateway: ${file.split('/')[0]}`;
  const collector = functionName === '(garbage collector)' ? 'garbage collector' : undefined;
  const place = url === '' ? '' : ` ${file ?? url}:${lineNumber + 1}`;
  return {
    owner: dependency?.[1] ?? gateway ?? collector ?? caller,
    name: `${functionName || '(anonymous)'}${place}`,
    time: 0,
  };
}

/** `cpu` is the CPU time per request in ms. */
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
