import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  checkErrorCodes,
  checkLogged,
  newBoard,
  retryAll,
  type Sent,
  writeConcurrently,
} from '../model/board/concurrent-writes.ts';
import { checkBoard } from '../support/board-state.ts';
import { randomDelays, seed, timeoutFor } from '../support/chaos-settings.ts';
import { type BoardTarget, clientAt } from '../support/client.ts';
import { query, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder, processesIn } from '../support/folders.ts';
import { build, type Launch, type Server, start } from '../support/program.ts';
import { workersOf } from '../support/workers.ts';

const database = `items_${randomBytes(8).toString('hex')}`;
beforeAll(() => build());
beforeAll(() => query(inject('server'), `CREATE DATABASE ${database}`));
afterAll(async () => {
  await cleanUp();
  await query(inject('server'), `DROP DATABASE ${database} WITH (FORCE)`);
});

const env = { RATE_LIMIT: '1000000' };

/** Kills processes at the same moment. */
function killAll(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has exited in the meantime.
    }
  }
}

/** Kills a server with its workers, which would still answer if only their parent ended. */
const killServer = (server: Server): void => killAll([...workersOf(server), server.pid]);

const killWithDatabase = (server: Server): void =>
  killAll([...workersOf(server), server.pid, ...processesIn(server.folder)]);

interface Case {
  launch: () => Launch;
  kill: (server: Server) => void;
}

const cases: [string, Case][] = [
  [
    'of the server alone, whose PostgreSQL then ends by itself',
    { launch: () => ({ folder: newFolder(), env }), kill: killServer },
  ],
  [
    'of the server alone, on another PostgreSQL',
    {
      launch: () => ({
        folder: newFolder(),
        env: { ...env, DATABASE_URL: urlOf({ database }), DEMO: '1' },
      }),
      kill: killServer,
    },
  ],
  [
    'of the server together with its PostgreSQL',
    { launch: () => ({ folder: newFolder(), env }), kill: killWithDatabase },
  ],
];

describe.runIf(process.platform === 'linux')('kill -9 under concurrent writes', () => {
  it.each(cases)(
    '%s: with every write sent again, each has been done once',
    async (_, { launch, kill }) => {
      const how = launch();
      let server = await start(how);
      let target: BoardTarget = await newBoard(clientAt(server.url));
      const all: Sent[] = [];
      let broken = 0;
      for (const [round, moment] of randomDelays(20, 1000).entries()) {
        let isKilled = false;
        let timer: NodeJS.Timeout | undefined;
        // Counts from the first successful write, when the load is running.
        const onWrite = ({ outcome }: Sent) => {
          if (outcome?.code === null)
            timer ??= setTimeout(() => {
              isKilled = true;
              kill(server);
            }, moment);
        };
        const isOver = () => isKilled;
        const load = { seed: seed + round, clients: 8, each: 1e6, isOver, onWrite };
        const writes = await writeConcurrently([target], load);
        clearTimeout(timer);
        expect((await server.ended).how).toBe('signal SIGKILL');
        all.push(...writes);
        broken += writes.filter(({ outcome }) => outcome === undefined).length;
        const answers = writes.flatMap(({ outcome }) => outcome ?? []);
        // The embedded PostgreSQL may end a moment before the workers do.
        checkErrorCodes(answers, how.env?.DATABASE_URL === undefined);

        server = await start(how);
        target = { ...target, client: clientAt(server.url) };
        await retryAll(target, writes);
        checkErrorCodes(writes.flatMap(({ retries }) => retries));
        checkLogged(await checkBoard(target), all);
      }
      expect(broken, 'writes that were under way').toBeGreaterThan(0);
      const { how: end, stderr } = await server.end();
      expect({ end, stderr }).toEqual({ end: 'exit code 0', stderr: '' });
    },
    timeoutFor(20_000),
  );
});
