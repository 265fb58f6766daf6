import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'items-walls-'));
copyFileSync(join(project, 'biome.json'), join(folder, 'biome.json'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lints a source file that has only this line, with the project's rules. Returns the output. */
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
  ['src/rest/planted.ts', "export * from '../graphql/schema/item.ts';", 'GraphQL documents only'],
  [
    'src/rest/planted.ts',
    "export * from '../domain/items/write/write.ts';",
    'GraphQL documents only',
  ],
  ['src/rest/planted.ts', "export * from '../postgres/client.ts';", 'GraphQL documents only'],
  [
    'src/graphql/schema/planted.ts',
    "export * from '../../rest/routes.ts';",
    'do not depend on REST',
  ],
  ['src/graphql/schema/planted.ts', "export * from 'graphql-yoga';", 'do not depend on REST'],
  ['src/graphql/schema/planted.ts', "export * from '../../app.ts';", 'do not depend on REST'],
  [
    'src/graphql/execution/planted.ts',
    "export * from '../../rest/plugin.ts';",
    'does not depend on ours, REST or HTTP',
  ],
  [
    'src/graphql/execution/planted.ts',
    "export * from '../../domain/contacts/contacts.ts';",
    'does not depend on ours',
  ],
  ['src/pages/planted.ts', "export * from '../rest/routes.ts';", 'Pages are files'],
  ['src/cli/planted.ts', "export * from '../main.ts';", 'Commands do not depend'],
  ['src/seed/planted.ts', "export * from '../graphql/schema/item.ts';", 'The first data does not'],
  ['src/app.ts', "export * from './seed/demo.ts';", 'Only main.ts and its commands'],
  ['src/mask-error.ts', "export * from './cli/keys.ts';", 'Only main.ts and its commands'],
  [
    'src/graphql/plugins/planted.ts',
    "export * from '../../domain/contacts/contacts.ts';",
    'Plugins do not depend',
  ],
  [
    'src/graphql/schema/planted.ts',
    "export * from '../plugins/use-scopes.ts';",
    'do not depend on REST',
  ],
  [
    'src/graphql/execution/planted.ts',
    "export * from '../schema/item.ts';",
    'does not depend on ours',
  ],
  ['src/backup/planted.ts', "export * from '../domain/agents.ts';", 'Copies know tables'],
  ['src/http/planted.ts', "export * from '../rest/routes.ts';", 'pass a handler in'],
  ['src/metrics/planted.ts', "export * from '../request/context.ts';", 'Metrics do not depend'],
  ['src/http/planted.ts', "export * from 'graphql-yoga';", 'pass a handler in'],
  [
    'src/request/planted.ts',
    "export * from '../graphql/schema/item.ts';",
    "A request's context does not",
  ],
  [
    'src/domain/planted.ts',
    "export * from '../graphql/schema/item.ts';",
    'The domain does not depend',
  ],
  [
    'src/domain/items/read/planted.ts',
    "export * from '../../../request/context.ts';",
    'The domain does not depend',
  ],
  ['src/domain/planted.ts', "export * from '../live/live.ts';", 'The domain does not depend'],
  [
    'src/webhooks/planted.ts',
    "export * from '../request/context.ts';",
    'Deliveries do not depend on',
  ],
  [
    'src/domain/planted.ts',
    "export * from '../webhooks/webhooks.ts';",
    'The domain does not depend',
  ],
  ['src/live/planted.ts', "export * from '../request/context.ts';", 'Streams do not depend on'],
  ['src/domain/planted.ts', "export * from 'graphql';", 'The domain does not depend'],
  [
    'src/sql/planted.ts',
    "export * from '../domain/contacts/contacts.ts';",
    'know no type of the domain',
  ],
  [
    'src/limits/planted.ts',
    "export * from '../domain/contacts/contacts.ts';",
    'Limits and keys do not depend',
  ],
  [
    'src/auth/planted.ts',
    "export * from '../request/context.ts';",
    'Limits and keys do not depend',
  ],
  [
    'src/postgres/planted.ts',
    "export * from '../sql/page.ts';",
    'does not depend on anything that uses it',
  ],
  [
    'src/mcp/planted.ts',
    "export * from '../domain/contacts/contacts.ts';",
    'GraphQL documents only',
  ],
  ['src/rest/planted.ts', "export * from '../mcp/toolbox.ts';", 'GraphQL documents only'],
  ['src/transfer/planted.ts', "export * from '../rest/routes.ts';", 'know no request'],
  ['src/transfer/planted.ts', "export * from '../http/server.ts';", 'know no request'],
  ['src/domain/planted.ts', "export * from '../transfer/rows.ts';", 'The domain does not depend'],
  ['src/errors.ts', "export * from './postgres/client.ts';", 'ground files import nothing'],
  ['src/domain/planted.ts', "export * from '../seed/demo.ts';", 'The domain does not depend'],
  ['src/app.ts', "export * from 'node:process';", 'Only main.ts touches the process'],
  ['src/app.ts', 'export const home = process.env.HOME;', 'Only main.ts touches the process'],
])('refuses in %s: %s', (file, line, sentence) => {
  expect(lint(file, line)).toContain(sentence);
});

it('allows an import in the right direction', () => {
  expect(
    lint('src/graphql/schema/planted.ts', "export * from '../../domain/items/write/write.ts';"),
  ).not.toContain('error');
});

it('finds a cycle of imports, of types too', () => {
  lint('src/sql/one.ts', "import type { Two } from './two.ts';\nexport type One = Two | 1;");
  const output = lint(
    'src/sql/two.ts',
    "import type { One } from './one.ts';\nexport type Two = One | 2;",
  );
  expect(output).toContain('part of a cycle');
});
