import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  endAll,
  type Home,
  hold,
  insideOfHolder,
  letGo,
  newHome,
  newTemporaryFolder,
  refusalIn,
  startIn,
} from '../support/folder-holders.ts';
import {
  isLinux,
  isReadable,
  isRoot,
  newFolder,
  nobody,
  patient,
  processesIn,
  query,
  soon,
  tidyUp,
  untilNothingRuns,
} from '../support/program.ts';

vi.setConfig(patient);
afterEach(endAll);
afterAll(tidyUp);

// To make a database, or to copy one, takes ten times as long as to start it. So these tests come one after the
// other on one folder, and leave it whole; embedded.chaos.ts breaks folders.
const dataDir = newFolder();
beforeAll(async () => (await startIn(dataDir)).stop());

describe('the embedded PostgreSQL', () => {
  it('starts and answers, without TCP, durable, in UTC and UTF-8', async () => {
    const server = await startIn(dataDir, { settings: {} });
    const said = ['fsync', 'listen_addresses', 'TimeZone', 'server_encoding', 'max_connections'];
    const columns = said.map((name) => `current_setting('${name}')`).join(', ');
    const answer = await query(server.connection, `SELECT ${columns}`);
    expect(answer).toEqual(['on', '', 'UTC', 'UTF8', '50']);
  });

  it('finds trigrams in words of any script', async () => {
    const { connection } = await startIn(dataDir);
    await query(connection, 'CREATE EXTENSION pg_trgm');
    const answer = await query(connection, "SELECT cardinality(show_trgm('слово')), lower('ÉЛ')");
    expect(answer).toEqual([6, 'éл']);
  });

  it('keeps its data when it is stopped and started again', async () => {
    const first = await startIn(dataDir);
    await query(first.connection, 'CREATE TABLE kept AS SELECT 42 AS number');
    await Promise.all([first.stop(), first.stop()]);
    const second = await startIn(dataDir);
    expect(await query(second.connection, 'SELECT number FROM kept')).toEqual([42]);
  });

  it.runIf(isLinux)('leaves no process and no socket behind when it is stopped', async () => {
    const server = await startIn(dataDir);
    expect(processesIn(dataDir)).not.toEqual([]);
    await server.stop();
    await untilNothingRuns(dataDir);
    const left = fs.readdirSync(join(dataDir, 'postgres'));
    expect(left.filter((name) => /^\.s\.|postmaster.pid/.test(name))).toEqual([]);
  });

  it('says nothing of an end that was asked for', async () => {
    const server = await startIn(dataDir);
    let said = false;
    server.exited.then(() => {
      said = true;
    });
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(said).toBe(false);
  });

  it('lets no second process serve its folder, and tells which one does', async () => {
    const holder = await hold(dataDir);
    const started = performance.now();
    const message = await refusalIn(dataDir);
    expect(performance.now() - started).toBeLessThan(soon);
    for (const part of [dataDir, `process ${holder.process.pid}`, 'DATA_DIR']) {
      expect(message).toContain(part);
    }
    await letGo(holder);
  });

  it.runIf(isLinux)('works below a path that is too long for a socket', async () => {
    const deep = join(newFolder(), 'a'.repeat(120), 'b'.repeat(120));
    const server = await startIn(deep);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
  });

  it.runIf(isRoot)('serves files that root restored from a backup', async () => {
    const restored = newFolder();
    fs.cpSync(dataDir, restored, { recursive: true });
    const cluster = join(restored, 'postgres');
    expect(fs.statSync(join(cluster, 'base')).uid).toBe(0);
    fs.chmodSync(cluster, 0o755);
    const server = await startIn(restored);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
    expect(fs.statSync(cluster).mode & 0o777).toBe(0o700);
  });

  it('empties a log that has grown large', async () => {
    const log = join(dataDir, 'postgres.log');
    fs.writeFileSync(log, 'x'.repeat(11_000_000));
    await (await startIn(dataDir)).stop();
    expect(fs.statSync(log).size).toBeLessThan(100_000);
  });
});

