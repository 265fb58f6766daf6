import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { demoKey } from '../src/database/demo.ts';
import { startDatabase } from '../src/database/start.ts';
import { StartupError } from '../src/database/startup-error.ts';
import {
  build,
  type Ended,
  insideOf,
  type Launch,
  launch,
  newFolder,
  nobody,
  postmasterIn,
  processesIn,
  project,
  query,
  type Server,
  start,
  tidyUp,
  urlOf,
} from './program.ts';
import type { RestBody } from './world.ts';

const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
/** Whether another user could run this project at all. */
const isReadable =
  isRoot &&
  spawnSync(process.execPath, ['-p', `fs.readdirSync('${project}')`], nobody).status === 0;
/** How often the server is killed; a longer run finds rarer things. */
const rounds = Number(process.env.ROUNDS ?? 3);

vi.setConfig({ hookTimeout: 60_000 });
beforeAll(build);
afterAll(tidyUp);

let made: Promise<string> | undefined;

/** A folder with the demo world below `data`, copied from one that was made once. */
async function madeFolder(): Promise<string> {
  made ??= (async () => {
    const folder = newFolder();
    await (await start({ folder })).end();
    return folder;
  })();
  const folder = newFolder();
  fs.cpSync(await made, folder, { recursive: true });
  return folder;
}

interface Call {
  key?: string;
  method?: string;
  body?: object;
}

