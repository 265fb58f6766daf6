import { afterAll, beforeAll, expect, it } from 'vitest';
import { newDatabase, query, urlOf } from '../support/databases.ts';
import { buildCommit, commitBeforeMigration } from '../support/earlier-version.ts';
import { outputOf } from '../support/file-commands.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, call, launch, start } from '../support/program.ts';
import { freePort, startProxy } from '../support/proxy.ts';
import { startLoad } from '../support/steady-load.ts';

const commit = commitBeforeMigration();

beforeAll(() => build());
afterAll(cleanUp);

// A clone without history has no earlier version to upgrade from.
it.skipIf(commit === undefined)(
  'a rolling upgrade across the newest migration fails no request, and loses no write',
  async () => {
    const earlier = buildCommit(commit ?? '');
    const DATABASE_URL = urlOf({ database: await newDatabase() });
    const env = { DATABASE_URL, DEMO: 'on', RATE_LIMIT: '1000000', WORKERS: '2' };
    const ports = [await freePort(), await freePort()];
    const startOn = (port: number, program: { program?: string }) =>
      start({ folder: newFolder(), env: { ...env, PORT: `${port}` }, ...program });
    const servers = [];
    for (const port of ports) servers.push(await startOn(port, { program: earlier }));
    const migrations = () =>
      query({ connectionString: DATABASE_URL }, 'SELECT count(*)::int FROM _prisma_migrations');
    const [before] = await migrations();
    const url = await startProxy(ports);
    const load = startLoad(url, 12);
    await load.untilEnded(300);
    for (const [n, port] of ports.entries()) {
      const { how, stderr } = (await servers[n]?.end()) ?? {};
      expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
      // The first one migrates, while the server of the earlier version goes on.
      servers[n] = await startOn(port, {});
      await load.untilEnded(300);
    }
    await load.stop();
    const [after] = await migrations();
    expect(after).toBeGreaterThan(before as number);
    expect(load.requests.filter(({ failure }) => failure !== undefined)).toEqual([]);
    for (const id of load.requests.flatMap(({ createdId }) => createdId ?? []))
      expect((await call({ url }, `/boards/board_abc123/items/${id}`)).status).toBe(200);
    const doctor = launch('doctor', { folder: newFolder(), env });
    expect(await outputOf(doctor)).toContain('No problem');
    await Promise.all(servers.map((server) => server.end()));
  },
  300_000,
);
