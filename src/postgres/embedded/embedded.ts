import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartupError } from '../startup-error.ts';
import { findBinaries } from './binaries.ts';
import {
  checkDataFolder,
  clusterExists,
  createCluster,
  createFolder,
  ownerOf,
  secure,
} from './cluster.ts';
import { lockHolder, releaseLock, takeLock } from './lock-file.ts';
import { postmasterOf, startPostmaster } from './postmaster.ts';
import { user } from './processes.ts';
import { openLog } from './server-log.ts';
import { isListening, port, socketFolder } from './socket.ts';
import { supervise } from './supervisor.ts';
import { waitUntil } from './wait-until.ts';

export interface EmbeddedPostgres {
  /** node-postgres' options, for this process or another one of the same user */
  connection: typeof access & { host: string };
  /** Resolves with the reason if the server ended and could not be restarted. The data folder is then unlocked. */
  exited: Promise<string>;
  /** Stops the server: connections break, committed data is kept. Takes at most 15 s. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Created if missing. Contains the database in `postgres` and its log in `postgres.log`. */
  dataDir: string;
  /** PostgreSQL settings, such as `{ fsync: 'off' }` */
  settings?: Readonly<Record<string, string>>;
  /** Called with the reason when the server ended by itself. It is being restarted. */
  onLoss?: (reason: string) => void;
}

// `ssl` and `options` override PGSSLMODE and PGOPTIONS in the environment.
const access = {
  port,
  user: 'postgres',
  database: 'postgres',
  ssl: false,
  options: ' ',
} as const;

/** Milliseconds to wait until another server releases the data folder. */
const lockTimeout = 5_000;

/**
 * Starts a PostgreSQL server on a data folder and locks the folder against other processes. The server ends with this
 * process, however that ends, and is restarted if it ends by itself. Throws StartupError after 5 s if another process
 * uses the folder, and at once if the folder or the system is not suitable.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  try {
    return await start({ settings: {}, onLoss: () => {}, ...options, dataDir });
  } catch (error) {
    if (error instanceof StartupError || !(error instanceof Error && 'code' in error)) throw error;
    throw new StartupError(
      `The data folder ${dataDir} cannot be used by user ${user.uid} (${error.message}): ` +
        'give that user the right to write there, or set DATA_DIR to another folder.',
    );
  }
}

/** The connection to the server of another process on a data folder, if one is running. */
export async function findRunning(
  folder: string,
): Promise<EmbeddedPostgres['connection'] | undefined> {
  const cluster = join(resolve(folder), 'postgres');
  return (await isListening(cluster)) ? { ...access, host: socketFolder(cluster).host } : undefined;
}

/** Whether a data folder has a database. Throws StartupError where it cannot be read. */
export function hasCluster(dataDir: string): boolean {
  try {
    return readdirSync(join(dataDir, 'postgres')).includes('PG_VERSION');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new StartupError(`The data folder ${dataDir} cannot be read: ${message}`);
  }
}

async function start(options: Required<EmbeddedOptions>): Promise<EmbeddedPostgres> {
  const { dataDir, settings } = options;
  const cluster = join(dataDir, 'postgres');
  checkDataFolder(dataDir);
  const owner = ownerOf(cluster);
  const binaries = await findBinaries(owner);
  // Checks before it writes anything, and again below: another process may have created the cluster meanwhile.
  clusterExists(cluster, binaries.major);
  createFolder(dataDir);
  const cleanups = [await lock(dataDir, cluster)];
  const release = () => {
    for (const cleanUp of cleanups.reverse()) cleanUp();
  };
  try {
    const log = openLog(join(dataDir, 'postgres.log'));
    cleanups.push(log.close);
    const config = { cluster, owner, binaries, log, settings };
    if (!clusterExists(cluster, binaries.major)) await createCluster(config);
    secure(cluster, owner);
    const { host, close } = socketFolder(cluster);
    cleanups.push(close);
    const connection = { ...access, host };
    const { ended, stop } = await supervise(
      () => startPostmaster(config, connection),
      (how) => options.onLoss(`PostgreSQL ended by itself with ${how} (log: ${log.path})`),
    );
    const exited = new Promise<string>((resolve) => {
      ended.then((reason) => {
        release();
        if (reason !== undefined) resolve(reason);
      });
    });
    return { connection, exited, stop };
  } catch (error) {
    release();
    throw error;
  }
}

/** Locks a data folder and waits until its last server has ended. Returns the function that unlocks it. */
async function lock(dataDir: string, cluster: string): Promise<() => void> {
  const path = join(dataDir, 'postgres.lock');
  const isLocked = await waitUntil(() => takeLock(path), lockTimeout);
  const holder = isLocked ? undefined : lockHolder(path);
  // The server of a killed process runs a moment longer.
  const isFree = async () => !postmasterOf(cluster) && !(await isListening(cluster));
  if (isLocked && (await waitUntil(isFree, lockTimeout))) return () => releaseLock(path);
  if (isLocked) releaseLock(path);
  throw inUseError(dataDir, holder, postmasterOf(cluster));
}

function inUseError(
  dataDir: string,
  holder: number | undefined,
  postmaster: number | undefined,
): Error {
  const server = postmaster === undefined ? '' : ` (PostgreSQL, process ${postmaster})`;
  const who = holder === undefined ? 'another server' : `process ${holder}`;
  return new StartupError(
    `The data folder ${dataDir} is in use by ${who}${server}: ` +
      'stop that process, or set DATA_DIR to another folder.',
  );
}
