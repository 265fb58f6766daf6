import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type ServerName = 'ours' | 'ceiling' | 'typical' | 'bare';

/** A server in a process of its own. */
export interface ServerProcess {
  name: ServerName;
  port: number;
  /** The milliseconds of CPU that it has used so far; undefined where the system does not tell. */
  cpu(): number | undefined;
  /** The most memory that it ever held, in MB; undefined where the system does not tell. */
  peakMemory(): number | undefined;
  stop(): Promise<void>;
}

export interface StartOptions {
  databaseUrl: string;
  /** Flags of Node, before the script. */
  flags?: readonly string[];
}

const startTime = 30_000;
const stopTime = 10_000;
/** What Linux counts CPU time in: hundredths of a second. */
const tick = 10;

const inBench = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const typescript = ['--import', import.meta.resolve('tsx')];

/** The flags of `npm start`: between the command and the script. */
const startFlags = (): string[] => {
  const { scripts } = JSON.parse(readFileSync(inBench('../package.json'), 'utf8'));
  return scripts.start
    .replace(/^exec /, '')
    .split(' ')
    .slice(1, -1);
};

/** What `npm start` runs, and those that it is compared with. */
const commands: Record<ServerName, string[]> = {
  ours: [...startFlags(), inBench('../dist/main.js')],
  ceiling: [...typescript, inBench('ceiling.ts')],
  typical: [...typescript, inBench('typical.ts')],
  bare: [...typescript, inBench('bare.ts')],
};

/** Starts a server on a free port and waits until it says that it is ready. */
export async function startServer(
  name: ServerName,
  { databaseUrl, flags = [] }: StartOptions,
): Promise<ServerProcess> {
  const settings = { HOST: '127.0.0.1', PORT: '0', DEMO: 'off', RATE_LIMIT: '100000000' };
  const child = spawn(process.execPath, [...flags, ...commands[name]], {
    // Not ours: a `.env` there would be read.
    cwd: tmpdir(),
    env: { ...process.env, ...settings, LOG_LEVEL: 'warn', DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const abandon = () => void child.kill('SIGKILL');
  process.once('exit', abandon);
  child.once('exit', () => process.off('exit', abandon));
  try {
    const port = await readyPort(child, name);
    const { pid = 0 } = child;
    const stop = () => stopServer(child);
    return { name, port, cpu: () => cpuOf(pid), peakMemory: () => peakOf(pid), stop };
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

/** User and system time, from the fields after the command's name in brackets. */
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
