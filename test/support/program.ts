import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, vi } from 'vitest';
import { createClient } from './client.ts';
import { addCleanup, newFolder } from './folders.ts';
import { project, startTimeout } from './platform.ts';

/** The end of a program, with its output. */
export interface Exit {
  /** such as 'exit code 0' or 'signal SIGKILL' */
  how: string;
  stdout: string;
  stderr: string;
  /** milliseconds from its start to its end */
  took: number;
}

export interface Program {
  /** Stops reading, like `| head`. */
  closeStdout(): void;
  pid: number;
  /** the output so far */
  stdout(): string;
  stderr(): string;
  send(signal: NodeJS.Signals): void;
  ended: Promise<Exit>;
}

export interface Server extends Program {
  url: string;
  /** the folder that it was started in */
  folder: string;
  end(signal?: NodeJS.Signals): Promise<Exit>;
}

export interface Launch {
  /** the working directory; the data folder is `data` in it */
  folder: string;
  /** the root folder of another, built project to run instead of this one */
  program?: string;
  env?: Record<string, string | undefined>;
  as?: { uid: number; gid: number };
  /** true for a process group of its own, which a terminal would signal */
  inOwnGroup?: boolean;
}

/** Builds this project. Without parameters, which vitest would take for fixtures. */
export const build = (): void => bundle(project);

/** Builds a project if a source is newer than its last build. Throws with the bundler's output. */
export function bundle(program: string): void {
  const timeOf = (path: string) => fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = fs.readdirSync(join(program, 'src'), { recursive: true, encoding: 'utf8' });
  const newest = Math.max(...sources.map((path) => timeOf(join(program, 'src', path))));
  if (timeOf(join(program, 'dist/main.js')) > newest) return;
  const how = { cwd: program, encoding: 'utf8' } as const;
  const words = ['--import', 'tsx', 'scripts/build.ts'];
  const { status, stderr } = spawnSync(process.execPath, words, how);
  if (status !== 0) throw new Error(`The program cannot be built:\n${stderr}`);
}

/** A copy of this built project, to be changed. Returns its root folder. */
export function copyOfProgram(): string {
  const root = newFolder();
  for (const name of ['package.json', 'dist', 'prisma'])
    fs.cpSync(join(project, name), join(root, name), { recursive: true });
  fs.symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  return root;
}

type Script =
  | 'start'
  | 'keys'
  | 'migrate'
  | 'webhooks'
  | 'import'
  | 'export'
  | 'backup'
  | 'restore'
  | 'move'
  | 'doctor';

/** The words of `npm run <name>` that come after `node`, to be run from any folder. */
function wordsOf(name: Script, program: string): string[] {
  const { scripts } = JSON.parse(fs.readFileSync(join(program, 'package.json'), 'utf8'));
  const words = scripts[name].replace(/^(exec )?node /, '').split(' ');
  return words.map((word: string) => (word.startsWith('dist/') ? join(program, word) : word));
}

/** A log without the lines of requests. */
const withoutRequests = (log: string): string =>
  log.replace(/^\{.*"msg":"(slow )?request"\}\n/gm, '');

/** Runs what an npm script runs. Nothing of our own environment, but for the paths, reaches it. */
export function launch(
  script: Script,
  { folder, program = project, env = {}, as, inOwnGroup = false }: Launch,
  ...more: string[]
): Program {
  const began = performance.now();
  const child = spawn(process.execPath, [...wordsOf(script, program), ...more], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: tmpdir(), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: inOwnGroup,
    ...as,
  });
  addCleanup(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  // Not 'exit', which can come before the output has been read.
  const ended = once(child, 'close').then(([code, signal]) => ({
    how: signal === null ? `exit code ${code}` : `signal ${signal}`,
    stdout: said.stdout,
    stderr: withoutRequests(said.stderr),
    took: performance.now() - began,
  }));
  return {
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    stderr: () => withoutRequests(said.stderr),
    send: (signal) => void child.kill(signal),
    closeStdout: () => void child.stdout.destroy(),
    ended,
  };
}

/** Starts the server and waits until it is ready. Throws with its output if it ends instead. */
export async function start(how: Launch): Promise<Server> {
  const program = launch('start', how);
  let ended: Exit | undefined;
  program.ended.then((end) => {
    ended = end;
  });
  const urlOf = (text: string) => /^Ready on (\S+)\n/m.exec(text)?.[1];
  const url = await vi.waitUntil(() => ended ?? urlOf(program.stdout()), {
    timeout: startTimeout,
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

/** Expects that a program did not start, and returns its error: one line. */
export function startupErrorOf({ how, stdout, stderr }: Exit): string {
  expect({ how, stdout }).toEqual({ how: 'exit code 1', stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return stderr.trim();
}

interface Call {
  key?: string;
  method?: string;
  body?: object;
}

/** Sends a REST request to a server, by default with the demo key. */
export const call = <Data = unknown>(
  { url }: Pick<Server, 'url'>,
  path: string,
  { key, method = 'GET', body }: Call = {},
) =>
  createClient((way, init) => fetch(`${url}${way}`, init), key).rest<Data>(method, path, {
    ...(body && { body }),
  });

/** The path of a board of the demo. */
export const board = '/boards/board_abc123';

/** Creates an item and returns its id. */
export async function write(server: Server, title: string): Promise<string> {
  const how = { method: 'POST', body: { title } };
  const { status, body } = await call<{ id: string }>(server, `${board}/items`, how);
  expect(status).toBe(201);
  return body.data.id;
}
