import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartupError } from '../startup-error.ts';
import { findBinaries } from './binaries.ts';
import { isMade, makeCluster, ownerOf, refuseForeign, secure } from './cluster.ts';
import { lockHolder, releaseLock, takeLock } from './lock-file.ts';
import { postmasterOf, startPostmaster } from './postmaster.ts';
import { user } from './processes.ts';
import { openLog } from './server-log.ts';
import { isListening, port, socketFolder } from './socket.ts';
import { supervise } from './supervisor.ts';
import { waitUntil } from './wait-until.ts';

export interface EmbeddedPostgres {
  /** for node-postgres, in this process or another one of the same user */
  connection: typeof access & { host: string };
  /** resolves with a sentence if the server has ended and does not start any more; the folder is then free */
  exited: Promise<string>;
  /** Ends the server: its clients' connections break, what they committed is kept. 15 s at the most. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** made if it is missing; the database is in `postgres` there, its log in `postgres.log` */
  dataDir: string;
  /** PostgreSQL settings beyond ours, as `{ fsync: 'off' }` */
  settings?: Readonly<Record<string, string>>;
  /** hears, in a sentence, that the server ended by itself; it is being started again */
  onLoss?: (sentence: string) => void;
}

// With `ssl` and `options` said, PGSSLMODE and PGOPTIONS in our environment have no say.
const access = {
  port,
  user: 'postgres',
  database: 'postgres',
  ssl: false,
  options: ' ',
} as const;

/** Milliseconds that another server may take to leave the folder. */
const patience = 5_000;

/**
 * Starts a PostgreSQL server of our own on a data folder, which no other process can use meanwhile, and which
 * ends with this process however that ends. Should it end before, it is started again. Throws StartupError after
 * 5 s if another one has the folder, and at once if the folder or the system will not do.
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

/** The connection to the server that another process runs on a data folder, if one does. */
export async function findRunning(
  folder: string,
): Promise<EmbeddedPostgres['connection'] | undefined> {
  const cluster = join(resolve(folder), 'postgres');
  return (await isListening(cluster)) ? { ...access, host: socketFolder(cluster).host } : undefined;
}

async function start(options: Required<EmbeddedOptions>): Promise<EmbeddedPostgres> {
  const { dataDir, settings } = options;
  const cluster = join(dataDir, 'postgres');
  refuseForeign(dataDir);
  const owner = ownerOf(cluster);
  const binaries = await findBinaries(owner);
  // Before anything is written, to touch nothing of others; and again below, for it may be made meanwhile.
  isMade(cluster, binaries.major);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const held = [await lock(dataDir, cluster)];
  const letGo = () => {
    for (const close of held.reverse()) close();
  };
  try {
    const log = openLog(join(dataDir, 'postgres.log'));
    held.push(log.close);
    const plan = { cluster, owner, binaries, log, settings };
    if (!isMade(cluster, binaries.major)) await makeCluster(plan);
    secure(cluster, owner);
    const { host, close } = socketFolder(cluster);
    held.push(close);
    const connection = { ...access, host };
    const { over, stop } = await supervise(
      () => startPostmaster(plan, connection),
      (how) => options.onLoss(`PostgreSQL ended by itself with ${how} (log: ${log.path})`),
    );
    const exited = new Promise<string>((tell) => {
      over.then((sentence) => {
        letGo();
        if (sentence !== undefined) tell(sentence);
      });
    });
    return { connection, exited, stop };
  } catch (error) {
    letGo();
    throw error;
  }
}

/** Waits for whoever has the folder to leave it. Returns how to give it back. */
async function lock(dataDir: string, cluster: string): Promise<() => void> {
  const path = join(dataDir, 'postgres.lock');
  const locked = await waitUntil(() => takeLock(path), patience);
  const holder = locked ? undefined : lockHolder(path);
  // A server outlives a killed holder for a moment.
  const free = async () => !postmasterOf(cluster) && !(await isListening(cluster));
  if (locked && (await waitUntil(free, patience))) return () => releaseLock(path);
  if (locked) releaseLock(path);
  throw inUse(dataDir, holder, postmasterOf(cluster));
}

function inUse(dataDir: string, holder: number | undefined, postmaster: number | undefined): Error {
  const server = postmaster === undefined ? '' : ` (PostgreSQL, process ${postmaster})`;
  const who = holder === undefined ? 'another server' : `process ${holder}`;
  return new StartupError(
    `The data folder ${dataDir} is in use by ${who}${server}: ` +
      'stop that process, or set DATA_DIR to another folder.',
  );
}
