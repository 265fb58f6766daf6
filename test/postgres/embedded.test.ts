import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { query } from '../support/databases.ts';
import {
  connectionOf,
  type Home,
  newHome,
  newTemporaryFolder,
  startHolder,
  startIn,
  startupErrorIn,
  stopAll,
  stopHolder,
} from '../support/folder-holders.ts';
import { cleanUp, newFolder, processesIn, waitUntilNothingRuns } from '../support/folders.ts';
import {
  isLinux,
  isReadable,
  isRoot,
  longTimeouts,
  nobody,
  restartTimeout,
} from '../support/platform.ts';

vi.setConfig(longTimeouts);
afterEach(stopAll);
afterAll(cleanUp);

// Creating or copying a database takes ten times as long as starting it, so these tests share one folder, one after the
// other, and leave it intact. The tests in embedded.chaos.ts damage folders.
const dataDir = newFolder();
beforeAll(async () => (await startIn(dataDir)).stop());

describe('the embedded PostgreSQL', () => {
  it('starts without TCP, with fsync, in UTC and UTF-8', async () => {
    const server = await startIn(dataDir, { settings: {} });
    const settings = [
      'fsync',
      'listen_addresses',
      'TimeZone',
      'server_encoding',
      'max_connections',
    ];
    const columns = settings.map((name) => `current_setting('${name}')`).join(', ');
    const values = await query(server.connection, `SELECT ${columns}`);
    expect(values).toEqual(['on', '', 'UTC', 'UTF8', '50']);
  });

  it('finds trigrams in words of any script', async () => {
    const { connection } = await startIn(dataDir);
    await query(connection, 'CREATE EXTENSION pg_trgm');
    const values = await query(connection, "SELECT cardinality(show_trgm('слово')), lower('ÉЛ')");
    expect(values).toEqual([6, 'éл']);
  });

  it('keeps its data over a restart', async () => {
    const first = await startIn(dataDir);
    await query(first.connection, 'CREATE TABLE kept AS SELECT 42 AS number');
    await Promise.all([first.stop(), first.stop()]);
    const second = await startIn(dataDir);
    expect(await query(second.connection, 'SELECT number FROM kept')).toEqual([42]);
  });

  it.runIf(isLinux)('leaves no process and no socket after it is stopped', async () => {
    const server = await startIn(dataDir);
    expect(processesIn(dataDir)).not.toEqual([]);
    await server.stop();
    await waitUntilNothingRuns(dataDir);
    const left = fs.readdirSync(join(dataDir, 'postgres'));
    expect(left.filter((name) => /^\.s\.|postmaster.pid/.test(name))).toEqual([]);
  });

  it('does not report a requested stop as an exit', async () => {
    const server = await startIn(dataDir);
    let hasExited = false;
    server.exited.then(() => {
      hasExited = true;
    });
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(hasExited).toBe(false);
  });

  it('refuses a second process on its folder, and names the first', async () => {
    const holder = await startHolder(dataDir);
    const started = performance.now();
    const message = await startupErrorIn(dataDir);
    expect(performance.now() - started).toBeLessThan(restartTimeout);
    for (const part of [dataDir, `process ${holder.process.pid}`, 'DATA_DIR']) {
      expect(message).toContain(part);
    }
    await stopHolder(holder);
  });

  it.runIf(isLinux)('works in a path that is too long for a socket', async () => {
    const deep = join(newFolder(), 'a'.repeat(120), 'b'.repeat(120));
    const server = await startIn(deep);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
  });

  it.runIf(isRoot)('works on files that root restored from a backup', async () => {
    const restored = newFolder();
    fs.cpSync(dataDir, restored, { recursive: true });
    const cluster = join(restored, 'postgres');
    expect(fs.statSync(join(cluster, 'base')).uid).toBe(0);
    fs.chmodSync(cluster, 0o755);
    const server = await startIn(restored);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
    expect(fs.statSync(cluster).mode & 0o777).toBe(0o700);
  });

  it('empties a large log at its start', async () => {
    const log = join(dataDir, 'postgres.log');
    fs.writeFileSync(log, 'x'.repeat(11_000_000));
    await (await startIn(dataDir)).stop();
    expect(fs.statSync(log).size).toBeLessThan(100_000);
  });
});

