import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postmasterIn } from '../support/databases.ts';
import { cleanUp, newFolder, waitUntilNothingRuns } from '../support/folders.ts';
import { isLinux, longTimeouts, restartTimeout } from '../support/platform.ts';
import { build, call, copyOfProgram, type Server, start } from '../support/program.ts';
import { startLoad } from '../support/steady-load.ts';
import { isRunning, waitForWorkers, workersOf } from '../support/workers.ts';

vi.setConfig(longTimeouts);
beforeAll(() => build());
afterAll(cleanUp);

const failuresOf = ({ requests }: ReturnType<typeof startLoad>) =>
  requests.filter(({ failure }) => failure !== undefined);

async function expectItems(server: Server, ids: (string | undefined)[]): Promise<void> {
  for (const id of ids) {
    expect((await call(server, `/boards/board_abc123/items/${id}`)).status).toBe(200);
  }
}

describe.runIf(isLinux).each([1, 2])('with %i workers', (count) => {
  const folder = newFolder();
  let server: Server;
  beforeAll(async () => {
    const env = { WORKERS: `${count}`, RATE_LIMIT: '1000000', LOG_LEVEL: 'debug' };
    server = await start({ folder, env });
    // The workers and the standby.
    const areReady = () =>
      expect(server.stderr().split('a worker can listen')).toHaveLength(count + 2);
    await vi.waitFor(areReady, { timeout: restartTimeout, interval: 20 });
  });
  afterAll(() => server.end());

  it('a killed worker is replaced: no request fails after a second, nothing acknowledged is lost, and the database keeps running', async () => {
    const postmaster = postmasterIn(folder);
    const [victim = 0] = workersOf(server);
    const load = startLoad(server.url);
    await load.untilEnded(50);
    process.kill(victim, 'SIGKILL');
    const killedAt = performance.now();
    await vi.waitFor(() => expect(performance.now() - killedAt).toBeGreaterThan(1500), 10_000);
    await load.untilEnded(50);
    await load.stop();
    const late = failuresOf(load).filter(({ sentAt }) => sentAt > killedAt + 1000);
    expect(late).toEqual([]);
    expect(postmasterIn(folder)).toBe(postmaster);
    expect(workersOf(server)).not.toContain(victim);
    expect(server.stderr()).toContain('a worker ended and is replaced');
    await expectItems(
      server,
      load.requests.flatMap(({ createdId }) => createdId ?? []),
    );
  });

  it('SIGHUP replaces all workers without a failed request, also the third time', async () => {
    const load = startLoad(server.url);
    for (let round = 0; round < 3; round += 1) {
      const before = workersOf(server);
      await load.untilEnded(50);
      server.send('SIGHUP');
      const areReplaced = () =>
        expect(workersOf(server).filter((pid) => before.includes(pid))).toEqual([]);
      await vi.waitFor(areReplaced, { timeout: count * restartTimeout, interval: 20 });
      await waitForWorkers(server, count + 1);
    }
    await load.untilEnded(50);
    await load.stop();
    expect(failuresOf(load)).toEqual([]);
    expect(server.stderr()).not.toContain('a worker cannot be restarted');
  });
});

describe.runIf(isLinux)('a supervisor', () => {
  it('replaces a worker that does not respond for 30 seconds', async () => {
    const folder = newFolder();
    const server = await start({ folder });
    const postmaster = postmasterIn(folder);
    const [victim = 0] = workersOf(server);
    await waitForWorkers(server, 2);
    process.kill(victim, 'SIGSTOP');
    const isReplaced = () => expect(workersOf(server)).not.toContain(victim);
    await vi.waitFor(isReplaced, { timeout: 2 * restartTimeout, interval: 100 });
    expect(server.stderr()).toContain('a worker does not respond and is killed');
    await vi.waitFor(async () => expect((await call(server, '/boards')).status).toBe(200));
    expect(postmasterIn(folder)).toBe(postmaster);
    expect((await server.end()).how).toBe('exit code 0');
  });

  it('has as many workers as before when one is killed while they are replaced', async () => {
    const server = await start({ folder: newFolder(), env: { WORKERS: '2', LOG_LEVEL: 'info' } });
    await waitForWorkers(server, 3);
    const [, second = 0] = workersOf(server);
    server.send('SIGHUP');
    process.kill(second, 'SIGKILL');
    await vi.waitFor(() => expect(server.stderr()).toContain('the workers have been restarted'), {
      timeout: 2 * restartTimeout,
      interval: 100,
    });
    expect(server.stderr()).toMatch(/"workers":2\b/);
    await waitForWorkers(server, 3);
    await server.end();
  });

  it('ends with one line when a worker fails to start five times in a row', async () => {
    const folder = newFolder();
    const program = copyOfProgram();
    const server = await start({ folder, program, env: { LOG_LEVEL: 'silent' } });
    await waitForWorkers(server, 2);
    // The supervisor has loaded it already.
    writeFileSync(join(program, 'dist/main.js'), 'process.exit(7);');
    // The first attempt is the standby, which has loaded the program already.
    for (const pid of workersOf(server).reverse()) process.kill(pid, 'SIGKILL');
    const { how, stderr } = await server.ended;
    expect({ how, stderr }).toEqual({
      how: 'exit code 1',
      stderr:
        'A worker could not be replaced in 5 attempts: A worker ended before it listened: 7.\n',
    });
    await waitUntilNothingRuns(folder);
  });

  it('ends once and cleanly by Ctrl-C, which signals its workers too, and npm repeats', async () => {
    const folder = newFolder();
    const env = { WORKERS: '2', RATE_LIMIT: '1000000' };
    const server = await start({ folder, env, inOwnGroup: true });
    await waitForWorkers(server, 3);
    const pids = workersOf(server);
    const load = startLoad(server.url);
    await load.untilEnded(50);
    process.kill(-server.pid, 'SIGINT');
    server.send('SIGINT');
    const { how, stderr } = await server.ended;
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
    await load.stop();
    // Requests that were running were answered; later ones were refused a connection.
    const refused = failuresOf(load).map(({ failure }) => failure);
    expect(refused.filter((failure) => !failure?.includes('ECONNREFUSED'))).toEqual([]);
    await waitUntilNothingRuns(folder);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('ends its workers and its database when it is killed', async () => {
    const folder = newFolder();
    const server = await start({ folder });
    const pids = workersOf(server);
    expect(pids.length).toBeGreaterThan(0);
    server.send('SIGKILL');
    await server.ended;
    await waitUntilNothingRuns(folder);
    const noneExists = () => expect(pids.filter(isRunning)).toEqual([]);
    await vi.waitFor(noneExists, { timeout: restartTimeout, interval: 20 });
  });
});
