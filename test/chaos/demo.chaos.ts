import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { newDatabase, urlOf } from '../support/databases.ts';
import { cleanUp, copiesOf, newFolder } from '../support/folders.ts';
import { longTimeouts, project } from '../support/platform.ts';
import { build, call, type Launch, launch, type Server, start } from '../support/program.ts';

vi.setConfig(longTimeouts);
beforeAll(() => build());
afterAll(cleanUp);

/** A key of the demo workspace that was created beside the demo key. */
let otherKey = '';
/** A folder that was served with the demo. */
const copyOfDemoFolder = copiesOf(async (folder) => {
  const server = await start({ folder });
  expect((await call(server, '/boards')).status).toBe(200);
  const args = ['--workspace', 'Demo Company', '--agent', 'Robot', '--name', 'Robot key'];
  const { stdout } = await launch('keys', { folder }, 'create', ...args).ended;
  otherKey = stdout.split('\n')[0] ?? '';
  await server.end();
});

async function serve(how: Launch): Promise<Server> {
  const server = await start(how);
  onTestFinished(() => server.end().then(() => {}));
  return { ...server, url: server.url.replace('0.0.0.0', '127.0.0.1') };
}

async function explorerOf({ url }: Server): Promise<string> {
  return (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text();
}

const statusOf = async (server: Server, key?: string) =>
  (await call(server, '/boards', key === undefined ? {} : { key })).status;

describe('a database that has the demo', () => {
  it.each([
    ['DEMO=off', { DEMO: 'off' }],
    ['a HOST that is not loopback', { HOST: '0.0.0.0' }],
  ])('is locked by %s: no key of the demo works, none is shown', async (_, env) => {
    const server = await serve({ folder: await copyOfDemoFolder(), env });
    expect(await statusOf(server)).toBe(401);
    expect(otherKey).toMatch(/^itk_/);
    expect(await statusOf(server, otherKey)).toBe(401);
    const output = server.stdout();
    expect(output).toMatch(/^Demo +locked/m);
    expect(output).toMatch(/^Key +none yet/m);
    expect(output).not.toContain('YOUR_API_KEY');
    expect(await explorerOf(server)).not.toContain('YOUR_API_KEY');
  });

  it('is open on every address with DEMO=on, but the explorer there shows no key', async () => {
    const env = { HOST: '0.0.0.0', DEMO: 'on' };
    const server = await serve({ folder: await copyOfDemoFolder(), env });
    expect(await statusOf(server)).toBe(200);
    expect(await explorerOf(server)).not.toContain('YOUR_API_KEY');
  });

  it('is open on a loopback address, where the explorer shows the key', async () => {
    const server = await serve({ folder: await copyOfDemoFolder() });
    expect(await statusOf(server)).toBe(200);
    expect(await explorerOf(server)).toContain('YOUR_API_KEY');
  });

  it('is locked on one server while it is open on another one', async () => {
    const env = { DATABASE_URL: urlOf({ database: await newDatabase() }) };
    const open = await serve({ folder: newFolder(), env: { ...env, DEMO: 'on' } });
    const locked = await serve({ folder: newFolder(), env });
    expect([await statusOf(open), await statusOf(locked)]).toEqual([200, 401]);
    expect(locked.stdout()).toMatch(/^Demo +locked/m);
  });

  it('gets its first own key from BOOTSTRAP_API_KEY', async () => {
    const env = { DEMO: 'off', BOOTSTRAP_API_KEY: 'the-first-key-of-all' };
    const server = await serve({ folder: await copyOfDemoFolder(), env });
    const { status, body } = await call(server, '/boards', { key: env.BOOTSTRAP_API_KEY });
    expect({ status, total: body.pagination?.total }).toEqual({ status: 200, total: 0 });
    expect(server.stdout()).toMatch(/^Key +one of your API keys$/m);
  });
});

describe('an empty database without the demo', () => {
  it('prints the command that creates the first key, which works', async () => {
    const folder = newFolder();
    const server = await serve({ folder, env: { DEMO: 'off' } });
    const [, command = ''] = /^Key .+: (npm run keys .+)$/m.exec(server.stdout()) ?? [];
    expect(server.stdout()).not.toMatch(/^Demo/m);
    // npm runs scripts in the folder of the package; the settings say where the data is.
    const env = { ...process.env, DATA_DIR: join(folder, 'data'), DEMO: 'off' };
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { cwd: project, env });
    const key = /itk_\w+/.exec(stdout)?.[0] ?? '';
    expect(await statusOf(server, key)).toBe(200);
  });
});
