import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { startDatabase } from '../../src/postgres/start.ts';
import { StartupError } from '../../src/postgres/startup-error.ts';
import { embeddedConnection, newDatabase, query, urlOf } from '../support/databases.ts';
import { startIn } from '../support/folder-holders.ts';
import { cleanUp, newFolder, waitUntilNothingRuns } from '../support/folders.ts';
import { isLinux, longTimeouts, restartTimeout } from '../support/platform.ts';
import {
  build,
  call,
  type Launch,
  launch,
  type Server,
  start,
  startupErrorOf,
  write,
} from '../support/program.ts';

vi.setConfig(longTimeouts);
beforeAll(() => build());
afterAll(cleanUp);

/** The one line on stderr of a start that fails. */
const refusal = async (how: Launch): Promise<string> =>
  startupErrorOf(await launch('start', how).ended);

// Creating a database takes longest. So these tests run one after the other on two folders, which the first start in
// each fills, and leave them intact; process.chaos.ts breaks folders.
const folder = newFolder();
/** Without the demo, and with a path that is too long for a socket. */
const otherFolder = join(newFolder(), isLinux ? 'a'.repeat(120) : 'a');
fs.mkdirSync(otherFolder);

describe('a start', () => {
  it('reads .env in its folder; variables of the environment take precedence', async () => {
    const lines = ['PORT=99999', 'HOST=0.0.0.0', 'BOOTSTRAP_API_KEY="the-first-key-of-all"'];
    fs.writeFileSync(join(otherFolder, '.env'), lines.join('\n'));
    const server = await start({ folder: otherFolder, env: { PORT: '0' } });
    expect(server.url).toContain('//0.0.0.0:');
    expect((await call(server, '/boards')).status, 'no demo on a public address').toBe(401);
    const { body } = await call(server, '/boards', { key: 'the-first-key-of-all' });
    expect(body).toMatchObject({ success: true, data: [], pagination: { total: 0 } });
    const { stdout, stderr } = await server.end();
    expect(stderr).toBe('');
    expect(stdout, 'the key is not printed').not.toContain('the-first-key-of-all');
  });

  it('reports all invalid settings in one message', async () => {
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
    expect(title).toBe('Invalid settings:');
    expect(lines.map((line) => line.trim().split(' ')[0]).sort()).toEqual(Object.keys(env).sort());
  });

  it('names variables that are misspelt settings, and no others', async () => {
    const misspelt = {
      WROKERS: '2',
      RATE_LIMT: '5',
      DATABSE_URL: 'x',
      database_url: 'x',
      CORS_ORIGIN: '*',
      HOSTT: 'x',
    };
    const others = { HOSTS: 'x', PORTS: '1', TEST_DATABASE_URL: 'x', BOT_SECRET: 'x', WORKER: '' };
    // The setting that it is near to is set: it is another's.
    const beside = { LOG_LEVEL: 'info', LOG_LEVELS: 'x' };
    const env = { ...misspelt, ...others, ...beside };
    const { stderr } = await launch('keys', { folder: newFolder(), env }, 'list').ended;
    expect(stderr.trim().split('\n').slice(0, -1).sort()).toEqual([
      'CORS_ORIGIN is no setting: did you mean CORS_ORIGINS?',
      'DATABSE_URL is no setting: did you mean DATABASE_URL?',
      'HOSTT is no setting: did you mean HOST?',
      'RATE_LIMT is no setting: did you mean RATE_LIMIT?',
      'WROKERS is no setting: did you mean WORKERS?',
      'database_url is no setting: did you mean DATABASE_URL?',
    ]);
  });

  it('of a command does all of its work where nobody reads what it prints', async () => {
    const where = { folder: newFolder() };
    const names = ['--workspace', 'W', '--agent', 'A', '--name', 'Unread'];
    const creation = launch('keys', where, 'create', ...names);
    creation.closeStdout();
    expect(await creation.ended).toMatchObject({
      how: 'exit code 0',
      stderr: expect.not.stringContaining('EPIPE'),
    });
    expect((await launch('keys', where, 'list').ended).stdout).toContain('Unread');
  });

  it('asks for the user that DATABASE_URL lacks', async () => {
    const url = new URL(urlOf({ database: 'postgres' }));
    url.username = '';
    url.password = '';
    const env = { DATABASE_URL: url.href };
    expect(await refusal({ folder: newFolder(), env })).toContain('Name the user in DATABASE_URL');
  });

  it('reports an unreadable .env in one line', async () => {
    const folder = newFolder();
    fs.mkdirSync(join(folder, '.env'));
    expect(await refusal({ folder })).toContain('.env');
  });

  it('refuses a data folder with other files in one line, and leaves it unchanged', async () => {
    const folder = newFolder();
    fs.mkdirSync(join(folder, 'data'));
    fs.writeFileSync(join(folder, 'data/letter.txt'), 'Dear …');
    expect(await refusal({ folder })).toContain(join(folder, 'data'));
    expect(fs.readdirSync(join(folder, 'data'))).toEqual(['letter.txt']);
  });
});

