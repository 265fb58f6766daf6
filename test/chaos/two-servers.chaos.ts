import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  checkErrorCodes,
  checkLogged,
  newBoard,
  writeConcurrently,
} from '../model/board/concurrent-writes.ts';
import { checkBoard, readBoard } from '../support/board-state.ts';
import { seconds, seed } from '../support/chaos-settings.ts';
import { clientAt } from '../support/client.ts';
import { query, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, start } from '../support/program.ts';

const database = `items_${randomBytes(8).toString('hex')}`;
beforeAll(() => build());
beforeAll(() => query(inject('server'), `CREATE DATABASE ${database}`));
afterAll(async () => {
  await cleanUp();
  await query(inject('server'), `DROP DATABASE ${database} WITH (FORCE)`);
});

it(
  'lets two servers with two workers each write to one board of one database',
  async () => {
    const env = {
      DATABASE_URL: urlOf({ database }),
      DEMO: '1',
      RATE_LIMIT: '1000000',
      WORKERS: '2',
    };
    const servers = await Promise.all([1, 2].map(() => start({ folder: newFolder(), env })));
    const [first, second] = servers.map(({ url }) => clientAt(url));
    if (!first || !second) throw new Error('two servers were started');
    const target = await newBoard(first);
    const twin = { ...target, client: second };
    const end = performance.now() + seconds * 1000;
    const isOver = () => performance.now() > end;
    const writes = await writeConcurrently([target, twin], {
      seed,
      clients: 10,
      each: 1e6,
      isOver,
    });

    expect(writes.length).toBeGreaterThan(10 * seconds);
    const answers = writes.map(({ outcome }) => outcome).filter((outcome) => outcome !== undefined);
    expect(answers, 'every write was answered').toHaveLength(writes.length);
    checkErrorCodes(answers);
    checkLogged(await checkBoard(twin), writes);
    expect(await readBoard(target)).toEqual(await readBoard(twin));
    for (const { how, stderr } of await Promise.all(servers.map((server) => server.end())))
      expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
  },
  60_000 + seconds * 4000,
);
