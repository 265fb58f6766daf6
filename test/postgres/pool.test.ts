import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/postgres/client.ts';
import { joinDatabase } from '../../src/postgres/start.ts';
import { urlOf } from '../support/databases.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it('opens as many connections as the setting says, for all statements', async () => {
  const { db, close } = openDatabase(world.connection, undefined, { poolSize: 3 });
  const text = 'SELECT pg_backend_pid()::text, pg_sleep(0.02)';
  const sessions = await Promise.all([
    ...Array.from({ length: 10 }, async () => (await db.$rows({ text, values: [] }))[0]?.[0]),
    ...Array.from({ length: 10 }, async () => {
      const [row] = await db.$queryRaw<{ pid: string }[]>`SELECT pg_backend_pid()::text AS pid`;
      return row?.pid;
    }),
  ]);
  await close();
  expect(new Set(sessions).size).toBe(3);
  expect(db.$pool.totalCount).toBe(0);
});

it('limits the statements of a command as the setting says', async () => {
  const { database = '' } = world.connection;
  const settings = { DATABASE_URL: urlOf({ database }), STATEMENT_TIMEOUT_SECONDS: '7' };
  const { db, close } = await joinDatabase(readConfig(settings));
  expect(await db.$rows({ text: 'SHOW statement_timeout', values: [] })).toEqual([['7s']]);
  await close();
});
