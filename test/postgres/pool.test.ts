import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/postgres/client.ts';
import { joinDatabase } from '../../src/postgres/start.ts';
import { urlOf } from '../support/databases.ts';
import { freePort } from '../support/proxy.ts';
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

it('reports once that it cannot connect, though it had no connection to lose, and once that it can', async () => {
  const { host = '', port: target = 5432, ...login } = world.connection;
  const port = await freePort();
  const events: string[] = [];
  const { db, close } = openDatabase(
    { ...login, host: '127.0.0.1', port },
    {
      onUnavailable: ({ message }) => events.push(message),
      onAvailable: () => events.push('available'),
    },
  );
  const ask = () => db.$queryRaw`SELECT 1`.catch(() => 'failed');
  expect([await ask(), await ask()]).toEqual(['failed', 'failed']);
  const proxy = createServer((socket) => {
    const server = host.startsWith('/')
      ? connect(`${host}/.s.PGSQL.${target}`)
      : connect(target, host);
    socket.on('error', () => server.destroy()).pipe(server);
    server.on('error', () => socket.destroy()).pipe(socket);
  }).listen(port, '127.0.0.1');
  await once(proxy, 'listening');
  await vi.waitFor(() => expect(events).toContain('available'));
  expect(await ask()).not.toBe('failed');
  await close();
  proxy.close();
  expect(events).toEqual([expect.stringContaining('ECONNREFUSED'), 'available']);
});
