import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StartupError } from '../startup-error.ts';
import { pathInside, type ServerConfig } from './cluster.ts';
import { type Child, spawnGuarded, startOf, worksIn } from './processes.ts';
import { port, socketName } from './socket.ts';
import { waitUntil } from './wait-until.ts';

/** Milliseconds that a start may take, recovery from a crash included. */
const readyTimeout = 120_000;
/** Milliseconds that the other processes of a killed postmaster may take to end. */
const orphanTimeout = 5_000;

const defaults = {
  max_connections: '50',
  shared_buffers: '128MB',
  // A statement has a process of its own already. With more processes than cores, short statements wait for long ones.
  max_parallel_workers: `${Math.min(8, availableParallelism() - 1)}`,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Statements contain customers' data, which must not be in the log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

// Cannot be overridden: a socket in the cluster's folder, which only its owner may enter, and no TCP.
const fixed = { listen_addresses: '', unix_socket_directories: '.', port: `${port}` };

/**
 * Starts PostgreSQL on a cluster that is not in use, and waits until it accepts connections. Throws StartupError with
 * the last error of its log. The child's id is the postmaster's.
 */
export async function startPostmaster(
  config: ServerConfig,
  connection: pg.ClientConfig,
): Promise<Child> {
  const { cluster, log } = config;
  const end = performance.now() + orphanTimeout;
  for (;;) {
    const child = launch(config);
    const failure = await waitUntilReady(child, cluster, connection);
    if (failure === undefined) return child;
    await shutDown(child);
    const reason = log.lastError().replaceAll(pathInside(cluster), cluster);
    // The shared memory of a killed postmaster is in use until its other processes have ended.
    if (!reason.includes('still in use') || performance.now() > end) {
      throw new StartupError(
        `PostgreSQL did not start in ${cluster} (${failure}): ${reason}. ` +
          `See ${log.path}, or set DATABASE_URL to use another server.`,
      );
    }
    await sleep(100);
  }
}

/** Waits until a launched server is ready. Returns the reason if it does not become ready. */
async function waitUntilReady(
  child: Child,
  cluster: string,
  connection: pg.ClientConfig,
): Promise<string | undefined> {
  let exit: string | undefined;
  child.ended.then((how) => {
    exit = how;
  });
  // Reads its pid file first: during recovery, each attempt to connect would add a line to its log.
  const isDecided = () => exit !== undefined || isReady(cluster, child.process.pid);
  if (!(await waitUntil(isDecided, readyTimeout)))
    return `not ready within ${readyTimeout / 1000} s`;
  return exit ?? (await connectionError(connection));
}

async function connectionError(connection: pg.ClientConfig): Promise<string | undefined> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function launch({ cluster, owner, binaries, log, settings }: ServerConfig): Child {
  removeStale(cluster);
  const flags = Object.entries({ ...defaults, ...settings, ...fixed });
  const command = [binaries.postgres, '-D', pathInside(cluster)];
  for (const [name, value] of flags) command.push('-c', `${name}=${value}`);
  return spawnGuarded(command, { cwd: cluster, as: owner, output: log.descriptor });
}

/** Stops a server within 15 s: by a fast shutdown, else by force, after which it recovers at its next start. */
export async function shutDown({ process: server, ended }: Child): Promise<void> {
  const steps = [
    ['SIGINT', 10_000],
    ['SIGQUIT', 4_000],
    ['SIGKILL', 1_000],
  ] as const;
  for (const [signal, limit] of steps) {
    server.kill(signal);
    const hasEnded = ended.then(() => true);
    if (await Promise.race([hasEnded, sleep(limit, false, { ref: false })])) return;
  }
}

/** The id of the running postmaster of a cluster. */
export function postmasterOf(cluster: string): number | undefined {
  const pid = Math.abs(Number(pidFile(cluster)[0] ?? 0));
  return startOf(pid) !== undefined && worksIn(pid, cluster) ? pid : undefined;
}

/** Whether the postmaster with that id accepts connections, by its pid file. */
function isReady(cluster: string, pid: number | undefined): boolean {
  const lines = pidFile(cluster);
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

function pidFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** Removes the lock files of an ended server. Its id may be another process's by now, and PostgreSQL would not start. */
function removeStale(cluster: string): void {
  for (const name of ['postmaster.pid', `${socketName}.lock`]) {
    rmSync(join(cluster, name), { force: true });
  }
}