async function call<Data = unknown>(
  { url }: Pick<Server, 'url'>,
  path: string,
  { key = demoKey, method = 'GET', body }: Call = {},
): Promise<{ status: number; body: RestBody<Data> }> {
  const response = await fetch(`${url}/api/crm${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const board = '/boards/board_abc123';

/** Resolves with the new item's id once the server has acknowledged it. */
async function write(server: Server, title: string): Promise<string> {
  const how = { method: 'POST', body: { title } };
  const { status, body } = await call<{ id: string }>(server, `${board}/items`, how);
  expect(status).toBe(201);
  return body.data.id;
}

async function titleOf(server: Server, id: string): Promise<string | undefined> {
  const { body } = await call<{ title: string } | null>(server, `${board}/items/${id}`);
  return body.data?.title;
}

/** Polls until nothing of PostgreSQL works below a folder. Returns how long that took in milliseconds. */
async function untilNothingRuns(folder: string, timeout: number): Promise<number> {
  const began = performance.now();
  await vi.waitFor(() => expect(processesIn(folder)).toEqual([]), { timeout, interval: 10 });
  return performance.now() - began;
}

/** Milliseconds: a start gives up after 5 s of waiting, and a busy machine may take its time for the rest. */
const soon = 15_000;

/** Expects that a program gave up with one line for a person, and returns it. */
function refusalOf({ how, stdout, stderr }: Ended): string {
  expect({ how, stdout }).toEqual({ how: 'exit code 1', stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return stderr.trim();
}

const refusal = async (how: Launch): Promise<string> => refusalOf(await launch('start', how).ended);

describe.concurrent('the first start', () => {
  // Below a path that is too long for a socket.
  let server: Server;
  beforeAll(async () => {
    const folder = join(newFolder(), isLinux ? 'a'.repeat(120) : 'a');
    fs.mkdirSync(folder);
    server = await start({ folder });
  });

  afterAll(async () => {
    const { how, stderr } = await server.end();
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
  });

  it('says where everything is, with a curl that works, and nothing else', async () => {
    const { origin, port } = new URL(server.url);
    expect(Number(port)).toBeGreaterThan(0);
    expect(server.stdout().split('\n')).toEqual([
      `Explorer  ${origin}/graphql`,
      `REST      ${origin}/api/crm`,
      'Data      ./data',
      'Key       YOUR_API_KEY',
      `Try       curl ${origin}/api/crm/boards -H "Authorization: Bearer YOUR_API_KEY"`,
      `Ready on ${origin}`,
      '',
    ]);
    const [, line = ''] = /^Try +(.+)$/m.exec(server.stdout()) ?? [];
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `${line} --silent`]);
    expect(JSON.parse(stdout)).toMatchObject({ success: true, pagination: { total: 8 } });
    const explorer = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
    expect(explorer.headers.get('content-type')).toContain('text/html');
    await explorer.text();
  });

  it('keeps a second one from its folder, which says who has it', async () => {
    const second = await launch('start', { folder: server.folder }).ended;
    const line = refusalOf(second);
    expect(line).toContain(`process ${server.pid}`);
    expect(line).toContain(join(server.folder, 'data'));
    expect(second.took).toBeLessThan(soon);
    expect((await call(server, '/boards')).status).toBe(200);
  });

  it('keeps another one from its port, which says so and leaves no database running', async () => {
    const folder = await madeFolder();
    const { host, port } = new URL(server.url);
    expect(await refusal({ folder, env: { PORT: port } })).toContain(host);
    if (isLinux) expect(processesIn(folder)).toEqual([]);
  });

  it('has commands for keys beside it: a new one works, a revoked one stops within 5 s', async () => {
    const { folder } = server;
    const words = ['--workspace', 'Demo Company', '--agent', 'Robot', '--name', 'Robot key'];
    const created = await launch('keys', { folder }, 'create', ...words).ended;
    expect(created).toMatchObject({ how: 'exit code 0', stderr: '' });
    const [, key = '', id = ''] = /^(itk_\w+)\n.*(key_\w+)/.exec(created.stdout) ?? [];
    expect((await call(server, '/boards', { key })).body.pagination?.total).toBe(8);

    const { stdout: list } = await launch('keys', { folder }, 'list').ended;
    expect(list).toContain(`${id}\tDemo Company\tRobot\tRobot key\tread+write`);
    expect(list, 'a key is shown once').not.toContain(key.slice(4, 20));

    expect((await launch('keys', { folder }, 'revoke', id).ended).how).toBe('exit code 0');
    const isOver = async () => expect((await call(server, '/boards', { key })).status).toBe(401);
    await vi.waitFor(isOver, { timeout: 5000, interval: 50 });
    expect((await call(server, '/boards')).status).toBe(200);
  });
});

describe.concurrent('a start', () => {
  it('reads .env in its folder, and the environment goes before it', async () => {
    const folder = newFolder();
    const lines = ['PORT=99999', 'HOST=0.0.0.0', 'BOOTSTRAP_API_KEY="the-first-key-of-all"'];
    fs.writeFileSync(join(folder, '.env'), lines.join('\n'));
    const server = await start({ folder, env: { PORT: '0' } });
    expect(server.url).toContain('//0.0.0.0:');
    expect((await call(server, '/boards')).status, 'no demo world where others reach it').toBe(401);
    const { body } = await call(server, '/boards', { key: 'the-first-key-of-all' });
    expect(body).toMatchObject({ success: true, data: [], pagination: { total: 0 } });
    const { stdout, stderr } = await server.end();
    expect(stderr).toBe('');
    expect(stdout, 'a key that was given is not shown').not.toContain('the-first-key-of-all');
  });

  it('says in one message everything that is wrong with the settings', async () => {
    const env = {
      PORT: '99999',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      DEMO: 'maybe',
      RATE_LIMIT: '0',
      BOOTSTRAP_API_KEY: 'short',
    };
    const { how, stdout, stderr } = await launch('start', { folder: newFolder(), env }).ended;
    expect({ how, stdout }).toEqual({ how: 'exit code 1', stdout: '' });
    const [title, ...lines] = stderr.trim().split('\n');
    expect(title).toBe('These settings cannot be used:');
    expect(lines.map((line) => line.trim().split(' ')[0]).sort()).toEqual(Object.keys(env).sort());
  });

  it('says in one line that .env cannot be read', async () => {
    const folder = newFolder();
    fs.mkdirSync(join(folder, '.env'));
    expect(await refusal({ folder })).toContain('.env');
  });

  it('says in one line that the data folder is not its own, and leaves it alone', async () => {
    const folder = newFolder();
    fs.mkdirSync(join(folder, 'data'));
    fs.writeFileSync(join(folder, 'data/letter.txt'), 'Dear …');
    expect(await refusal({ folder })).toContain(join(folder, 'data'));
    expect(fs.readdirSync(join(folder, 'data'))).toEqual(['letter.txt']);
  });

  it.runIf(isReadable)(
    'as a user is not held up by a dead server’s number, now root’s',
    async () => {
      const folder = await madeFolder();
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

  it('is one of two at once on an empty folder: exactly one serves', async () => {
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
  it.runIf(isLinux).each([
    ['SIGTERM', ['SIGTERM']],
    ['SIGINT, which npm hands on a second time,', ['SIGINT', 'SIGINT']],
  ] as const)('by %s finishes what is in flight, and closes the database', async (_, signals) => {
    const folder = await madeFolder();
    const server = await start({ folder });
    const holder = new pg.Client(insideOf(folder));
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query("SELECT 1 FROM board WHERE id = 'board_abc123' FOR UPDATE");
    const written = write(server, 'in flight');
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    const poll = { timeout: 5000, interval: 10 };
    await vi.waitFor(async () => expect(await query(insideOf(folder), waiting)).toEqual([1]), poll);
    for (const signal of signals) server.send(signal);
    const refused = () => expect(fetch(`${server.url}/health`)).rejects.toThrow();
    await vi.waitFor(refused, poll);
    await holder.query('COMMIT');
    await holder.end();
    const id = await written;
    const { how, stderr } = await server.ended;
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
    expect(processesIn(folder)).toEqual([]);
    const next = await start({ folder });
    expect(await titleOf(next, id)).toBe('in flight');
    await next.end();
  });

  it.runIf(isLinux)('by SIGTERM during the start is an orderly one', async () => {
    const folder = await madeFolder();
    const program = launch('start', { folder });
    const isStarting = () => expect(processesIn(folder)).not.toEqual([]);
    await vi.waitFor(isStarting, { timeout: 30_000, interval: 5 });
    program.send('SIGTERM');
    const { how, stderr } = await program.ended;
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
    expect(processesIn(folder)).toEqual([]);
  });

  it.runIf(isLinux)(
    'by kill -9 leaves no process behind, and loses nothing that was acknowledged',
    async () => {
      const folder = await madeFolder();
      let server = await start({ folder });
      for (let round = 1; round <= rounds; round += 1) {
        const id = await write(server, `round ${round}`);
        server.send('SIGKILL');
        expect((await server.ended).how).toBe('signal SIGKILL');
        // Now and then the next one starts at once, while PostgreSQL is still on its way out.
        if (round % 2 === 1) expect(await untilNothingRuns(folder, 5000)).toBeLessThan(2000);
        server = await start({ folder });
        expect(await titleOf(server, id)).toBe(`round ${round}`);
      }
      const { body } = await call<unknown[]>(server, `${board}/items?search=round`);
      expect(body.pagination?.total).toBe(rounds);
      await server.end();
    },
    60_000 + rounds * 5000,
  );
});

/** The status and the `Retry-After` of each door's answer, and of the question whether the server is ready. */
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

  it('is away for callers until it starts again, by itself, and the log has a line for each', async () => {
    const folder = await madeFolder();
    const server = await start({ folder });
    const id = await write(server, 'before');
    // It cannot start without this file, so that there is time to look.
    const control = join(folder, 'data/postgres/global/pg_control');
    fs.renameSync(control, `${control}.away`);
    process.kill(postmasterIn(folder), 'SIGKILL');
    const until = (answers: unknown) =>
      vi.waitFor(async () => expect(await ask(server)).toEqual(answers), {
        timeout: 10_000,
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
    // An end that comes before the server has looked again leaves that line out.
    await vi.waitFor(() => expect(server.stderr()).toContain('is back'), { timeout: 10_000 });
    const { how, stderr } = await server.end();
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect({ how, lines }).toMatchObject({
      how: 'exit code 0',
      lines: [
        { level: 40, msg: 'the database is away' },
        { level: 30, msg: 'the database is back' },
      ],
    });
    if (isLinux) expect(processesIn(folder)).toEqual([]);
  });

  it('and does not start any more ends the server, with one line', async () => {
    const folder = await madeFolder();
    const server = await start({ folder, env: { LOG_LEVEL: 'fatal' } });
    fs.rmSync(join(folder, 'data/postgres/global/pg_control'));
    process.kill(postmasterIn(folder), 'SIGKILL');
    const { how, stderr } = await server.ended;
    expect(how).toBe('exit code 1');
    expect(stderr).toMatch(/^PostgreSQL did not start [^\n]+\n$/);
    if (isLinux) expect(processesIn(folder)).toEqual([]);
  });

  it.runIf(isLinux)('and was started again does not outlive a killed server', async () => {
    const folder = await madeFolder();
    const server = await start({ folder });
    process.kill(postmasterIn(folder), 'SIGKILL');
    const isBack = async () => expect(await ask(server)).toEqual(allWell);
    await vi.waitFor(isBack, { timeout: 10_000, interval: 20 });
    server.send('SIGKILL');
    await untilNothingRuns(folder, 5000);
  });
});

describe.concurrent('the commands for keys without a server', () => {
  it('work, and leave nothing running', async () => {
    const folder = await madeFolder();
    const list = () => launch('keys', { folder }, 'list').ended;
    expect(await list()).toMatchObject({ how: 'exit code 0', stderr: '' });
    if (isLinux) expect(processesIn(folder)).toEqual([]);
    // One of three starts the database, and may end it while the others still use it.
    const ends = await Promise.all([list(), list(), list()]);
    const unhappy = ends.filter(({ how }) => how !== 'exit code 0');
    expect(unhappy.length).toBeLessThan(3);
    for (const end of unhappy) refusalOf(end);
    if (isLinux) expect(processesIn(folder)).toEqual([]);
  });
});

describe.concurrent('DATABASE_URL', () => {
  it('may be shared by three that start at once on an empty database', async () => {
    const database = `items_${randomBytes(8).toString('hex')}`;
    await query(inject('server'), `CREATE DATABASE ${database}`);
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
    await query(inject('server'), `DROP DATABASE ${database}`);
  });

  it('brings no demo world by itself, but the first key that was given', async () => {
    const database = `items_${randomBytes(8).toString('hex')}`;
    await query(inject('server'), `CREATE DATABASE ${database}`);
    const env = { DATABASE_URL: urlOf({ database }), BOOTSTRAP_API_KEY: 'the-first-key-of-all' };
    const server = await start({ folder: newFolder(), env });
    expect((await call(server, '/boards')).status).toBe(401);
    expect(
      (await call(server, '/boards', { key: env.BOOTSTRAP_API_KEY })).body.pagination?.total,
    ).toBe(0);
    await server.end();
    await query(inject('server'), `DROP DATABASE ${database}`);
  });

  it('with a closed port is refused in one line that keeps the password', async () => {
    const env = { DATABASE_URL: 'postgresql://me:geheim@127.0.0.1:1/items' };
    const end = await launch('start', { folder: newFolder(), env }).ended;
    expect(refusalOf(end)).toContain('postgresql://me@127.0.0.1:1/items');
    expect(end.stderr).not.toContain('geheim');
    expect(end.took).toBeLessThan(soon);
  });

  it.each([
    ['host', () => 'postgresql://me:geheim@something.invalid/items', 'something.invalid/items'],
    ['database', () => urlOf({ database: 'nowhere' }), '/nowhere'],
    ['user', () => urlOf({ user: 'no_one', database: 'postgres' }), '//no_one@'],
  ])('with an unknown %s is refused in one line that keeps the password', async (_, url, part) => {
    const opened = startDatabase({ databaseUrl: url(), dataDir: newFolder() });
    const error = await opened.then(
      () => new Error('it started'),
      (error: Error) => error,
    );
    expect(error).toBeInstanceOf(StartupError);
    expect(error.message).toContain(part);
    expect(error.message).not.toMatch(/geheim|\n/);
  });
});
