import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  checkAnswers,
  checkClaims,
  newBoard,
  retryAll,
  type Sent,
  storm,
} from '../model/board-storm.ts';
import { checkBoard } from '../support/board-state.ts';
import { randomDelays, seed, timeoutFor } from '../support/chaos-settings.ts';
import { type BoardTarget, clientAt } from '../support/client.ts';
import {
  build,
  type Launch,
  newFolder,
  processesIn,
  query,
  type Server,
  start,
  tidyUp,
  urlOf,
} from '../support/program.ts';

const database = `items_${randomBytes(8).toString('hex')}`;
beforeAll(build);
beforeAll(() => query(inject('server'), `CREATE DATABASE ${database}`));
afterAll(async () => {
  await tidyUp();
  await query(inject('server'), `DROP DATABASE ${database} WITH (FORCE)`);
});

const env = { RATE_LIMIT: '10000000' };

/** Kills a server and the PostgreSQL that it runs, all at one moment. */
function killAll({ pid, folder }: Server): void {
  for (const one of [pid, ...processesIn(folder)]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It went by itself in between.
    }
  }
}

interface Case {
  launch: () => Launch;
  kill: (server: Server) => void;
}

const alone = (server: Server): void => server.send('SIGKILL');

const cases: [string, Case][] = [
  [
    'of the server alone, whose PostgreSQL then ends by itself',
    { launch: () => ({ folder: newFolder(), env }), kill: alone },
  ],
  [
    'of the server alone, on another PostgreSQL',
    {
      launch: () => ({
        folder: newFolder(),
        env: { ...env, DATABASE_URL: urlOf({ database }), DEMO: '1' },
      }),
      kill: alone,
    },
  ],
  [
    'of the server together with its PostgreSQL',
    { launch: () => ({ folder: newFolder(), env }), kill: killAll },
  ],
];

describe.runIf(process.platform === 'linux')('kill -9 in a storm of writes', () => {
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
        // From the first write on that was done: what comes before is not yet a storm.
        const onWrite = ({ outcome }: Sent) => {
          if (outcome?.code === null)
            timer ??= setTimeout(() => {
              isKilled = true;
              kill(server);
            }, moment);
        };
        const isOver = () => isKilled;
        const load = { seed: seed + round, clients: 8, each: 1e6, isOver, onWrite };
        const writes = await storm([target], load);
        clearTimeout(timer);
        expect((await server.ended).how).toBe('signal SIGKILL');
        all.push(...writes);
        broken += writes.filter(({ outcome }) => outcome === undefined).length;
        const answers = writes.flatMap(({ outcome }) => outcome ?? []);
        checkAnswers(answers, kill === killAll);

        server = await start(how);
        target = { ...target, client: clientAt(server.url) };
        await retryAll(target, writes);
        checkAnswers(writes.flatMap(({ retries }) => retries));
        checkClaims(await checkBoard(target), all);
      }
      expect(broken, 'writes that were under way').toBeGreaterThan(0);
      const { how: end, stderr } = await server.end();
      expect({ end, stderr }).toEqual({ end: 'exit code 0', stderr: '' });
    },
    timeoutFor(20_000),
  );
});
