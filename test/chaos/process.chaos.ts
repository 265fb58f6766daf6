import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { rounds, timeoutFor } from '../support/chaos-settings.ts';
import { newDatabase, postmasterIn, query, urlOf } from '../support/databases.ts';
import {
  cleanUp,
  copiesOf,
  newFolder,
  processesIn,
  waitUntilNothingRuns,
} from '../support/folders.ts';
import {
  isLinux,
  isReadable,
  longTimeouts,
  nobody,
  project,
  restartTimeout,
  startTimeout,
} from '../support/platform.ts';
import {
  board,
  build,
  call,
  launch,
  type Server,
  start,
  startupErrorOf,
  write,
} from '../support/program.ts';

vi.setConfig(longTimeouts);
beforeAll(() => build());
afterAll(cleanUp);

/** A folder with the demo world in `data`. */
const copyOfDataFolder = copiesOf(async (folder) => (await start({ folder })).end());

async function titleOf(server: Server, id: string): Promise<string | undefined> {
  const { body } = await call<{ title: string } | null>(server, `${board}/items/${id}`);
  return body.data?.title;
}

describe.concurrent('a start', () => {
  it.runIf(isReadable)(
    'as a user is not history up by a dead server’s number, now root’s',
    async () => {
      const folder = await copyOfDataFolder();
      const dead = ['1', '/proc/self/cwd', '1', '5432', '.', '', '1 1', 'ready', ''].join('\n');
      fs.writeFileSync(join(folder, 'data/postgres/postmaster.pid'), dead);
      for (const path of ['', ...fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
        fs.lchownSync(join(folder, path), nobody.uid, nobody.gid);
      }
      fs.chmodSync(join(folder, 'data/postgres'), 0o700);
      const server = await start({ folder, as: nobody });
      expect((await call(server, '/boards')).status).toBe(200);
      await server.end();
    },
  );

  it('on an empty folder at the same time as another: exactly one serves', async () => {
    const folder = newFolder();
    const results = await Promise.allSettled([start({ folder }), start({ folder })]);
    const servers = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refusals = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(servers).toHaveLength(1);
    const [server] = servers as [Server];
    expect(`${refusals}`).toContain(`ended with exit code 1: The data folder ${folder}/data`);
    expect(`${refusals}`).toContain(`process ${server.pid}`);
    expect((await call(server, '/boards')).body.pagination?.total).toBe(8);
    await server.end();
  });
});

describe.concurrent('an end', () => {
  it.runIf(isLinux)('by SIGTERM during the start is clean', async () => {
    const folder = await copyOfDataFolder();
    const program = launch('start', { folder });
    const isStarting = () => expect(processesIn(folder)).not.toEqual([]);
    await vi.waitFor(isStarting, { timeout: startTimeout, interval: 10 });
    program.send('SIGTERM');
    const { how, stderr } = await program.ended;
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
    await waitUntilNothingRuns(folder);
  });

  it.runIf(isLinux)(
    'by kill -9 leaves no process behind, and loses nothing that was acknowledged',
    async () => {
      const folder = await copyOfDataFolder();
      let server = await start({ folder });
      for (let round = 1; round <= rounds; round += 1) {
        const id = await write(server, `round ${round}`);
        server.send('SIGKILL');
        expect((await server.ended).how).toBe('signal SIGKILL');
        // Sometimes the next server starts while PostgreSQL is still stopping.
        if (round % 2 === 1) await waitUntilNothingRuns(folder);
        server = await start({ folder });
        expect(await titleOf(server, id)).toBe(`round ${round}`);
      }
      const { body } = await call<unknown[]>(server, `${board}/items?search=round`);
      expect(body.pagination?.total).toBe(rounds);
      await server.end();
    },
    timeoutFor(20_000),
  );
});

/** The status and the `Retry-After` of GraphQL, REST and the readiness probe. */
async function ask({ url }: Server): Promise<[number, string | null][]> {
  const headers = { authorization: `Bearer ${demoKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ query: '{ boards { totalCount } }' });
  const replies = await Promise.all([
    fetch(`${url}/graphql`, { method: 'POST', headers, body }),
    fetch(`${url}/api/crm/boards`, { headers }),
    fetch(`${url}/ready`),
  ]);
  const bodies = await Promise.all(replies.map((reply) => reply.text()));
  for (const text of bodies) expect(text).not.toContain('"http"');
  return replies.map(({ status, headers }) => [status, headers.get('retry-after')]);
}

describe.concurrent('a database that ends by itself', () => {
  const allAway = Array.from({ length: 3 }, () => [503, '1']);
  const allWell = Array.from({ length: 3 }, () => [200, null]);

  it('is unavailable until it restarts by itself, and the log has a line for each', async () => {
    const folder = await copyOfDataFolder();
    const server = await start({ folder });
    const id = await write(server, 'before');
    // PostgreSQL cannot start without this file, which keeps it unavailable for the checks.
    const control = join(folder, 'data/postgres/global/pg_control');
    fs.renameSync(control, `${control}.away`);
    process.kill(postmasterIn(folder), 'SIGKILL');
    const until = (answers: unknown) =>
      vi.waitFor(async () => expect(await ask(server)).toEqual(answers), {
        timeout: restartTimeout,
        interval: 20,
      });
    await until(allAway);
    const { status, body } = await call(server, `${board}/items`, {
      method: 'POST',
      body: { title: 'meanwhile' },
    });
    expect({ status, code: body.error?.code }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
    });
    fs.renameSync(`${control}.away`, control);
    await until(allWell);
    expect(await titleOf(server, id)).toBe('before');
    // The line is missing if the server ends before it has checked the database again.
    await vi.waitFor(() => expect(server.stderr()).toContain('available again'), {
      timeout: restartTimeout,
    });
    const { how, stderr } = await server.end();
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect({ how, lines }).toMatchObject({
      how: 'exit code 0',
      lines: [
        { level: 40, msg: 'database unavailable' },
        { level: 30, msg: 'database available again' },
      ],
    });
    if (isLinux) await waitUntilNothingRuns(folder);
  });

  it('ends the server with one line if it cannot start again', async () => {
    const folder = await copyOfDataFolder();
    const server = await start({ folder, env: { LOG_LEVEL: 'fatal' } });
    fs.rmSync(join(folder, 'data/postgres/global/pg_control'));
    process.kill(postmasterIn(folder), 'SIGKILL');
    const { how, stderr } = await server.ended;
    expect(how).toBe('exit code 1');
    expect(stderr).toMatch(/^PostgreSQL did not start [^\n]+\n$/);
    if (isLinux) await waitUntilNothingRuns(folder);
  });

  it.runIf(isLinux)('does not outlive a killed server after a restart', async () => {
    const folder = await copyOfDataFolder();
    const server = await start({ folder });
    process.kill(postmasterIn(folder), 'SIGKILL');
    const isBack = async () => expect(await ask(server)).toEqual(allWell);
    await vi.waitFor(isBack, { timeout: restartTimeout, interval: 20 });
    server.send('SIGKILL');
    await waitUntilNothingRuns(folder);
  });
});

describe.concurrent('the commands for keys without a server', () => {
  it('run three at a time: at least one works, and none leaves a process behind', async () => {
    const folder = await copyOfDataFolder();
    const list = () => launch('keys', { folder }, 'list').ended;
    // One of the three starts the database, and may stop it while the others use it.
    const ends = await Promise.all([list(), list(), list()]);
    const unhappy = ends.filter(({ how }) => how !== 'exit code 0');
    expect(unhappy.length).toBeLessThan(3);
    for (const end of unhappy) startupErrorOf(end);
    if (isLinux) await waitUntilNothingRuns(folder);
  });
});

describe.concurrent('DATABASE_URL', () => {
  it('may be shared by three servers that start at the same time on an empty database', async () => {
    const database = await newDatabase();
    const env = { DATABASE_URL: urlOf({ database }), DEMO: '1' };
    const folder = newFolder();
    const servers = await Promise.all([1, 2, 3].map(() => start({ folder, env })));
    for (const server of servers) {
      expect(await call(server, '/boards')).toMatchObject({
        status: 200,
        body: { pagination: { total: 8 } },
      });
    }
    const inside = { ...inject('server'), database };
    const migrations = fs.readdirSync(join(project, 'prisma/migrations'));
    expect(await query(inside, 'SELECT migration_name FROM _prisma_migrations ORDER BY 1')).toEqual(
      migrations.filter((name) => /^\d/.test(name)).sort(),
    );
    expect(await query(inside, 'SELECT count(*)::int FROM workspace')).toEqual([1]);
    expect(fs.readdirSync(folder), 'no database of its own').toEqual([]);
    expect(servers[0]?.stdout()).not.toContain('geheim');
    const ends = await Promise.all(servers.map((server) => server.end()));
    for (const { how, stderr } of ends)
      expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
  });
});
