import * as fs from 'node:fs';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { StartupError } from '../startup-error.ts';
import type { Binaries } from './binaries.ts';
import { spawnGuarded, type User, user } from './processes.ts';
import type { ServerLog } from './server-log.ts';

/** The user that runs a new cluster if this process is root: PostgreSQL refuses to run as root. */
const nobody: User = { uid: 65534, gid: 65534 };

/** A cluster and the programs that run it. */
export interface ServerConfig {
  /** the folder of PostgreSQL's files */
  cluster: string;
  /** the owner of the cluster, who runs PostgreSQL */
  owner: User;
  binaries: Binaries;
  log: ServerLog;
  /** PostgreSQL settings that differ from our defaults */
  settings: Readonly<Record<string, string>>;
}

/**
 * The path of a cluster for a program that is started in it: on Linux the working directory, which is entered before
 * the user changes. The full path may lead through folders that only root may enter.
 */
export const pathInside = (cluster: string): string =>
  platform() === 'linux' ? '/proc/self/cwd' : cluster;

/** The owner of a cluster, or of a new one. Throws StartupError if this user may not run it. */
export function ownerOf(cluster: string): User {
  const stat = fs.statSync(cluster, { throwIfNoEntry: false });
  if (user.uid === 0) return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : nobody;
  if (!stat || stat.uid === user.uid) return user;
  throw new StartupError(
    `The database in ${cluster} belongs to user ${stat.uid}, and this is user ${user.uid}: ` +
      'run as that user, or set DATA_DIR to another folder.',
  );
}

/**
 * Creates a folder and the missing ones above it. Not by the option `recursive` of Node 20, which tries for ever where the
 * parent exists and nothing can be created in it, as in /proc.
 */
export function createFolder(path: string): void {
  try {
    createOne(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    createFolder(parent);
    createOne(path);
  }
}

/** Creates a folder whose parent exists, unless it exists itself. */
function createOne(path: string): void {
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** Throws StartupError if a data folder contains files of another program. */
export function checkDataFolder(dataDir: string): void {
  const names = list(dataDir).filter((name) => !name.startsWith('.') && name !== 'lost+found');
  const isDataFolder = names.some((name) => name === 'postgres' || name.startsWith('postgres.'));
  if (names.length === 0 || isDataFolder) return;
  throw new StartupError(
    `The data folder ${dataDir} contains files of another program (${names[0]}): ` +
      'set DATA_DIR to a new or empty folder.',
  );
}

/** Whether the cluster exists. Throws StartupError if it has another major version, or is not a cluster. */
export function clusterExists(cluster: string, major: string): boolean {
  const names = list(cluster);
  if (names.length === 0) return false;
  const version = names.includes('PG_VERSION')
    ? fs.readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
    : undefined;
  if (version === major) return true;
  if (version === undefined) {
    throw new StartupError(
      `${cluster} is not empty and not a PostgreSQL database: move it away, or set DATA_DIR to another folder.`,
    );
  }
  throw new StartupError(
    `The database in ${cluster} has PostgreSQL version ${version}, and this is version ${major}: ` +
      'take a backup with the gateway that created it and restore that with this one, or set DATA_DIR to another folder.',
  );
}

/** Creates a cluster under a temporary name and renames it when complete. Removes what an earlier attempt left. */
export async function createCluster({ cluster, ...config }: ServerConfig): Promise<void> {
  const fresh = `${cluster}.new`;
  fs.rmSync(fresh, { recursive: true, force: true, maxRetries: 10 });
  fs.mkdirSync(fresh, { mode: 0o700 });
  fs.chownSync(fresh, config.owner.uid, config.owner.gid);
  await initdb({ ...config, cluster: fresh });
  fs.renameSync(fresh, cluster);
  syncFolder(dirname(cluster));
}

async function initdb(config: ServerConfig): Promise<void> {
  // PostgreSQL's own C.UTF-8 sorts and compares, but pg_trgm asks the system's locale which characters are letters. With
  // plain C only ASCII letters are, and a search for a Cyrillic word would have no trigrams.
  for (const ctype of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const how = await runInitdb(config, ctype);
    if (how === 'exit code 0') return;
    const reason = config.log.lastError();
    if (reason.startsWith('invalid locale name')) continue;
    throw new StartupError(
      `The database in ${dirname(config.cluster)} could not be created (initdb, ${how}): ${reason}. ` +
        `See ${config.log.path}, or set DATABASE_URL to use another server.`,
    );
  }
}

function runInitdb(config: ServerConfig, ctype: string): Promise<string> {
  const { cluster, owner, binaries, log, settings } = config;
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-instructions'];
  if (settings.fsync === 'off') options.push('--no-sync');
  const where = ['-D', pathInside(cluster)];
  const command = [binaries.initdb, ...where, ...options, ...locale, `--lc-ctype=${ctype}`];
  const how = { cwd: cluster, as: owner, output: log.descriptor, timeout: 120_000 };
  return spawnGuarded(command, how).ended;
}

/** Sets owner and mode as PostgreSQL demands. A restored or copied cluster may belong to root, or be open to others. */
export function secure(cluster: string, { uid, gid }: User): void {
  if (fs.statSync(cluster).uid !== uid) {
    for (const entry of fs.readdirSync(cluster, { recursive: true, withFileTypes: true })) {
      fs.lchownSync(join(entry.parentPath, entry.name), uid, gid);
    }
    // Last, so that an interrupted attempt is repeated.
    fs.chownSync(cluster, uid, gid);
  }
  fs.chmodSync(cluster, 0o700);
}

function list(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function syncFolder(path: string): void {
  const folder = fs.openSync(path, 'r');
  fs.fsyncSync(folder);
  fs.closeSync(folder);
}