describe('a data folder that will not do', () => {
  it('is refused and not touched when it holds something else', async () => {
    const dataDir = newFolder();
    fs.writeFileSync(join(dataDir, 'letter.txt'), 'Dear …');
    expect(await refusalIn(dataDir)).toContain('letter.txt');
    expect(fs.readdirSync(dataDir)).toEqual(['letter.txt']);
  });

  it('is refused and not touched when what should be the database is none', async () => {
    const dataDir = newFolder();
    fs.mkdirSync(join(dataDir, 'postgres'));
    fs.writeFileSync(join(dataDir, 'postgres/letter.txt'), 'Dear …');
    expect(await refusalIn(dataDir)).toContain(join(dataDir, 'postgres'));
    expect(fs.readdirSync(dataDir, { recursive: true }).sort()).toEqual([
      'postgres',
      'postgres/letter.txt',
    ]);
  });

  it('is refused when it is of another version', async () => {
    const dataDir = newFolder();
    fs.mkdirSync(join(dataDir, 'postgres'), { mode: 0o700 });
    fs.writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '17\n');
    expect(await refusalIn(dataDir)).toMatch(/17.*18.*dump/i);
  });

  it('is refused when it is a file, or cannot be made', async () => {
    const file = join(newFolder(), 'file');
    fs.writeFileSync(file, '');
    expect(await refusalIn(file)).toContain(file);
    expect(await refusalIn(join(file, 'data'))).toContain(join(file, 'data'));
  });

  it('is refused with the words of the log when PostgreSQL does not start', async () => {
    const control = join(dataDir, 'postgres/global/pg_control');
    fs.renameSync(control, `${control}.away`);
    try {
      expect(await refusalIn(dataDir)).toContain('pg_control');
    } finally {
      fs.renameSync(`${control}.away`, control);
    }
  });
});

/** A folder of another user below one of ours that lets everyone pass. */
function folderOf(user: typeof nobody): string {
  const parent = newFolder();
  fs.chmodSync(parent, 0o755);
  const folder = join(parent, 'data');
  fs.mkdirSync(folder, { mode: 0o700 });
  if (isRoot) fs.chownSync(folder, user.uid, user.gid);
  return folder;
}

const nobodysFolder = folderOf(nobody);

describe.runIf(isReadable)('as an ordinary user', () => {
  it('starts and answers', async () => {
    const holder = await hold(nobodysFolder, { as: nobody });
    expect(await query(insideOfHolder(holder), 'SELECT 1')).toEqual([1]);
    await letGo(holder);
  });

  it('refuses a folder that it may not write', async () => {
    const other = join(dirname(nobodysFolder), 'other');
    const { name, message } = await hold(other, { as: nobody });
    expect(name).toBe('StartupError');
    expect(message).toContain(other);
  });
});

describe.runIf(isLinux)('the programs', () => {
  let home: Home;
  beforeAll(() => {
    home = newHome();
  });

  const links = () =>
    fs
      .readdirSync(join(home.native, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => join(home.native, 'lib', entry.name));

  // As they are freshly installed without install scripts.
  beforeEach(() => {
    for (const link of links()) fs.rmSync(link);
  });

  it('get the links that their install script would have made', async () => {
    const temporary = newTemporaryFolder();
    const holder = await hold(dataDir, { home: home.root, env: { TMPDIR: temporary } });
    expect(holder).toHaveProperty('connection');
    expect(links()).not.toEqual([]);
    expect(fs.readdirSync(temporary).filter((name) => name.includes('postgres'))).toEqual([]);
    await letGo(holder);
  });

  it.runIf(isRoot)('run from a copy where node_modules cannot be written', async () => {
    const env = { TMPDIR: newTemporaryFolder() };
    const holder = await hold(nobodysFolder, { home: home.root, as: nobody, env });
    expect(holder).toHaveProperty('connection');
    expect(links()).toEqual([]);
    await letGo(holder);
  });

  it('ask for DATABASE_URL where there are none', async () => {
    fs.renameSync(dirname(home.native), `${dirname(home.native)}.gone`);
    const { name, message } = await hold(newFolder(), { home: home.root });
    expect(name).toBe('StartupError');
    expect(message).toContain('DATABASE_URL');
  });
});
