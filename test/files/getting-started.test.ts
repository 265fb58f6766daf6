import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { codeBlock, codeBlocks } from '../support/code-blocks.ts';
import { outputOf, runCommand } from '../support/file-commands.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build } from '../support/program.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

beforeAll(build);
afterEach(cleanUp);

const document = 'getting-started.md';

it('imports the CSV file of the documentation by its command', async () => {
  const [mutation = ''] = codeBlocks(document, 'graphql');
  await world.graphql(mutation);
  const folder = newFolder();
  fs.writeFileSync(join(folder, 'customers.csv'), codeBlock(document, 'csv'));
  const command = codeBlocks(document, 'sh').find((text) => text.startsWith('npm run import'));
  const [, words = ''] = /^npm run import -- (.*)\n$/.exec(command ?? '') ?? [];
  const output = await outputOf(
    runCommand({ url: server.url, folder }, 'import', words.split(' ')),
    'The rejected rows, with line and reason: customers.rejected.csv',
  );
  const [documented = ''] = codeBlocks(document, '');
  for (const line of documented.trim().split('\n')) expect(output).toContain(line);
  const rejected = fs.readFileSync(join(folder, 'customers.rejected.csv'), 'utf8');
  expect(rejected).toContain('Nowhere Ltd');
  const { data } = await world.graphql<{
    items: { nodes: { title: string; contact: { email: string } }[] };
  }>(codeBlocks(document, 'graphql')[1] ?? '');
  expect(data.items.nodes).toMatchObject([
    { title: 'Café Blau', contact: { email: 'hallo@blau.example' } },
  ]);
});