describe('an unsuitable data folder', () => {
  it('is refused unchanged if it contains other files', async () => {
    const dataDir = newFolder();
    fs.writeFileSync(join(dataDir, 'letter.txt'), 'Dear …');
    expect(await startupErrorIn(dataDir)).toContain('letter.txt');
    expect(fs.readdirSync(dataDir)).toEqual(['letter.txt']);
  });

  it('is refused unchanged if its postgres folder is not a database', async () => {
    const dataDir = newFolder();
    fs.mkdirSync(join(dataDir, 'postgres'));
    fs.writeFileSync(join(dataDir, 'postgres/letter.txt'), 'Dear …');
    expect(await startupErrorIn(dataDir)).toContain(join(dataDir, 'postgres'));
    expect(fs.readdirSync(dataDir, { recursive: true }).sort()).toEqual([
      'postgres',
      'postgres/letter.txt',
    ]);
  });

  it('is refused if its database has another version', async () => {
    const dataDir = newFolder();
    fs.mkdirSync(join(dataDir, 'postgres'), { mode: 0o700 });
    fs.writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '17\n');
    expect(await startupErrorIn(dataDir)).toMatch(/17.*18.*restore/is);
  });

  it('is refused if it is a file or cannot be created', async () => {
    const file = join(newFolder(), 'file');
    fs.writeFileSync(file, '');
    expect(await startupErrorIn(file)).toContain(file);
    expect(await startupErrorIn(join(file, 'data'))).toContain(join(file, 'data'));
  });

  it.runIf(isLinux)('is refused where nothing can be created in its parent', async () => {
    // In a process of its own, which can be ended if it never answers.
    for (const folder of ['/proc/data', '/proc/some/data']) {
      const { name, message } = await startHolder(folder);
      expect(name).toBe('StartupError');
      expect(message).toMatch(
        new RegExp(`^The data folder ${folder} cannot be used .*ENOENT.*set DATA_DIR`),
      );
    }
  });

  it('is refused with the error of the log if PostgreSQL does not start', async () => {
    const control = join(dataDir, 'postgres/global/pg_control');
    fs.renameSync(control, `${control}.away`);
    try {
      expect(await startupErrorIn(dataDir)).toContain('pg_control');
    } finally {
      fs.renameSync(`${control}.away`, control);
    }
  });
});

/** Creates a folder of another user, within a folder that all users may enter. */
function folderOf(user: typeof nobody): string {
  const parent = newFolder();
  fs.chmodSync(parent, 0o755);
  const folder = join(parent, 'data');
  fs.mkdirSync(folder, { mode: 0o700 });
  if (isRoot) fs.chownSync(folder, user.uid, user.gid);
  return folder;
}

const nobodyFolder = folderOf(nobody);

describe.runIf(isReadable)('as an ordinary user', () => {
  it('starts', async () => {
    const holder = await startHolder(nobodyFolder, { as: nobody });
    expect(await query(connectionOf(holder), 'SELECT 1')).toEqual([1]);
    await stopHolder(holder);
  });

  it('refuses a folder that is not writable', async () => {
    const other = join(dirname(nobodyFolder), 'other');
    const { name, message } = await startHolder(other, { as: nobody });
    expect(name).toBe('StartupError');
    expect(message).toContain(other);
  });
});

describe.runIf(isLinux)('the binaries', () => {
  let home: Home;
  beforeAll(() => {
    home = newHome();
  });

  const links = () =>
    fs
      .readdirSync(join(home.native, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => join(home.native, 'lib', entry.name));

  // The state after an installation without install scripts.
  beforeEach(() => {
    for (const link of links()) fs.rmSync(link);
  });

  it('get the links of their install script', async () => {
    const temporary = newTemporaryFolder();
    const holder = await startHolder(dataDir, { home: home.root, env: { TMPDIR: temporary } });
    expect(holder).toHaveProperty('connection');
    expect(links()).not.toEqual([]);
    expect(fs.readdirSync(temporary).filter((name) => name.includes('postgres'))).toEqual([]);
    await stopHolder(holder);
  });

  it.runIf(isRoot)('run from a copy if node_modules is not writable', async () => {
    const env = { TMPDIR: newTemporaryFolder() };
    const holder = await startHolder(nobodyFolder, { home: home.root, as: nobody, env });
    expect(holder).toHaveProperty('connection');
    expect(links()).toEqual([]);
    await stopHolder(holder);
  });

  it('ask for DATABASE_URL if they are not installed', async () => {
    fs.renameSync(dirname(home.native), `${dirname(home.native)}.gone`);
    const { name, message } = await startHolder(newFolder(), { home: home.root });
    expect(name).toBe('StartupError');
    expect(message).toContain('DATABASE_URL');
  });
});
