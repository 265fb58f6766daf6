import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, inject, vi } from 'vitest';
import { createClient } from './client.ts';

export const project = fileURLToPath(new URL('../..', import.meta.url));
export const nobody = { uid: 65534, gid: 65534 };
export const isLinux = process.platform === 'linux';
export const isRoot = process.getuid?.() === 0;
/** Whether another user could run this project at all. */
export const isReadable =
  isRoot &&
  spawnSync(process.execPath, ['-p', `fs.readdirSync('${project}')`], nobody).status === 0;

/** Milliseconds that a start may take: it takes a few seconds, and many times that on a busy machine. */
export const patience = 60_000;
/** The same for what takes no more than the five seconds after which a start gives up. */
export const soon = 30_000;
/** For `vi.setConfig`, where a test starts one after the other. */
export const patient = { testTimeout: 2 * patience, hookTimeout: 2 * patience };

/** How a program ended, and all that it said. */
export interface Ended {
  /** 'exit code 0', 'signal SIGKILL' */
  how: string;
  stdout: string;
  stderr: string;
  /** milliseconds from its start to its end */
  took: number;
}

export interface Program {
  pid: number;
  /** what it has said so far */
  stdout(): string;
  stderr(): string;
  send(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

export interface Server extends Program {
  url: string;
  /** the folder that it was started in */
  folder: string;
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface Launch {
  /** the folder that the program is started in; its data are in `data` there */
  folder: string;
  /** the folder of the project that is run, if not this one; it is built already */
  program?: string;
  env?: Record<string, string | undefined>;
  as?: { uid: number; gid: number };
}

const undo: (() => unknown)[] = [];

/** Ends and removes, in reverse, what this module made. */
export async function tidyUp(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

/** A new folder that only we may enter. */
export function newFolder(): string {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'program-'));
  undo.push(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Returns how to get copies of a folder that is filled once, when the first copy is asked for. */
export function copiesOf(fill: (folder: string) => Promise<unknown>): () => Promise<string> {
  let made: Promise<string> | undefined;
  return async () => {
    made ??= (async () => {
      const original = newFolder();
      await fill(original);
      return original;
    })();
    const folder = newFolder();
    fs.cpSync(await made, folder, { recursive: true });
    return folder;
  };
}

/** Compiles this project. Without parameters, which vitest would take for fixtures. */
export const build = (): void => compile(project);

/** Compiles a project if a source is newer than its last build. Throws with the compiler's output. */
export function compile(program: string): void {
  const timeOf = (path: string) => fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = fs.readdirSync(join(program, 'src'), { recursive: true, encoding: 'utf8' });
  const newest = Math.max(...sources.map((path) => timeOf(join(program, 'src', path))));
  if (
    fs.existsSync(join(program, 'dist/main.js')) &&
    timeOf(join(program, 'dist/.tsbuildinfo')) > newest
  )
    return;
  const compiler = join(program, 'node_modules/.bin/tsc');
  const how = { cwd: program, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(
    compiler,
    ['-p', 'tsconfig.build.json', '--noEmitOnError'],
    how,
  );
  if (status !== 0) throw new Error(`The program cannot be compiled:\n${stdout}`);
}

/** The words of `npm run <name>` that come after `node`, to be run from any folder. */
function wordsOf(name: 'start' | 'keys' | 'migrate', program: string): string[] {
  const { scripts } = JSON.parse(fs.readFileSync(join(program, 'package.json'), 'utf8'));
  const words = scripts[name].replace(/^(exec )?node /, '').split(' ');
  return words.map((word: string) => (word.startsWith('dist/') ? join(program, word) : word));
}

/** Runs what an npm script runs. Nothing of our own environment, but for the paths, reaches it. */
export function launch(
  script: 'start' | 'keys' | 'migrate',
  { folder, program = project, env = {}, as }: Launch,
  ...more: string[]
): Program {
  const began = performance.now();
  const child = spawn(process.execPath, [...wordsOf(script, program), ...more], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: tmpdir(), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  });
  undo.push(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  // Not 'exit', which can come before the output has been read.
  const ended = once(child, 'close').then(([code, signal]) => ({
    how: signal === null ? `exit code ${code}` : `signal ${signal}`,
    ...said,
    took: performance.now() - began,
  }));
  return {
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    send: (signal) => void child.kill(signal),
    ended,
  };
}

/** Starts the server and waits until it says that it is ready. Throws what it said if it ends instead. */
export async function start(how: Launch): Promise<Server> {
  const program = launch('start', how);
  let ended: Ended | undefined;
  program.ended.then((end) => {
    ended = end;
  });
  const urlOf = (text: string) => /^Ready on (\S+)\n/m.exec(text)?.[1];
  const url = await vi.waitUntil(() => ended ?? urlOf(program.stdout()), {
    timeout: patience,
    interval: 10,
  });
  if (typeof url !== 'string') throw new Error(`It ended with ${url.how}: ${url.stderr}`);
  return {
    ...program,
    url,
    folder: how.folder,
    end: (signal = 'SIGTERM') => {
      program.send(signal);
      return program.ended;
    },
  };
}

/** Expects that a program gave up with one line for a person, and returns it. */
export function refusalOf({ how, stdout, stderr }: Ended): string {
  expect({ how, stdout }).toEqual({ how: 'exit code 1', stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return stderr.trim();
}

interface Call {
  key?: string;
  method?: string;
  body?: object;
}

/** Sends a request through a server's REST door, with the demo world's key where none is given. */
export const call = <Data = unknown>(
  { url }: Pick<Server, 'url'>,
  path: string,
  { key, method = 'GET', body }: Call = {},
) =>
  createClient((way, init) => fetch(`${url}${way}`, init), key).rest<Data>(method, path, {
    ...(body && { body }),
  });

/** A board of the demo world. */
export const board = '/boards/board_abc123';

/** Resolves with the new item's id once the server has acknowledged it. */
export async function write(server: Server, title: string): Promise<string> {
  const how = { method: 'POST', body: { title } };
  const { status, body } = await call<{ id: string }>(server, `${board}/items`, how);
  expect(status).toBe(201);
  return body.data.id;
}

/** The ids of what works in a folder or below it: PostgreSQL's processes, and the shells that watch them. */
export function processesIn(folder: string): number[] {
  const worksThere = (pid: string) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`);
    } catch {
      return false;
    }
  };
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && worksThere(name))
    .map(Number);
}

/** Waits until nothing works in a folder or below it. */
export const untilNothingRuns = (folder: string): Promise<void> =>
  vi.waitFor(() => expect(processesIn(folder)).toEqual([]), { timeout: 5000, interval: 20 });

/** Runs statements, and returns the last one's values. */
export async function query(
  connection: pg.ClientConfig,
  ...statements: string[]
): Promise<unknown[]> {
  const client = new pg.Client(connection);
  // A server that is killed fails the statement, and then the connection as well.
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const text of statements) rows = (await client.query({ text, rowMode: 'array' })).rows;
    return rows.flat();
  } finally {
    await client.end();
  }
}

/** The way into the database that a server runs by itself. */
export const insideOf = (folder: string): pg.ClientConfig => ({
  host: join(folder, 'data/postgres'),
  user: 'postgres',
  database: 'postgres',
});

/** The name of a new and empty database on the suite's server. */
export async function newDatabase(): Promise<string> {
  const database = `items_${randomBytes(8).toString('hex')}`;
  await query(inject('server'), `CREATE DATABASE ${database}`);
  undo.push(() => query(inject('server'), `DROP DATABASE ${database} WITH (FORCE)`));
  return database;
}

/** The id of the postmaster of a data folder. */
export const postmasterOf = (dataDir: string): number =>
  Number(fs.readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

/** The id of the postmaster of the database that a server runs by itself. */
export const postmasterIn = (folder: string): number => postmasterOf(join(folder, 'data'));

/** A database server, the suite's where none is given, as a DATABASE_URL. */
export function urlOf(
  change: { user?: string; database: string },
  server: pg.ClientConfig = inject('server'),
): string {
  const { host = '', port, user, password } = server;
  const url = new URL(`postgresql://localhost:${port}/${change.database}`);
  url.username = change.user ?? user ?? '';
  url.password = typeof password === 'string' ? password : 'geheim';
  if (host.startsWith('/')) url.searchParams.set('host', host);
  else url.hostname = host;
  return url.href;
}
