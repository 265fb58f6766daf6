import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbedded } from '../../src/postgres/embedded/embedded.ts';
import {
  checkErrorCodes,
  checkLogged,
  newBoard,
  retryAll,
  writeConcurrently,
} from '../model/board/concurrent-writes.ts';
import { checkBoard } from '../support/board-state.ts';
import { randomDelays, seed, timeoutFor } from '../support/chaos-settings.ts';
import { clientAt } from '../support/client.ts';
import { embeddedConnection, postmasterIn, query, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, type Server, start } from '../support/program.ts';

beforeAll(() => build());
afterAll(cleanUp);

/** The longest wait of any request in ms. */
const longest = 20_000;

/** Kills the postmaster, or one backend, after which the postmaster restarts all backends. */
async function breakDatabase(folder: string, round: number): Promise<void> {
  const backend = `SELECT pid FROM pg_stat_activity
    WHERE application_name = 'items-gateway' AND backend_type = 'client backend' LIMIT 1`;
  const [pid] =
    round % 2 === 0 ? [postmasterIn(folder)] : await query(embeddedConnection(folder), backend);
  process.kill(Number(pid), 'SIGKILL');
}

/** Writes concurrently while the database fails repeatedly. */
async function breakUnder(server: Server, folder: string): Promise<void> {
  const target = await newBoard(clientAt(server.url));
  let isOver = false;
  let away = 0;
  const load = writeConcurrently([target], {
    seed,
    clients: 8,
    each: 1e6,
    isOver: () => isOver,
    onWrite: ({ outcome }) => {
      if (outcome?.code === 'SERVICE_UNAVAILABLE') away += 1;
    },
  });
  const moments = randomDelays(300, 1500);
  for (const [round, moment] of moments.entries()) {
    await sleep(moment);
    const before = away;
    await breakDatabase(folder, round);
    await vi.waitFor(() => expect(away).toBeGreaterThan(before), { timeout: longest, interval: 5 });
    const isReady = async () => expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    await vi.waitFor(isReady, { timeout: longest, interval: 20 });
    const returns = () => server.stderr().split('database available again').length - 1;
    await vi.waitFor(() => expect(returns()).toBe(round + 1), { timeout: longest });
  }
  await sleep(moments[0]);
  isOver = true;
  const writes = await load;
  expect(writes.filter(({ outcome }) => outcome === undefined)).toEqual([]);
  checkErrorCodes(
    writes.flatMap(({ outcome }) => outcome ?? []),
    true,
  );
  await retryAll(target, writes);
  checkErrorCodes(writes.flatMap(({ retries }) => retries));
  checkLogged(await checkBoard(target), writes);

  const { how, stderr } = await server.end();
  const lines = stderr.trim().split('\n');
  const said = lines.map((line) => {
    const { level, msg, err } = JSON.parse(line);
    return [level, msg, ...(err ? [err] : [])];
  });
  const each = moments.flatMap(() => [
    [40, 'database unavailable'],
    [30, 'database available again'],
  ]);
  expect({ how, said }).toEqual({ how: 'exit code 0', said: each });
}

describe.runIf(process.platform === 'linux')('a database that is killed under load', () => {
  const env = { RATE_LIMIT: '1000000' };

  it(
    'comes back when it is the server’s own, and nothing is lost or done twice',
    async () => {
      const server = await start({ folder: newFolder(), env });
      await breakUnder(server, server.folder);
    },
    timeoutFor(30_000),
  );

  it(
    'is found again when it is another one, and nothing is lost or done twice',
    async () => {
      const folder = newFolder();
      const outer = await startEmbedded({ dataDir: `${folder}/data` });
      const database = { database: 'postgres' };
      const DATABASE_URL = urlOf(database, outer.connection);
      const server = await start({
        folder: newFolder(),
        env: { ...env, DATABASE_URL, DEMO: '1' },
      });
      await breakUnder(server, folder);
      await outer.stop();
    },
    timeoutFor(30_000),
  );
});
