import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StartupError } from '../startup-error.ts';
import { here, type Plan } from './cluster.ts';
import { type Child, spawnGuarded, startOf, worksIn } from './processes.ts';
import { port, socketName } from './socket.ts';
import { waitUntil } from './wait-until.ts';

/** Milliseconds until a server that recovers from a crash must be ready. */
const readyLimit = 120_000;
/** Milliseconds that the processes of a postmaster which was killed may take to notice. */
const orphanLimit = 5_000;

const defaults = {
  max_connections: '50',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Statements and their values are the customers' business, not the log's.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

// What the way in depends on: a socket in the cluster's folder, which only its owner may enter, and no TCP.
const fixed = { listen_addresses: '', unix_socket_directories: '.', port: `${port}` };

/**
 * Starts PostgreSQL on a cluster that nobody serves, and waits until it answers. Throws StartupError with what
 * its log says. The child's id is the postmaster's.
 */
export async function startPostmaster(plan: Plan, connection: pg.ClientConfig): Promise<Child> {
  const { cluster, log } = plan;
  const end = performance.now() + orphanLimit;
  for (;;) {
    const child = launch(plan);
    const failure = await failureOf(child, cluster, connection);
    if (failure === undefined) return child;
    await shutDown(child);
    const word = log.lastWord().replaceAll(here(cluster), cluster);
    // The memory of a postmaster that was killed, which its other processes hold until they notice.
    if (!word.includes('still in use') || performance.now() > end) {
      throw new StartupError(
        `PostgreSQL did not start in ${cluster} (${failure}): ${word}. ` +
          `Mend what ${log.path} tells, or set DATABASE_URL to use another server.`,
      );
    }
    await sleep(100);
  }
}

/** Why a server that was launched is not ready; undefined when it is. */
async function failureOf(
  child: Child,
  cluster: string,
  connection: pg.ClientConfig,
): Promise<string | undefined> {
  let end: string | undefined;
  child.ended.then((how) => {
    end = how;
  });
  // What it says comes first: each attempt to connect while it recovers would be one more line in its log.
  const says = () => end !== undefined || isReady(cluster, child.process.pid);
  if (!(await waitUntil(says, readyLimit))) return `not ready within ${readyLimit / 1000} s`;
  return end ?? (await connectionError(connection));
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

function launch({ cluster, owner, binaries, log, settings }: Plan): Child {
  removeStale(cluster);
  const flags = Object.entries({ ...defaults, ...settings, ...fixed });
  const command = [binaries.postgres, '-D', here(cluster)];
  for (const [name, value] of flags) command.push('-c', `${name}=${value}`);
  return spawnGuarded(command, { cwd: cluster, as: owner, output: log.descriptor });
}

/** Fast at first, 15 s at the most: a server that does not heed is cut off, and recovers at its next start. */
export async function shutDown({ process: server, ended }: Child): Promise<void> {
  const steps = [
    ['SIGINT', 10_000],
    ['SIGQUIT', 4_000],
    ['SIGKILL', 1_000],
  ] as const;
  for (const [signal, limit] of steps) {
    server.kill(signal);
    const gone = ended.then(() => true);
    if (await Promise.race([gone, sleep(limit, false, { ref: false })])) return;
  }
}

/** The id of the living postmaster that serves a cluster. */
export function postmasterOf(cluster: string): number | undefined {
  const pid = Math.abs(Number(pidFile(cluster)[0] ?? 0));
  return startOf(pid) !== undefined && worksIn(pid, cluster) ? pid : undefined;
}

/** Whether the postmaster with that id says that it accepts connections. */
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

/** The id in a dead server's files may be another process's by now, which PostgreSQL would take for a server. */
function removeStale(cluster: string): void {
  for (const name of ['postmaster.pid', `${socketName}.lock`]) {
    rmSync(join(cluster, name), { force: true });
  }
}
