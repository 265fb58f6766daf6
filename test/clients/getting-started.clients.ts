import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { codeBlock, codeBlocks } from '../support/code-blocks.ts';
import { project } from '../support/platform.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const server = useServer(useWorld());
const document = 'getting-started.md';

it('runs the typed query of the documentation, and its types refuse a wrong field', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'typed-query-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(project, 'test/clients/node_modules'), join(folder, 'node_modules'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const headers = { authorization: `Bearer ${demoKey}` };
  const schema = await fetch(`${server.url}/graphql/schema.graphql`, { headers });
  const code = codeBlock(document, 'ts').replaceAll('http://127.0.0.1:4000', server.url);
  write('schema.graphql', await schema.text());
  write('package.json', '{ "type": "module" }');
  write('tsconfig.json', codeBlock(document, 'jsonc'));
  write('main.ts', code);

  /** Runs a command as npx does. Throws with its output. */
  const run = async (line: string): Promise<string> => {
    const [, command = '', ...args] = line.split(' ');
    const packages = command === 'tsx' ? project : folder;
    const program = join(packages, 'node_modules/.bin', command);
    const how = { cwd: folder, timeout: 60_000, env: { PATH: process.env.PATH } };
    const { stdout } = await promisify(execFile)(program, args, how).catch((error) => {
      throw new Error(`${line}: ${error.stdout}${error.stderr}`);
    });
    return stdout;
  };
  const commands = codeBlocks(document, 'sh').find((text) => text.startsWith('npx ')) ?? '';
  const [generate = '', check = '', start = ''] = commands.trim().split('\n');
  await run(generate);
  await run(check);
  const [printed = ''] = codeBlocks(document, '').slice(-1);
  expect(printed).not.toBe('');
  expect(await run(start)).toContain(printed);
  write('main.ts', code.replace('{ title, contact }', '{ title, contact, labels }'));
  await expect(run(check)).rejects.toThrow("Property 'labels' does not exist");
});
