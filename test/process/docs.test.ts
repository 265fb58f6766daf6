import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, settingNames } from '../../src/config.ts';
import { errorKinds } from '../../src/errors.ts';
import { limitSettings } from '../../src/limits/settings.ts';
import { exampleRunner, examplesIn } from '../support/examples.ts';
import { project } from '../support/platform.ts';
import { useWorld } from '../support/world.ts';

const read = (path: string): string => readFileSync(join(project, path), 'utf8');

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'],
  ...readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
];

describe.each(documents.filter((path) => examplesIn(read(path)).length > 0))('%s', (path) => {
  const world = useWorld();

  it('has examples that run', async () => {
    const run = exampleRunner(world);
    for (const example of examplesIn(read(path))) {
      const response = await run(example).catch((error) => {
        throw new Error(`${path}:${example.line}: ${error.message}`, { cause: error });
      });
      if (example.response !== undefined)
        expect(response, `${path}:${example.line}`).toMatchObject(example.response as object);
    }
  });
});

/** The text of a heading as the fragment of a link. */
const fragmentOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const fragmentsIn = (markdown: string): string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => fragmentOf(heading));

it.each(documents)('%s links to files and headings that exist', (path) => {
  const links = [...read(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.flatMap(([link, file = '', fragment]) => {
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(project, target))) return [link];
    return fragment === undefined || fragmentsIn(read(target)).includes(fragment) ? [] : [link];
  });
  expect(broken).toEqual([]);
});

const pathInCode =
  /`((?:src|test|prisma|bench|docs|\.ci)\/[\w./-]*|[\w.-]+\.(?:ts|json|graphql))`/g;

it.each(documents)('%s names files and npm scripts that exist', (path) => {
  const text = read(path);
  const files = [...text.matchAll(pathInCode)].map(([, file = '']) => file);
  const scripts = [...text.matchAll(/`npm (?:run )?([a-z]+)/g)].map(([, script = '']) => script);
  const known = { ...JSON.parse(read('package.json')).scripts, ci: '', install: '' };
  expect(files.filter((file) => !existsSync(join(project, file)))).toEqual([]);
  expect(scripts.filter((script) => !(script in known))).toEqual([]);
});

const nameInFile = /`(\w+)`(?: or `(\w+)`)? in `((?:src|prisma)\/[\w./-]+)`/g;

it.each(documents)('%s names what its files contain', (path) => {
  const missing = [...read(path).matchAll(nameInFile)].filter(([, name = '', other, file = '']) => {
    const text = file.endsWith('/') ? readdirSync(join(project, file)).join() : read(file);
    return ![name, other ?? name].every((word) => text.includes(word));
  });
  expect(missing.map(([text]) => text)).toEqual([]);
});

/** The first cells of a table's rows that are code. */
const codeCells = (markdown: string): string[] =>
  [...markdown.matchAll(/^\| `(\w+)` \|/gm)].map(([, cell = '']) => cell);

const settings = settingNames.toSorted();

describe('.env.example', () => {
  const lines = [...read('.env.example').matchAll(/^# ([A-Z_]+)=(.*)$/gm)];

  it('has every setting', () => {
    expect(lines.map(([, name]) => name).sort()).toEqual(settings);
  });

  it('has the defaults', () => {
    const values = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
    expect(readConfig(values)).toEqual(readConfig({}));
  });
});

it('docs/operating.md and docs/authentication.md have every setting', () => {
  const text = read('docs/operating.md') + read('docs/authentication.md');
  const names = codeCells(text).filter((name) => /^[A-Z_]+$/.test(name));
  expect(names.sort()).toEqual(settings);
});

it('the table of limits has every limit that is a setting, with its default', () => {
  const [, limits = ''] = read('docs/operating.md').split(/^## Limits$/m);
  const rows = [
    ...limits.matchAll(/^\| `([A-Z_]+)` \| (\d+|one more than the computer has cores)/gm),
  ];
  const documented = Object.fromEntries(
    rows.map(([, name, value]) => [name, Number(value) ? value : '']),
  );
  expect(Object.keys(documented).sort()).toEqual(Object.keys(limitSettings).sort());
  expect(readConfig(documented).limits).toEqual(readConfig({}).limits);
});

it.each(Object.keys(limitSettings))('refuses an invalid %s with its name', (name) => {
  for (const value of ['x', '-1', '1.5', '99999999999'])
    expect(() => readConfig({ [name]: value })).toThrow(`${name} must be`);
});

it('docs/errors.md has every error, as in the table of errors', () => {
  const rows = Object.entries(errorKinds).map(
    ([code, { status, meaning, remedy }]) => `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`,
  );
  const lines = read('docs/errors.md').split('\n');
  expect(lines.filter((line) => line.startsWith('| `'))).toEqual(rows);
});

it('docs/comparison.md links a test for each statement about this project', () => {
  const [, table = ''] = read('docs/comparison.md').split(/^## Where it differs$/m);
  const rows = [...table.matchAll(/^\| (\w[^|]*) \| ([^|]*) \|/gm)];
  expect(rows.length).toBeGreaterThan(10);
  const unproven = rows.filter(([, , cell = '']) => !/\]\(\.\.\/test\/[\w./-]+\.ts\)/.test(cell));
  expect(unproven.map(([, topic]) => topic)).toEqual([]);
});
