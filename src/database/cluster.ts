import { execFile } from 'node:child_process';
import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { runAs } from './binaries.ts';
import { StartupError } from './startup-error.ts';

const major = '18';
const initTime = 60_000;

/** The environment of PostgreSQL's programs: nothing of ours, for some variables would change what they do. */
export const cleanEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * The folder of the database files below the data folder, made if it is not there yet. Throws StartupError where
 * the folder cannot be used; what is in it is never deleted.
 */
export async function prepareCluster(dataDir: string, binaries: string): Promise<string> {
  const home = resolve(dataDir);
  const entries = await mkdir(home, { recursive: true, mode: 0o755 })
    .then(() => readdir(home))
    .catch((error) => {
      throw new StartupError(
        `The data folder ${home} cannot be used: ${reasonOf(error)}. Set DATA_DIR to another one.`,
      );
    });
  const cluster = join(home, 'postgres');
  if (!entries.includes('postgres')) {
    const foreign = entries.filter((name) => !/^(init-.*|postgres\.log)$/.test(name));
    if (foreign.length > 0) {
      throw new StartupError(
        `The data folder ${home} holds other things (${foreign[0]}). Set DATA_DIR to an empty folder.`,
      );
    }
    await makeCluster(home, binaries);
  }
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch((error) => {
    throw new StartupError(`The data folder ${home} cannot be read: ${reasonOf(error)}.`);
  });
  if (version.trim() !== major) {
    throw new StartupError(
      `The data folder ${home} is of PostgreSQL ${version.trim()}, and this is ${major}. Dump it with the old one, or set DATA_DIR to a new folder.`,
    );
  }
  return cluster;
}

/** Fills a folder of its own first, and gives it its name when it is whole: half of a database never bears it. */
async function makeCluster(home: string, binaries: string): Promise<void> {
  try {
    const fresh = await mkdtemp(join(home, 'init-'));
    if (runAs.uid !== undefined && runAs.gid !== undefined)
      await chown(fresh, runAs.uid, runAs.gid);
    await promisify(execFile)(
      join(binaries, 'bin/initdb'),
      [
        ...['-D', workingFolder(fresh), '--username=postgres', '--auth=trust', '--encoding=UTF8'],
        ...[
          '--locale=C',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
          '--no-instructions',
        ],
      ],
      { cwd: fresh, env: cleanEnvironment, timeout: initTime, ...runAs },
    );
    // Another process that was faster has the name already: then its database is the one.
    await rename(fresh, join(home, 'postgres')).catch(() =>
      rm(fresh, { recursive: true, force: true }),
    );
  } catch (error) {
    throw new StartupError(`No database can be made in ${home}: ${reasonOf(error)}`);
  }
}

/** A folder that a process enters before it becomes another user: by this name it may stand below a closed one. */
export const workingFolder = (folder: string): string =>
  process.platform === 'linux' ? '/proc/self/cwd' : folder;

/**
 * The postmaster that runs on the folder, if one does. A number that a crash left behind may have gone to another
 * process since; PostgreSQL would take that for its own kind and not start, so such a file goes.
 */
export async function runningPostmaster(cluster: string): Promise<number | undefined> {
  const file = join(cluster, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  if (process.platform !== 'linux') return pid;
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (place === undefined || place === (await realpath(cluster))) return pid;
  await rm(file, { force: true });
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a failed step says, in one line. */
export function reasonOf(error: unknown): string {
  const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'it is not a folder';
  if (code === 'ENOSPC') return 'the disk is full';
  const line = stderr?.split('\n').find((text) => /error|fatal/i.test(text));
  return line ?? message ?? String(error);
}