describe.concurrent('the first start', () => {
  let server: Server;
  beforeAll(async () => {
    server = await start({ folder });
  });

  afterAll(async () => {
    const { how, stderr } = await server.end();
    expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
  });

  it('prints its addresses and a curl command that works, and nothing else', async () => {
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

  it('makes a second start in its folder fail with the process id in one line', async () => {
    const second = await launch('start', { folder }).ended;
    const line = startupErrorOf(second);
    expect(line).toContain(`process ${server.pid}`);
    expect(line).toContain(join(folder, 'data'));
    expect(second.took).toBeLessThan(restartTimeout);
    expect((await call(server, '/boards')).status).toBe(200);
  });

  it('makes another start on its port fail in one line, without a database left running', async () => {
    const { host, hostname, port } = new URL(server.url);
    const env = { HOST: hostname, PORT: port };
    expect(await refusal({ folder: otherFolder, env })).toContain(host);
    if (isLinux) await waitUntilNothingRuns(otherFolder);
  });

  it('runs beside the commands for keys: a new key works, a revoked one stops within 5 s', async () => {
    const args = ['--workspace', 'Demo Company', '--agent', 'Robot', '--name', 'Robot key'];
    const created = await launch('keys', { folder }, 'create', ...args).ended;
    expect(created.how).toBe('exit code 0');
    const [, key = ''] = /^(itk_\w+)\n$/.exec(created.stdout) ?? [];
    const [, id = ''] =
      /^The id of the key is (key_\w+)\. Save the key now: .*\n$/.exec(created.stderr) ?? [];
    expect((await call(server, '/boards', { key })).body.pagination?.total).toBe(8);

    const { stdout: list } = await launch('keys', { folder }, 'list').ended;
    expect(list).toContain(`${id}\tDemo Company\tRobot\tRobot key\tread+write`);
    expect(list).toMatch(/\tworkspace_demo$/m);
    expect(list, 'a key is printed once').not.toContain(key.slice(4, 20));

    const elsewhere = ['--workspace', 'Neu', '--agent', 'Robot', '--name', 'Robot key'];
    const { stderr } = await launch('keys', { folder }, 'create', ...elsewhere).ended;
    expect(stderr).toMatch(/^Workspace 'Neu' was created\.\nThe id of the key is /);

    expect((await launch('keys', { folder }, 'revoke', id).ended).how).toBe('exit code 0');
    const isRevoked = async () => expect((await call(server, '/boards', { key })).status).toBe(401);
    await vi.waitFor(isRevoked, { timeout: 5000, interval: 50 });
    expect((await call(server, '/boards')).status).toBe(200);
  });
});

describe('a shutdown', () => {
  it.runIf(isLinux).each([
    ['SIGTERM', ['SIGTERM']],
    ['SIGINT, which npm forwards a second time,', ['SIGINT', 'SIGINT']],
  ] as const)(
    'by %s finishes the requests in flight and stops the database',
    async (_, signals) => {
      const server = await start({ folder });
      onTestFinished(() => server.send('SIGKILL'));
      const holder = new pg.Client(embeddedConnection(folder));
      await holder.connect();
      await holder.query('BEGIN');
      await holder.query("SELECT 1 FROM board WHERE id = 'board_abc123' FOR UPDATE");
      const written = write(server, 'in flight');
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
      const poll = { timeout: restartTimeout, interval: 10 };
      await vi.waitFor(
        async () => expect(await query(embeddedConnection(folder), waiting)).toEqual([1]),
        poll,
      );
      for (const signal of signals) server.send(signal);
      const refused = () => expect(fetch(`${server.url}/health`)).rejects.toThrow();
      await vi.waitFor(refused, poll);
      await holder.query('COMMIT');
      await holder.end();
      const id = await written;
      const { how, stderr } = await server.ended;
      expect({ how, stderr }).toEqual({ how: 'exit code 0', stderr: '' });
      await waitUntilNothingRuns(folder);
      const database = await startIn(join(folder, 'data'));
      const title = await query(database.connection, `SELECT title FROM item WHERE id = '${id}'`);
      expect(title).toEqual(['in flight']);
      await database.stop();
    },
  );
});

describe('the commands for keys without a server', () => {
  it('say where they create a database, and create none to list keys', async () => {
    const elsewhere = newFolder();
    const { stderr } = await launch('keys', { folder: elsewhere }, 'list').ended;
    expect(stderr).toContain('data has no database');
    expect(fs.readdirSync(elsewhere)).toEqual([]);
    const words = ['create', '--workspace', 'W', '--agent', 'A', '--name', 'N'];
    const created = await launch('keys', { folder: elsewhere }, ...words).ended;
    expect(created.stderr).toContain(
      `DATABASE_URL is not set: a database was created in ${join(elsewhere, 'data')}.`,
    );
  });

  it.each([
    ['list'],
    ['revoke', 'key_1'],
  ])('%s leaves an empty database empty', async (...words) => {
    const database = await newDatabase();
    const env = { DATABASE_URL: urlOf({ database }) };
    const { how, stderr } = await launch('keys', { folder: newFolder(), env }, ...words).ended;
    expect(how).toBe('exit code 1');
    expect(stderr).toContain('it has no tables of the gateway. Run npm run migrate');
    const tables = "SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    expect(await query({ ...inject('server'), database }, tables)).toEqual([0]);
  });

  it('work, and leave no process running', async () => {
    const list = () => launch('keys', { folder }, 'list').ended;
    expect(await list()).toMatchObject({ how: 'exit code 0', stderr: '' });
    // The shell that guards PostgreSQL ends a moment after it.
    if (isLinux) await waitUntilNothingRuns(folder);
  });
});

describe('DATABASE_URL', () => {
  it('loads no demo by default, and creates the first key from BOOTSTRAP_API_KEY', async () => {
    const database = await newDatabase();
    const env = { DATABASE_URL: urlOf({ database }), BOOTSTRAP_API_KEY: 'the-first-key-of-all' };
    const server = await start({ folder: newFolder(), env });
    expect((await call(server, '/boards')).status).toBe(401);
    expect(
      (await call(server, '/boards', { key: env.BOOTSTRAP_API_KEY })).body.pagination?.total,
    ).toBe(0);
    await server.end();
  });

  it('with a closed port is refused in one line without the password', async () => {
    const env = { DATABASE_URL: 'postgresql://me:geheim@127.0.0.1:1/items' };
    const end = await launch('start', { folder: newFolder(), env }).ended;
    expect(startupErrorOf(end)).toContain('postgresql://me@127.0.0.1:1/items');
    expect(end.stderr).not.toContain('geheim');
    expect(end.took).toBeLessThan(restartTimeout);
  });

  it.each([
    ['host', () => 'postgresql://me:geheim@something.invalid/items', 'something.invalid/items'],
    ['database', () => urlOf({ database: 'nowhere' }), '/nowhere'],
    ['user', () => urlOf({ user: 'no_one', database: 'postgres' }), '//no_one@'],
  ])('with an unknown %s is refused in one line without the password', async (_, url, part) => {
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
