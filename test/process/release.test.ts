import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, expect, it } from 'vitest';
import { cleanUp, newFolder } from '../support/folders.ts';
import { project } from '../support/platform.ts';

afterEach(cleanUp);

const changelog =
  '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [1.0.0] - 2026-01-01\n\n- Old.\n';
const sdl = 'type Query { a: Int b: Int }\n';

interface Repository {
  folder: string;
  git(...args: string[]): string;
  release(...args: string[]): { status: number | null; stdout: string };
  commit(files: Record<string, string>): void;
}

/** A repository with the release 1.0.0, and a change after it. */
function createRepository(): Repository {
  const folder = newFolder();
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
    return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' });
  };
  const commit = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(join(folder, name), text);
    git('add', '--all');
    git('commit', '--quiet', '--message', 'a change');
  };
  for (const name of ['node_modules', 'scripts'])
    fs.symlinkSync(join(project, name), join(folder, name));
  git('init', '--quiet', '--initial-branch', 'main');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.com');
  const breaking = 'node --import tsx scripts/breaking-changes.ts';
  commit({
    '.gitignore': 'node_modules\nscripts\n',
    'package.json': JSON.stringify({
      name: 'x',
      version: '1.0.0',
      type: 'module',
      scripts: { breaking },
    }),
    'schema.graphql': sdl,
    'openapi.json': '{"paths":{},"components":{"schemas":{}}}',
    'CHANGELOG.md': changelog,
  });
  git('tag', 'v1.0.0');
  commit({ 'schema.graphql': `${sdl}\n` });
  return {
    folder,
    git,
    commit,
    release: (...args) =>
      spawnSync(process.execPath, ['--import', 'tsx', 'scripts/release.ts', ...args], {
        cwd: folder,
        encoding: 'utf8',
      }),
  };
}

it('changes nothing without --tag, and with it commits and tags the version', () => {
  const { folder, git, release } = createRepository();
  const head = git('rev-parse', 'HEAD');
  expect(release('1.1.0').stdout).toContain('1.1.0 can be released. Nothing was changed');
  expect([git('rev-parse', 'HEAD'), git('status', '--porcelain')]).toEqual([head, '']);
  expect(release('1.1.0', '--tag')).toMatchObject({ status: 0 });
  expect(git('describe', '--tags').trim()).toBe('v1.1.0');
  expect(git('status', '--porcelain')).toBe('');
  expect(JSON.parse(fs.readFileSync(join(folder, 'package.json'), 'utf8')).version).toBe('1.1.0');
  expect(fs.readFileSync(join(folder, 'CHANGELOG.md'), 'utf8')).toMatch(
    /## \[Unreleased\]\n\n## \[1\.1\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- A thing\.\n\n## \[1\.0\.0\]/,
  );
  // The changelog is empty now.
  expect(release('1.2.0').stdout).toContain('nothing under [Unreleased]');
});

it.each<[string, string, (repository: Repository) => void]>([
  ['comes 1.1.0, or 1.0.1, or 2.0.0', '1.3.0', () => {}],
  ['no version like 1.2.3', 'next', () => {}],
  ['not committed', '1.1.0', ({ folder }) => fs.writeFileSync(join(folder, 'new'), '')],
  ['not main', '1.1.0', ({ git }) => void git('checkout', '--quiet', '-b', 'other')],
  ['The tag v1.1.0 exists', '1.1.0', ({ git }) => void git('tag', 'v1.1.0', 'v1.0.0')],
  [
    'npm run breaking failed',
    '2.0.0',
    ({ commit }) => commit({ 'schema.graphql': 'type Query {' }),
  ],
  [
    'These need 2.0.0',
    '1.1.0',
    ({ commit }) => commit({ 'schema.graphql': 'type Query { a: Int }' }),
  ],
])('refuses: %s', (problem, version, change) => {
  const repository = createRepository();
  change(repository);
  const { status, stdout } = repository.release(version, '--tag');
  expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining(problem) });
});

it('lets breaking changes into a major version', () => {
  const repository = createRepository();
  repository.commit({ 'schema.graphql': 'type Query { a: Int }' });
  expect(repository.release('2.0.0').stdout).toContain('2.0.0 can be released');
});
