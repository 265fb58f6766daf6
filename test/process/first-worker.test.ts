import cluster from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { withMigrationLock } from '../../src/postgres/migration-lock.ts';
import { settingsVariable, type WorkerMessage } from '../../src/workers/worker.ts';
import { newDatabase, query, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { isLinux, longTimeouts, project, restartTimeout } from '../support/platform.ts';
import { build, call, launch, startupErrorOf } from '../support/program.ts';
import { isRunning, waitForWorkers, workersOf } from '../support/workers.ts';

vi.setConfig(longTimeouts);
beforeAll(() => build());
afterAll(cleanUp);

const poll = { timeout: restartTimeout, interval: 10 };

describe('a worker', () => {
  // Without a database, it is ready all the same.
  const connectionString = 'postgresql://127.0.0.1:1/none';
  const config = readConfig({ DATABASE_URL: connectionString });
  const settings = JSON.stringify({ ...config, connection: { connectionString } });

  /** Forks a worker with this process as its supervisor, and notes which messages it sends. */
  function forkWorker(env: Record<string, string>) {
    cluster.setupPrimary({ exec: join(project, 'dist/main.js'), args: [], execArgv: [] });
    const worker = cluster.fork(env);
    onTestFinished(() => void worker.process.kill('SIGKILL'));
    const messages: string[] = [];
    worker.on('message', (message: WorkerMessage) => messages.push(...Object.keys(message)));
    return { worker, messages, exit: once(worker, 'exit') };
  }

  it('that is given its settings does not ask for them: an older supervisor has no answer', async () => {
    const { messages } = forkWorker({ [settingsVariable]: settings });
    await vi.waitFor(() => expect(messages).toEqual(['isReady']), poll);
  });

  it('without settings asks for them, is ready when it gets them, and ends with its supervisor', async () => {
    const { worker, messages, exit } = forkWorker({});
    await vi.waitFor(() => expect(messages).toEqual(['asksForSettings']), poll);
    worker.send({ settings });
    await vi.waitFor(() => expect(messages).toEqual(['asksForSettings', 'isReady']), poll);
    worker.process.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  it('that waits for its settings ends with its supervisor', async () => {
    const { worker, messages, exit } = forkWorker({});
    await vi.waitFor(() => expect(messages).toEqual(['asksForSettings']), poll);
    worker.process.disconnect();
    expect(await exit).toEqual([0, null]);
  });
});

/** A start whose migration waits for another one, and the worker that it has forked. */
async function startThatWaits(env: Record<string, string> = {}) {
  const database = await newDatabase();
  const other = new pg.Client({ ...inject('server'), database });
  await other.connect();
  let migrate = () => {};
  const untilReleased = new Promise<void>((resolve) => {
    migrate = resolve;
  });
  let migration: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    migration = withMigrationLock(other, () => {
      resolve();
      return untilReleased;
    });
  });
  onTestFinished(async () => {
    migrate();
    await migration;
    await other.end();
  });
  const program = launch('start', {
    folder: newFolder(),
    env: { DATABASE_URL: urlOf({ database }), DEMO: 'on', ...env },
    inOwnGroup: true,
  });
  const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`;
  const session = await vi.waitFor(async () => {
    const [pid] = await query(inject('server'), waiting);
    expect(pid).toBeDefined();
    return pid;
  }, poll);
  await waitForWorkers(program, 1);
  const [worker = 0] = workersOf(program);
  const isReady = async () => {
    const [, url = ''] = await vi.waitUntil(() => /^Ready on (.+)$/m.exec(program.stdout()), poll);
    return { url };
  };
  return {
    program,
    worker,
    migrate,
    isReady,
    cancelMigration: () => query(inject('server'), `SELECT pg_cancel_backend(${session})`),
  };
}

describe.runIf(isLinux)('the first worker of a start', () => {
  it('is forked before the migration, and serves after it', async () => {
    const { program, worker, migrate, isReady } = await startThatWaits();
    expect(program.stdout()).toBe('');
    migrate();
    expect((await call(await isReady(), '/boards')).status).toBe(200);
    expect(workersOf(program)[0]).toBe(worker);
    program.send('SIGTERM');
    expect(await program.ended).toMatchObject({ how: 'exit code 0', stderr: '' });
  });

  it('ends with a start that fails, whose error is one line', async () => {
    const { program, worker, cancelMigration } = await startThatWaits();
    await cancelMigration();
    expect(startupErrorOf(await program.ended)).toContain('cannot be used: canceling statement');
    await vi.waitFor(() => expect(isRunning(worker)).toBe(false), poll);
  });

  it('ends when its supervisor is killed', async () => {
    const { program, worker } = await startThatWaits();
    program.send('SIGKILL');
    await program.ended;
    await vi.waitFor(() => expect(isRunning(worker)).toBe(false), poll);
  });

  it('is replaced where it has ended meanwhile, also with WORKERS=2', async () => {
    const { program, worker, migrate, isReady } = await startThatWaits({ WORKERS: '2' });
    process.kill(worker, 'SIGKILL');
    await waitForWorkers(program, 0);
    migrate();
    expect((await call(await isReady(), '/boards')).status).toBe(200);
    await waitForWorkers(program, 3);
    program.send('SIGTERM');
    expect(await program.ended).toMatchObject({ how: 'exit code 0', stderr: '' });
  });

  it('ends cleanly with a start that Ctrl-C stops, which signals both', async () => {
    const { program, worker, migrate } = await startThatWaits();
    process.kill(-program.pid, 'SIGINT');
    migrate();
    expect(await program.ended).toMatchObject({ how: 'exit code 0', stderr: '' });
    await vi.waitFor(() => expect(isRunning(worker)).toBe(false), poll);
  });
});
