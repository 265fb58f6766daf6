import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { postmasterOf, query } from '../support/databases.ts';
import {
  connectionOf,
  kill,
  newHome,
  newTemporaryFolder,
  spawnHolder,
  startHolder,
  startIn,
  startupErrorIn,
  stopAll,
  stopHolder,
} from '../support/folder-holders.ts';
import {
  cleanUp,
  copiesOf,
  newFolder,
  processesIn,
  waitUntilNothingRuns,
} from '../support/folders.ts';
import {
  isLinux,
  isRoot,
  longTimeouts,
  nobody,
  restartTimeout,
  startTimeout,
} from '../support/platform.ts';

vi.setConfig(longTimeouts);
afterAll(cleanUp);
afterAll(stopAll);

/** Copies a data folder with an empty database. */
const copyOfDataFolder = copiesOf(async (dataDir) => (await startIn(dataDir)).stop());

describe.concurrent('the embedded PostgreSQL', () => {
  it('is restarted when it is killed, reports it, and keeps its folder locked', async () => {
    const dataDir = await copyOfDataFolder();
    const losses: string[] = [];
    const server = await startIn(dataDir, { onLoss: (sentence) => losses.push(sentence) });
    const killed: number[] = [];
    for (const nth of [1, 2]) {
      const busy = query(server.connection, 'SELECT pg_sleep(30)').catch(() => {});
      killed.push(postmasterOf(dataDir));
      process.kill(postmasterOf(dataDir), 'SIGKILL');
      await busy;
      const isBack = async () => expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
      await vi.waitFor(isBack, { timeout: restartTimeout, interval: 20 });
      expect(losses).toHaveLength(nth);
    }
    expect(await startupErrorIn(dataDir)).toContain(`process ${process.pid}`);
    expect(losses[0]).toMatch(/^PostgreSQL ended by itself with signal SIGKILL/);
    expect(new Set([...killed, postmasterOf(dataDir)]).size).toBe(3);
    await server.stop();
    if (isLinux) await waitUntilNothingRuns(dataDir);
  });

  it('gives up if restarts fail, reports the reason, and unlocks its folder', async () => {
    const dataDir = await copyOfDataFolder();
    const server = await startIn(dataDir);
    const control = join(dataDir, 'postgres/global/pg_control');
    fs.renameSync(control, `${control}.away`);
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    expect(await server.exited).toMatch(/^PostgreSQL did not start [^\n]+pg_control[^\n]+$/);
    fs.renameSync(`${control}.away`, control);
    const next = await startIn(dataDir);
    expect(await query(next.connection, 'SELECT 1')).toEqual([1]);
    await Promise.all([server.stop(), next.stop()]);
  });

  it('is not restarted after stop', async () => {
    const dataDir = await copyOfDataFolder();
    const server = await startIn(dataDir);
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    await server.stop();
    const next = await startIn(dataDir);
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    const isStarting = () => expect(query(next.connection, 'SELECT 1')).rejects.toThrow();
    await vi.waitFor(isStarting, { timeout: 1000, interval: 1 });
    await next.stop();
    if (isLinux) await waitUntilNothingRuns(dataDir);
    expect(fs.readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('starts for exactly one of two processes on an empty folder', async () => {
    const dataDir = newFolder();
    const holders = await Promise.all([startHolder(dataDir), startHolder(dataDir)]);
    const [winner, ...others] = holders.filter(({ connection }) => connection);
    if (!winner) throw new Error('one serves');
    expect(others).toEqual([]);
    const loser = holders.find(({ connection }) => !connection);
    expect(loser).toMatchObject({ name: 'StartupError' });
    expect(loser?.message).toContain(`process ${winner.process.pid}`);
    expect(await query(connectionOf(winner), 'SELECT 1')).toEqual([1]);
    await stopHolder(winner);
  });

  it.runIf(isLinux)('leaves no postmaster after kill -9, and starts again', async () => {
    const dataDir = newFolder();
    const holder = await startHolder(dataDir);
    await kill(holder.process);
    const next = await startIn(dataDir);
    expect(await query(next.connection, 'SELECT 1')).toEqual([1]);
    await next.stop();
    await waitUntilNothingRuns(dataDir);
  });

  it.runIf(isLinux)('leaves no partial database after kill -9 during its creation', async () => {
    const dataDir = newFolder();
    const child = spawnHolder(dataDir);
    const isBeingCreated = () => expect(processesIn(dataDir)).not.toEqual([]);
    await vi.waitFor(isBeingCreated, { timeout: startTimeout, interval: 5 });
    await kill(child);
    await waitUntilNothingRuns(dataDir);
    const next = await startIn(dataDir);
    expect(await query(next.connection, 'SELECT 1')).toEqual([1]);
    await next.stop();
    expect(fs.readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('ignores lock files of an ended server, even if its process id is in use again', async () => {
    const dataDir = await copyOfDataFolder();
    const cluster = join(dataDir, 'postgres');
    const dead = [process.pid, cluster, 1, 5432, '.', '', '1 1', 'ready', ''].join('\n');
    fs.writeFileSync(join(cluster, 'postmaster.pid'), dead);
    fs.writeFileSync(join(cluster, '.s.PGSQL.5432.lock'), dead);
    fs.symlinkSync(`${process.pid}-1`, join(dataDir, 'postgres.lock'));
    const server = await startIn(dataDir);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
    await server.stop();
  });
});

describe.concurrent('the binaries', () => {
  it.runIf(isLinux && isRoot)('run from a copy if only root can read them', async () => {
    const home = newHome().root;
    fs.chmodSync(home, 0o700);
    const env = { TMPDIR: newTemporaryFolder() };
    const dataDir = newFolder();
    const first = await startHolder(dataDir, { home, env });
    expect(first).toHaveProperty('connection');
    await stopHolder(first);

    const copies = () => fs.readdirSync(env.TMPDIR).filter((name) => name.includes('postgres-18'));
    expect(copies()).toHaveLength(1);
    const copy = join(env.TMPDIR, copies().join());
    const programs = fs.readdirSync(copy, { recursive: true, encoding: 'utf8' });
    const aLibrary = programs.find((path) => path.endsWith('pg_trgm.so')) ?? 'missing';
    fs.rmSync(join(copy, aLibrary));
    const second = await startHolder(dataDir, { home, env });
    expect(second).toHaveProperty('connection');
    expect(fs.existsSync(join(copy, aLibrary)), 'an incomplete copy is replaced').toBe(true);
    expect(copies()).toHaveLength(1);
    await stopHolder(second);

    fs.chownSync(copy, nobody.uid, nobody.gid);
    const third = await startHolder(dataDir, { home, env });
    expect(third, "another user's copy never runs").toMatchObject({ name: 'StartupError' });
    expect(third.message).toContain(copy);
  });
});
