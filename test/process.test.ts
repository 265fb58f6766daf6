import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { demoKey } from '../src/database/demo.ts';
import {
  build,
  type Ended,
  type Launch,
  launch,
  newFolder,
  nobody,
  processesIn,
  project,
  type Server,
  start,
  tidyUp,
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

async function query(connection: pg.ClientConfig, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client(connection);
  await client.connect();
  let rows: unknown[] = [];
  for (const text of statements) rows = (await client.query({ text, rowMode: 'array' })).rows;
  await client.end();
  return rows.flat();
}

/** The way into the database that a server runs by itself. */
const insideOf = (folder: string): pg.ClientConfig => ({
  host: join(folder, 'data/postgres'),
  user: 'postgres',
  database: 'postgres',
});

/** Polls until nothing of PostgreSQL works below a folder. Returns how long that took in milliseconds. */
async function untilNothingRuns(folder: string, timeout: number): Promise<number> {
  const began = performance.now();
  await vi.waitFor(() => expect(processesIn(folder)).toEqual([]), { timeout, interval: 10 });
  return performance.now() - began;
}

/** Expects that a program gave up with one line for a person, and returns it. */
function refusalOf({ how, stdout, stderr }: Ended): string {
  expect({ how, stdout }).toEqual({ how: 'exit code 1', stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return stderr.trim();
}

const refusal = async (how: Launch): Promise<string> => refusalOf(await launch('start', how).ended);

describe.concurrent('a start', () => {
  it('says where everything is, with a curl that works, and nothing else', async () => {
    const server = await start({ folder: newFolder() });
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
    const { how, stderr } = await server.end();
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
  });

  it('reads .env in its folder, and the environment goes before it', async () => {
    const folder = newFolder();
    const text = 'PORT=99999\nDEMO=off\nBOOTSTRAP_API_KEY="the-first-key-of-all"\n';
    fs.writeFileSync(join(folder, '.env'), text);
    const server = await start({ folder });
    expect((await call(server, '/boards', { key: 'the-first-key-of-all' })).status).toBe(200);
    const { stdout, stderr } = await server.end();
    expect(stderr).toBe('');
    expect(stdout, 'a key that was given is not shown').not.toContain('the-first-key-of-all');
    const second = await launch('start', { folder, env: { PORT: undefined } }).ended;
    expect(second.stderr).toContain('PORT');
  });

  it('loads no demo world by itself where others can reach it', async () => {
    const env = { HOST: '0.0.0.0', BOOTSTRAP_API_KEY: 'the-first-key-of-all' };
    const server = await start({ folder: newFolder(), env });
    expect((await call(server, '/boards')).status).toBe(401);
    expect(await call(server, '/boards', { key: env.BOOTSTRAP_API_KEY })).toMatchObject({
      status: 200,
      body: { success: true, data: [], pagination: { total: 0 } },
    });
    await server.end();
  });

  it('is refused in one line where the port is taken, and leaves no database running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const folder = await madeFolder();
    expect(await refusal({ folder, env: { PORT: `${port}` } })).toContain(`127.0.0.1:${port}`);
    if (isLinux) expect(processesIn(folder)).toEqual([]);
    other.close();
  });

  it('is refused with one message about everything that is wrong with the settings', async () => {
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

  it('is refused in one line where .env cannot be read', async () => {
    const folder = newFolder();
    fs.mkdirSync(join(folder, '.env'));
    expect(await refusal({ folder })).toContain('.env');
  });

  it.each([
    ['a file', (data: string) => fs.writeFileSync(data, '')],
    ['full of other things', (data: string) => putFile(data, 'letter.txt')],
    ['of another version', (data: string) => putFile(join(data, 'postgres'), 'PG_VERSION')],
  ])('is refused in one line where the data folder is %s, and touches nothing', async (_, make) => {
    const folder = newFolder();
    make(join(folder, 'data'));
    const before = fs.readdirSync(folder, { recursive: true });
    expect(await refusal({ folder })).toContain(join(folder, 'data'));
    expect(fs.readdirSync(folder, { recursive: true })).toEqual(before);
  });

  function putFile(folder: string, name: string): void {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(join(folder, name), '17\n');
  }

  it.runIf(isReadable)(
    'is not held up by the number of a dead server that is now root’s',
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

  it.runIf(isLinux)(
    'works below a path too long for a socket, and so do the commands',
    async () => {
      const folder = join(newFolder(), 'a'.repeat(120));
      fs.cpSync(await madeFolder(), folder, { recursive: true });
      const server = await start({ folder });
      const { how, stdout } = await launch('keys', { folder }, 'list').ended;
      expect(how).toBe('exit code 0');
      expect(stdout).toContain('key_demo');
      expect((await call(server, '/boards')).status).toBe(200);
      await server.end();
    },
  );
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
    await vi.waitFor(isStarting, { timeout: 10_000, interval: 5 });
    program.send('SIGTERM');
    const { how, stderr } = await program.ended;
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
    expect(processesIn(folder)).toEqual([]);
  });

  it('of the database under it ends the server with one line', async () => {
    const folder = await madeFolder();
    const server = await start({ folder, env: { LOG_LEVEL: 'fatal' } });
    const pidFile = fs.readFileSync(join(folder, 'data/postgres/postmaster.pid'), 'utf8');
    process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL');
    const { how, stderr } = await server.ended;
    expect(how).toBe('exit code 1');
    expect(stderr).toMatch(/^PostgreSQL ended by itself[^\n]+\n$/);
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
    20_000 + rounds * 5000,
  );
});

describe.concurrent('two on one data folder', () => {
  it('do not both serve: the second says who does, and ends', async () => {
    const folder = await madeFolder();
    const server = await start({ folder });
    const second = await launch('start', { folder }).ended;
    const line = refusalOf(second);
    expect(line).toContain(`process ${server.pid}`);
    expect(line).toContain(join(folder, 'data'));
    expect(second.took).toBeLessThan(10_000);
    expect((await call(server, '/boards')).status).toBe(200);
    await server.end();
  });

  it('that start at once on an empty one: exactly one serves', async () => {
    const folder = newFolder();
    const results = await Promise.allSettled([start({ folder }), start({ folder })]);
    const servers = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refusals = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(servers).toHaveLength(1);
    const [server] = servers as [Server];
    expect(String(refusals)).toMatch(`ended with exit code 1: The data folder ${folder}/data`);
    expect(String(refusals)).toContain(`process ${server.pid}`);
    expect((await call(server, '/boards')).body.pagination?.total).toBe(8);
    await server.end();
  });
});

describe.concurrent('the commands for keys', () => {
  const maker = [
    'create',
    '--workspace',
    'Demo Company',
    '--agent',
    'Robot',
    '--name',
    'Robot key',
  ];

  it('work beside a running server: a new key works, and a revoked one stops within 5 s', async () => {
    const folder = await madeFolder();
    const server = await start({ folder });
    const created = await launch('keys', { folder }, ...maker).ended;
    const [, key = '', id = ''] = /^(itk_\w+)\n.*(key_\w+)/.exec(created.stdout) ?? [];
    expect(created).toMatchObject({ how: 'exit code 0', stderr: '' });
    expect(await call(server, '/boards', { key })).toMatchObject({
      status: 200,
      body: { pagination: { total: 8 } },
    });

    const { stdout: list } = await launch('keys', { folder }, 'list').ended;
    expect(list).toContain(`${id}\tDemo Company\tRobot\tRobot key\tread+write`);
    expect(list).not.toContain(key.slice(4, 20));

    expect((await launch('keys', { folder }, 'revoke', id).ended).how).toBe('exit code 0');
    const isOver = async () => expect((await call(server, '/boards', { key })).status).toBe(401);
    await vi.waitFor(isOver, { timeout: 5000, interval: 50 });
    expect((await call(server, '/boards')).status).toBe(200);
    const again = await launch('keys', { folder }, 'revoke', id).ended;
    expect(refusalOf(again)).toContain(id);
    await server.end();
  });

  it('work without a server, and leave none behind', async () => {
    const folder = newFolder();
    const words = ['create', '--workspace', 'New', '--agent', 'Me', '--name', 'Mine'];
    const { how, stdout, stderr } = await launch('keys', { folder }, ...words).ended;
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
    if (isLinux) expect(processesIn(folder)).toEqual([]);
    const server = await start({ folder });
    const key = stdout.split('\n')[0] ?? '';
    expect((await call(server, '/boards', { key })).body).toMatchObject({
      data: [],
      pagination: { total: 0 },
    });
    await server.end();
  });

  it('say one line where another command ends the database that they share', async () => {
    const folder = await madeFolder();
    const list = () => launch('keys', { folder }, 'list').ended;
    const ends = await Promise.all([list(), list(), list()]);
    const [happy, unhappy] = [0, 1].map((code) =>
      ends.filter(({ how }) => how.endsWith(`${code}`)),
    );
    expect(happy?.length).toBeGreaterThan(0);
    for (const end of unhappy ?? []) expect(end.stderr).toMatch(/^[^\n]+\n$/);
  });
});

/** The suite's server as a DATABASE_URL. */
function urlOf(change: { user?: string; database: string }): string {
  const { host = '', port, user, password } = inject('server');
  const url = new URL(`postgresql://localhost:${port}/${change.database}`);
  url.username = change.user ?? user ?? '';
  url.password = typeof password === 'string' ? password : 'geheim';
  if (host.startsWith('/')) url.searchParams.set('host', host);
  else url.hostname = host;
  return url.href;
}

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

  it.each([
    ['a closed port', () => 'postgresql://me:geheim@127.0.0.1:1/items', '127.0.0.1:1/items'],
    [
      'an unknown host',
      () => 'postgresql://me:geheim@something.invalid/items',
      'something.invalid',
    ],
    ['an unknown database', () => urlOf({ database: 'nowhere' }), '/nowhere'],
    [
      'an unknown user',
      () => urlOf({ user: 'nobody_knows', database: 'postgres' }),
      'nobody_knows',
    ],
  ])('with %s is refused in one line that keeps the password', async (_, url, part) => {
    const folder = newFolder();
    const end = await launch('start', { folder, env: { DATABASE_URL: url() } }).ended;
    const line = refusalOf(end);
    expect(line).toContain(part);
    expect(line).not.toContain('geheim');
    expect(end.took).toBeLessThan(10_000);
  });
});
