import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  endAll,
  hold,
  insideOfHolder,
  kill,
  letGo,
  newHome,
  newTemporaryFolder,
  refusalIn,
  spawnHolder,
  startIn,
} from '../support/folder-holders.ts';
import {
  copiesOf,
  isLinux,
  isRoot,
  newFolder,
  nobody,
  patience,
  patient,
  postmasterOf,
  processesIn,
  query,
  soon,
  tidyUp,
  untilNothingRuns,
} from '../support/program.ts';

vi.setConfig(patient);
afterAll(tidyUp);
afterAll(endAll);

/** A data folder with an empty database. */
const madeFolder = copiesOf(async (dataDir) => (await startIn(dataDir)).stop());

describe.concurrent('the embedded PostgreSQL', () => {
  it('is started again when it is killed, says so, and keeps its folder meanwhile', async () => {
    const dataDir = await madeFolder();
    const losses: string[] = [];
    const server = await startIn(dataDir, { onLoss: (sentence) => losses.push(sentence) });
    const killed: number[] = [];
    for (const nth of [1, 2]) {
      const busy = query(server.connection, 'SELECT pg_sleep(30)').catch(() => {});
      killed.push(postmasterOf(dataDir));
      process.kill(postmasterOf(dataDir), 'SIGKILL');
      await busy;
      const isBack = async () => expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
      await vi.waitFor(isBack, { timeout: soon, interval: 20 });
      expect(losses).toHaveLength(nth);
    }
    expect(await refusalIn(dataDir)).toContain(`process ${process.pid}`);
    expect(losses[0]).toMatch(/^PostgreSQL ended by itself with signal SIGKILL/);
    expect(new Set([...killed, postmasterOf(dataDir)]).size).toBe(3);
    await server.stop();
    if (isLinux) await untilNothingRuns(dataDir);
  });

  it('gives up when it does not start any more, says why, and leaves its folder to others', async () => {
    const dataDir = await madeFolder();
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

  it('is not started again once it is to stop', async () => {
    const dataDir = await madeFolder();
    const server = await startIn(dataDir);
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    await server.stop();
    const next = await startIn(dataDir);
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    const isStarting = () => expect(query(next.connection, 'SELECT 1')).rejects.toThrow();
    await vi.waitFor(isStarting, { timeout: 1000, interval: 1 });
    await next.stop();
    if (isLinux) await untilNothingRuns(dataDir);
    expect(fs.readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log']);
  });

  it('lets exactly one of two serve that start at once on an empty folder', async () => {
    const dataDir = newFolder();
    const holders = await Promise.all([hold(dataDir), hold(dataDir)]);
    const [winner, ...others] = holders.filter(({ connection }) => connection);
    if (!winner) throw new Error('one serves');
    expect(others).toEqual([]);
    const loser = holders.find(({ connection }) => !connection);
    expect(loser).toMatchObject({ name: 'StartupError' });
    expect(loser?.message).toContain(`process ${winner.process.pid}`);
    expect(await query(insideOfHolder(winner), 'SELECT 1')).toEqual([1]);
    await letGo(winner);
  });

  it.runIf(isLinux)('leaves no postmaster behind after kill -9, and starts again', async () => {
    const dataDir = newFolder();
    const holder = await hold(dataDir);
    await kill(holder.process);
    const next = await startIn(dataDir);
    expect(await query(next.connection, 'SELECT 1')).toEqual([1]);
    await next.stop();
    await untilNothingRuns(dataDir);
  });

  it.runIf(isLinux)('leaves nothing half-made behind after kill -9 while it is made', async () => {
    const dataDir = newFolder();
    const child = spawnHolder(dataDir);
    const isBeingMade = () => expect(processesIn(dataDir)).not.toEqual([]);
    await vi.waitFor(isBeingMade, { timeout: patience, interval: 5 });
    await kill(child);
    await untilNothingRuns(dataDir);
    const next = await startIn(dataDir);
    expect(await query(next.connection, 'SELECT 1')).toEqual([1]);
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
    const server = await startIn(dataDir);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
    await server.stop();
  });
});

describe.concurrent('the programs', () => {
  it.runIf(isLinux && isRoot)(
    'run from a copy where root installed them for itself alone',
    async () => {
      const home = newHome().root;
      fs.chmodSync(home, 0o700);
      const env = { TMPDIR: newTemporaryFolder() };
      const dataDir = newFolder();
      const first = await hold(dataDir, { home, env });
      expect(first).toHaveProperty('connection');
      await letGo(first);

      const copies = () =>
        fs.readdirSync(env.TMPDIR).filter((name) => name.includes('postgres-18'));
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
    },
  );
});
