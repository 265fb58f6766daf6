import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const compiler = createRequire(import.meta.url).resolve('relay-compiler/package.json');
const project = mkdtempSync(join(tmpdir(), 'relay-'));
afterAll(() => rmSync(project, { recursive: true }));

/** Components as an app with Relay has them: a refetchable connection, fragments, a mutation that updates a connection. */
const components = `import { graphql } from 'relay-runtime';
graphql\`query AppQuery($id: ID!, $count: Int!) {
  viewer { id workspace { name } key { id name } }
  board(id: $id) { id name settings { id color } ...App_items @arguments(count: $count) }
}\`;
graphql\`fragment App_items on Board @refetchable(queryName: "AppItemsQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" }) {
  items(first: $count, after: $cursor) @connection(key: "App_items") {
    edges { node { id ...App_item } }
    totalCount
  }
}\`;
graphql\`fragment App_item on Item { title values createdAt contact { id name } column { id name } }\`;
graphql\`mutation AppCreateMutation($input: CreateItemInput!) {
  createItem(input: $input) { item { id ...App_item } }
}\`;
graphql\`mutation AppDeleteMutation($input: DeleteItemInput!, $connections: [ID!]!) {
  deleteItem(input: $input) { item { id @deleteEdge(connections: $connections) } }
}\`;
`;

it('compiles queries, connections and mutations against schema.graphql', async () => {
  const artifacts = join(project, '__generated__');
  mkdirSync(join(project, 'src'));
  mkdirSync(artifacts);
  writeFileSync(join(project, 'src', 'App.ts'), components);
  writeFileSync(join(project, 'schema.graphql'), readFileSync('schema.graphql', 'utf8'));
  const config = {
    src: './src',
    schema: './schema.graphql',
    language: 'typescript',
    artifactDirectory: './__generated__',
    customScalarTypes: { DateTime: 'string', ItemValues: 'Record<string, unknown>' },
  };
  writeFileSync(join(project, 'relay.config.json'), JSON.stringify(config));
  const cli = join(dirname(compiler), 'cli.js');
  await promisify(execFile)(process.execPath, [cli, 'relay.config.json'], {
    cwd: project,
    timeout: 30_000,
  });
  expect(readdirSync(artifacts).sort()).toEqual([
    'AppCreateMutation.graphql.ts',
    'AppDeleteMutation.graphql.ts',
    'AppItemsQuery.graphql.ts',
    'AppQuery.graphql.ts',
    'App_item.graphql.ts',
    'App_items.graphql.ts',
  ]);
  const item = readFileSync(join(artifacts, 'App_item.graphql.ts'), 'utf8');
  expect(item).toContain('readonly createdAt: string');
  expect(item).toContain('readonly values: Record<string, unknown>');
});
