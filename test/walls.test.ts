import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const project = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'items-walls-'));
copyFileSync(join(project, 'biome.json'), join(folder, 'biome.json'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the project's lint says of a source file that has only this line. */
function lint(file: string, line: string): string {
  const place = join(folder, file);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, `${line}\n`);
  try {
    const biome = join(project, 'node_modules/.bin/biome');
    const args = ['lint', '--vcs-enabled=false', '--colors=off', file];
    return execFileSync(biome, args, { cwd: folder, stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return (stdout + stderr).replace(/\s+/g, ' ');
  }
}

it.each([
  ['src/rest/planted.ts', "export * from '../schema/item.ts';", 'GraphQL documents only'],
  ['src/rest/planted.ts', "export * from '../items/write.ts';", 'GraphQL documents only'],
  ['src/rest/planted.ts', "export * from '../database/open.ts';", 'GraphQL documents only'],
  ['src/schema/planted.ts', "export * from '../rest/routes.ts';", 'knows no door'],
  ['src/schema/planted.ts', "export * from 'graphql-yoga';", 'knows no door'],
  ['src/schema/planted.ts', "export * from '../app.ts';", 'knows no door'],
  ['src/execution/planted.ts', "export * from '../rest/plugin.ts';", 'knows no door'],
  ['src/items/planted.ts', "export * from '../schema/item.ts';", 'know nothing of GraphQL'],
  ['src/items/planted.ts', "export * from 'graphql';", 'know nothing of GraphQL'],
  ['src/items/planted.ts', "export * from '../execution/plan.ts';", 'know nothing of GraphQL'],
  ['src/loaders.ts', "export * from './context.ts';", 'know nothing of GraphQL'],
  ['src/app.ts', "export * from 'node:process';", 'Only main.ts touches the process'],
  ['src/app.ts', 'export const home = process.env.HOME;', 'Only main.ts touches the process'],
])('keeps the wall: %s may not say %s', (file, line, sentence) => {
  expect(lint(file, line)).toContain(sentence);
});

it('lets through what stands on the right side', () => {
  expect(lint('src/schema/planted.ts', "export * from '../items/write.ts';")).not.toContain(
    'error',
  );
});
