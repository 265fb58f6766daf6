import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type ServerName = 'gateway' | 'ceiling' | 'typical' | 'bare';

/** A server in its own process. */
export interface ServerProcess {
  name: ServerName;
  port: number;
  /** The CPU time so far in ms, with the child processes; undefined except on Linux. */
  cpu(): number | undefined;
  /** The peak memory (RSS) in MB of the process that serves requests; undefined except on Linux. */
  peakMemory(): number | undefined;
  stop(): Promise<void>;
}

export interface StartOptions {
  databaseUrl: string;
  /** Node flags, before the script. */
  flags?: readonly string[];
  /** More settings. */
  env?: Record<string, string>;
  /** The checkout that the gateway runs from; this one by default. It must be built. */
  folder?: string | undefined;
}

const startTime = 30_000;
const stopTime = 10_000;
/** The ms of a tick, the unit of CPU time on Linux. */
const tick = 10;

const gatewayScript = 'dist/main.js';
const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url));
const typescript = ['--import', import.meta.resolve('tsx')];

/** The arguments of Node for each server. */
const commands: Record<ServerName, string[]> = {
  gateway: [inProject(gatewayScript)],
  ceiling: [...typescript, inProject('bench/servers/ceiling.ts')],
  typical: [...typescript, inProject('bench/servers/typical.ts')],
  bare: [...typescript, inProject('bench/servers/bare.ts')],
};

/** Starts a server on a free port and waits until it is ready. */
export async function startServer(
  name: ServerName,
  { databaseUrl, flags = [], env = {}, folder }: StartOptions,
): Promise<ServerProcess> {
  const command = folder === undefined ? commands[name] : [join(folder, gatewayScript)];
  const settings = { HOST: '127.0.0.1', PORT: '0', DEMO: 'off', RATE_LIMIT: '1000000' };
  const child = spawn(process.execPath, [...flags, ...command], {
    // The gateway would read a `.env` in the folder of the project.
    cwd: tmpdir(),
    env: { ...process.env, ...settings, ...env, LOG_LEVEL: 'warn', DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const abandon = () => void child.kill('SIGKILL');
  process.once('exit', abandon);
  child.once('exit', () => process.off('exit', abandon));
  try {
    const port = await readyPort(child, name);
    const { pid = 0 } = child;
    const stop = () => stopServer(child);
    // The gateway's first child serves requests. The others have their own CPU time: a supervisor and a standby.
    const pids = () => [pid, ...childrenOf(pid)];
    const cpu = () =>
      pids()
        .map(cpuOf)
        .reduce((sum, time) => (sum ?? 0) + (time ?? 0));
    const peakMemory = () => peakOf(childrenOf(pid)[0] ?? pid);
    return { name, port, cpu, peakMemory, stop };
  } catch (error) {
    abandon();
    throw error;
  }
}

async function readyPort(child: ChildProcess, name: string): Promise<number> {
  if (child.stdout === null) throw new Error('a server has an output');
  const lines = createInterface(child.stdout);
  const ready = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      const port = /^Ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
  const ended = once(child, 'exit').then(() => undefined);
  const port = await Promise.race([ready, ended, sleep(startTime, undefined, { ref: false })]);
  if (port === undefined) throw new Error(`The server '${name}' did not start.`);
  return port;
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hurry = setTimeout(() => child.kill('SIGKILL'), stopTime);
  await ended;
  clearTimeout(hurry);
}

const childrenOf = (pid: number): number[] =>
  (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);

/** User and system time: the 12th and 13th field after the command's name in brackets. */
function cpuOf(pid: number): number | undefined {
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) * tick;
}

function peakOf(pid: number): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
