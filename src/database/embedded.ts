import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findBinaries, runAs } from './binaries.ts';
import { cleanEnvironment, prepareCluster, runningPostmaster, workingFolder } from './cluster.ts';
import { StartupError } from './startup-error.ts';

export interface EmbeddedPostgres {
  /** What node-postgres needs to connect. */
  connection: { host: string; port: number; user: string; database: string };
  /** Resolves with a sentence if PostgreSQL ends without having been told to. */
  exited: Promise<string>;
  /** Ends it: open transactions are rolled back, what was committed is kept. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  /** Settings of PostgreSQL beyond ours. */
  settings?: Readonly<Record<string, string>>;
}

const port = 5432;
const startTime = 20_000;
const stopTime = 15_000;
const handOverTime = 5_000;
const maxLogBytes = 10 * 1024 * 1024;
/** What the path of a Unix socket may measure, on every platform. */
const maxSocketPath = 103;

const ownSettings = {
  listen_addresses: '',
  unix_socket_directories: '.',
  max_connections: '50',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

// The pipe on descriptor 3 is open as long as the process that started us lives and wants us: whatever ends it,
// the reader wakes and PostgreSQL shuts down. It is closed for PostgreSQL itself, or its children would hold it.
const watch = `"$@" 3<&- & server=$!
{ read -r _; kill -INT $server; } <&3 & reader=$!
exec 3<&-
wait $server; status=$?
kill $reader 2> /dev/null
exit $status`;

/**
 * Starts a PostgreSQL of its own on a folder: no TCP, only a socket that the folder's owner can reach, and gone when
 * this process is, even by `kill -9`. Throws StartupError where the folder is held or cannot be used.
 */
export async function startEmbedded({
  dataDir,
  settings = {},
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const cluster = await prepareCluster(dataDir, binaries);
  await awaitFree(cluster);
  const logFile = join(dirname(cluster), 'postgres.log');
  const owner = randomUUID();
  const child = await launch({
    cluster,
    binaries,
    logFile,
    settings: { ...ownSettings, ...settings, 'items.owner': owner },
  });
  const ended = once(child, 'exit').then(() => {});
  const connection = connectionTo(cluster, child.pid ?? process.pid);
  await awaitReady(connection, { child, logFile, cluster, owner });
  return {
    connection,
    exited: ended.then(async () => `PostgreSQL ended: ${await lastWords(logFile)}`),
    stop: () => stop(child, ended),
  };
}

/** The connection to the PostgreSQL that another process of ours runs on the folder, if one does. */
export async function findRunning(
  dataDir: string,
): Promise<EmbeddedPostgres['connection'] | undefined> {
  const cluster = join(resolve(dataDir), 'postgres');
  const pid = await runningPostmaster(cluster);
  return pid === undefined ? undefined : connectionTo(cluster, pid);
}

/** A socket's path may be too long for the system: then by way of a process that stands in the folder. */
function connectionTo(cluster: string, pid: number): EmbeddedPostgres['connection'] {
  const isShort = Buffer.byteLength(join(cluster, `.s.PGSQL.${port}`)) <= maxSocketPath;
  const host = isShort || process.platform !== 'linux' ? cluster : `/proc/${pid}/cwd`;
  return { host, port, user: 'postgres', database: 'postgres' };
}

/** Waits a moment for a server that is on its way out. */
async function awaitFree(cluster: string): Promise<void> {
  const deadline = Date.now() + handOverTime;
  for (;;) {
    const pid = await runningPostmaster(cluster);
    if (pid === undefined) return;
    if (Date.now() > deadline) throw heldBy(cluster, pid, await holderOf(pid));
    await sleep(50);
  }
}

const heldBy = (cluster: string, pid: number, holder: string): StartupError =>
  new StartupError(
    `The data folder ${dirname(cluster)} is in use by ${holder} (PostgreSQL is process ${pid}). Stop it, or set DATA_DIR to another folder.`,
  );

/** The process that started a postmaster: the parent of the shell that watches it. */
async function holderOf(postmaster: number): Promise<string> {
  const parentOf = async (pid: string) =>
    /^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '?';
  try {
    return `process ${await parentOf(await parentOf(String(postmaster)))}`;
  } catch {
    return 'another process';
  }
}

interface Launch {
  cluster: string;
  binaries: string;
  logFile: string;
  settings: Readonly<Record<string, string>>;
}

async function launch({ cluster, binaries, logFile, settings }: Launch): Promise<ChildProcess> {
  const size = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const log = await open(logFile, size > maxLogBytes ? 'w' : 'a');
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      watch,
      'items-gateway-postgres',
      join(binaries, 'bin/postgres'),
      '-D',
      workingFolder(cluster),
      ...flags,
    ],
    {
      cwd: cluster,
      env: cleanEnvironment,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
      // A Ctrl-C in the terminal is for us: we end PostgreSQL after the requests in flight.
      detached: true,
      ...runAs,
    },
  );
  child.on('error', () => {});
  child.stdio[3]?.on('error', () => {});
  await log.close();
  return child;
}

interface Started {
  child: ChildProcess;
  logFile: string;
  cluster: string;
  /** A word that only the server we started knows. */
  owner: string;
}

async function awaitReady(
  connection: EmbeddedPostgres['connection'],
  { child, logFile, cluster, owner }: Started,
): Promise<void> {
  const deadline = Date.now() + startTime;
  while (child.exitCode === null && child.pid !== undefined && Date.now() < deadline) {
    if ((await ownerOf(connection)) === owner) return;
    await sleep(20);
  }
  child.stdio[3]?.destroy();
  const pid = await runningPostmaster(cluster);
  if (child.exitCode !== null && pid !== undefined) throw heldBy(cluster, pid, await holderOf(pid));
  throw new StartupError(`PostgreSQL did not start: ${await lastWords(logFile)} (see ${logFile})`);
}

/** Whose server answers: of two that start at once on one folder, the other one's may. */
async function ownerOf(connection: EmbeddedPostgres['connection']): Promise<string | undefined> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: 2000,
    query_timeout: 2000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query("SELECT current_setting('items.owner') AS owner")).rows[0].owner;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The last line of the log that says what went wrong. */
async function lastWords(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const lines = text.trim().split('\n');
  return (
    lines.findLast((line) => /FATAL|PANIC|ERROR|error/.test(line)) ??
    lines.at(-1) ??
    'no reason was given'
  );
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null) return;
  child.stdio[3]?.destroy();
  const isOver = await Promise.race([
    ended.then(() => true),
    sleep(stopTime, false, { ref: false }),
  ]);
  if (!isOver && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
}
