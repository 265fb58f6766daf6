import { afterAll, beforeAll, expect, it } from 'vitest';
import { rounds, timeoutFor } from '../support/chaos-settings.ts';
import { newDatabase, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, call, start } from '../support/program.ts';
import { freePort, startProxy } from '../support/proxy.ts';
import { startLoad } from '../support/steady-load.ts';

beforeAll(() => build());
afterAll(cleanUp);

it(
  'a rolling restart of two servers behind a proxy fails no request, and loses no write',
  async () => {
    const DATABASE_URL = urlOf({ database: await newDatabase() });
    const env = { DATABASE_URL, DEMO: 'on', RATE_LIMIT: '1000000', WORKERS: '2' };
    const ports = [await freePort(), await freePort()];
    const startOn = (port: number) =>
      start({ folder: newFolder(), env: { ...env, PORT: `${port}` } });
    const servers = await Promise.all(ports.map(startOn));
    const url = await startProxy(ports);
    const load = startLoad(url, 16);
    await load.untilEnded(200);
    for (let round = 0; round < rounds; round += 1) {
      for (const [n, port] of ports.entries()) {
        const { how, stderr } = (await servers[n]?.end()) ?? {};
        expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
        servers[n] = await startOn(port);
        await load.untilEnded(200);
      }
    }
    await load.stop();
    expect(load.requests.filter(({ failure }) => failure !== undefined)).toEqual([]);
    for (const id of load.requests.flatMap(({ createdId }) => createdId ?? [])) {
      expect((await call({ url }, `/boards/board_abc123/items/${id}`)).status).toBe(200);
    }
    await Promise.all(servers.map((server) => server.end()));
  },
  timeoutFor(150_000),
);
