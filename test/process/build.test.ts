import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mapStack } from '../../src/cli/mapped-stack.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { project } from '../support/platform.ts';
import { build, launch } from '../support/program.ts';

const dist = join(project, 'dist');

beforeAll(() => build());
afterAll(cleanUp);

const chunks = (): string[] => readdirSync(join(dist, 'chunks'));

it('has the licence of each package that is bundled', () => {
  const maps = ['main.js.map', ...chunks().map((name) => `chunks/${name}`)].filter((name) =>
    name.endsWith('.map'),
  );
  const sources = maps.flatMap((name) => {
    const map: { sources: string[] } = JSON.parse(readFileSync(join(dist, name), 'utf8'));
    return map.sources;
  });
  const packages = new Set(
    sources.flatMap((source) => {
      const path = source.split('node_modules/').slice(1).join('node_modules/');
      return /^(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [];
    }),
  );
  expect(packages).toContain('graphql-yoga');
  const hasLicence = (name: string) => existsSync(join(dist, 'licences', name));
  expect([...packages].filter((name) => !hasLicence(name))).toEqual([]);
});

it('tells where in the sources an error was thrown', () => {
  const lineOf = (path: string, text: string) =>
    readFileSync(join(project, path), 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1;
  const text = 'const repeatInterval =';
  const script = pathToFileURL(join(dist, 'main.js'));
  const stack = `Error: a bug\n    at f (${script}:${lineOf('dist/main.js', text)}:1)\n    at node:internal:1:1`;
  expect(mapStack(stack)).toBe(
    `Error: a bug\n    at f (${join(project, 'src/main.ts')}:${lineOf('src/main.ts', text)}:1)\n    at node:internal:1:1`,
  );
  expect(mapStack('at f (file:///nowhere/x.js:1:2)')).toBe('at f (file:///nowhere/x.js:1:2)');
});

it('prints the code and the causes of an error that nothing catches', async () => {
  const bug = "Object.assign(new Error('a bug', { cause: new Error('why') }), { code: 'EBUG' })";
  const script = `process.on('newListener', (event) => {
    if (event === 'uncaughtException') setImmediate(() => { throw ${bug}; });
  });`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
  const { how, stderr } = await launch('start', { folder: newFolder(), env }).ended;
  expect(how).toBe('exit code 1');
  expect(stderr).toMatch(/^Error: a bug\n {4}at .* code: 'EBUG',\n.* Error: why\n/s);
});

it('has scripts of ASCII only, which take half the memory', () => {
  const scripts = ['main.js', ...chunks().map((name) => `chunks/${name}`)];
  const isOther = (name: string) => /[^\0-\x7f]/.test(readFileSync(join(dist, name), 'utf8'));
  expect(scripts.filter((name) => name.endsWith('.js') && isOther(name))).toEqual([]);
});

it('names chunks by their content: a server that runs does not load those of another build', () => {
  expect(chunks().filter((name) => !/-[\w-]{8}\.(js(\.map)?|wasm)$/.test(name))).toEqual([]);
});
