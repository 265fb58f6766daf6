import * as fs from 'node:fs';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { StartupError } from '../startup-error.ts';
import type { Binaries } from './binaries.ts';
import { spawnGuarded, type User, user } from './processes.ts';
import type { ServerLog } from './server-log.ts';

/** Who PostgreSQL runs as where we are root, which it refuses: nobody, unless the cluster has an owner. */
const nobody: User = { uid: 65534, gid: 65534 };

/** What it takes to run PostgreSQL. */
export interface Plan {
  /** the folder of PostgreSQL's own files */
  cluster: string;
  /** who the cluster belongs to, and so who PostgreSQL runs as */
  owner: User;
  binaries: Binaries;
  log: ServerLog;
  /** what differs from our defaults */
  settings: Readonly<Record<string, string>>;
}

/**
 * Where a program started in a cluster's folder finds it. By way of its working directory, which is entered
 * before the user changes: the path itself may lead through folders that only root may enter.
 */
export const here = (cluster: string): string =>
  platform() === 'linux' ? '/proc/self/cwd' : cluster;

/** Who a cluster belongs to, or will. Throws StartupError where it is another user's. */
export function ownerOf(cluster: string): User {
  const stat = fs.statSync(cluster, { throwIfNoEntry: false });
  if (user.uid === 0) return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : nobody;
  if (!stat || stat.uid === user.uid) return user;
  throw new StartupError(
    `The database in ${cluster} belongs to user ${stat.uid}, and this is user ${user.uid}: ` +
      'run as that user, or set DATA_DIR to another folder.',
  );
}

/** Throws StartupError where a data folder is somebody's that is not ours. */
export function refuseForeign(dataDir: string): void {
  const names = list(dataDir).filter((name) => !name.startsWith('.') && name !== 'lost+found');
  const ours = names.some((name) => name === 'postgres' || name.startsWith('postgres.'));
  if (names.length === 0 || ours) return;
  throw new StartupError(
    `The data folder ${dataDir} holds something that is not this server's (${names[0]}): ` +
      'set DATA_DIR to a new or an empty folder.',
  );
}

/** Whether there is a cluster of that major version. Throws StartupError where there is something else. */
export function isMade(cluster: string, major: string): boolean {
  const names = list(cluster);
  if (names.length === 0) return false;
  const version = names.includes('PG_VERSION')
    ? fs.readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
    : undefined;
  if (version === major) return true;
  if (version === undefined) {
    throw new StartupError(
      `${cluster} is not empty and no PostgreSQL database: move it away, or set DATA_DIR to another folder.`,
    );
  }
  throw new StartupError(
    `The database in ${cluster} is one of PostgreSQL ${version}, and this is PostgreSQL ${major}: ` +
      'bring it over with pg_upgrade or a dump, or set DATA_DIR to another folder.',
  );
}

/** Makes a cluster. It gets its name only when it is complete; what an earlier attempt left is removed. */
export async function makeCluster({ cluster, ...plan }: Plan): Promise<void> {
  const fresh = `${cluster}.new`;
  fs.rmSync(fresh, { recursive: true, force: true, maxRetries: 10 });
  fs.mkdirSync(fresh, { mode: 0o700 });
  fs.chownSync(fresh, plan.owner.uid, plan.owner.gid);
  await initdb({ ...plan, cluster: fresh });
  fs.renameSync(fresh, cluster);
  syncFolder(dirname(cluster));
}

async function initdb(plan: Plan): Promise<void> {
  // PostgreSQL's own C.UTF-8 sorts and compares, but pg_trgm asks the system which characters are letters:
  // with plain C none beyond ASCII is, and a search for a Cyrillic word would find no trigram to look up.
  for (const letters of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const how = await runInitdb(plan, letters);
    if (how === 'exit code 0') return;
    const word = plan.log.lastWord();
    if (word.startsWith('invalid locale name')) continue;
    throw new StartupError(
      `No database could be made in ${dirname(plan.cluster)} (initdb, ${how}): ${word}. ` +
        `Mend what ${plan.log.path} tells, or set DATABASE_URL to use another server.`,
    );
  }
}

function runInitdb(plan: Plan, letters: string): Promise<string> {
  const { cluster, owner, binaries, log, settings } = plan;
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-instructions'];
  if (settings.fsync === 'off') options.push('--no-sync');
  const where = ['-D', here(cluster)];
  const command = [binaries.initdb, ...where, ...options, ...locale, `--lc-ctype=${letters}`];
  const how = { cwd: cluster, as: owner, output: log.descriptor, timeout: 120_000 };
  return spawnGuarded(command, how).ended;
}

/** Files restored by root are root's, and other users' eyes are let in by many a copy: PostgreSQL wants neither. */
export function secure(cluster: string, { uid, gid }: User): void {
  if (fs.statSync(cluster).uid !== uid) {
    for (const entry of fs.readdirSync(cluster, { recursive: true, withFileTypes: true })) {
      fs.lchownSync(join(entry.parentPath, entry.name), uid, gid);
    }
    // Last, so that an attempt cut short is made again.
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
