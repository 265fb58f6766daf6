import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  ConnectionHandler,
  commitLocalUpdate,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getRequest,
  Network,
  RecordSource,
  Store,
  type Variables,
} from 'relay-runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlock } from '../support/code-blocks.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const require = createRequire(import.meta.url);
const compiler = require.resolve('relay-compiler/package.json');
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

/** Compiles the components. Returns the folder of the artifacts. */
async function compile(language: 'typescript' | 'javascript'): Promise<string> {
  const name = `${language}.json`;
  const artifacts = join(project, language);
  mkdirSync(artifacts);
  const documented = JSON.parse(codeBlock('front-ends.md', 'json'));
  const config = { ...documented, language, artifactDirectory: `./${language}` };
  writeFileSync(join(project, name), JSON.stringify(config));
  const cli = join(dirname(compiler), 'cli.js');
  await promisify(execFile)(process.execPath, [cli, name], { cwd: project, timeout: 30_000 });
  return artifacts;
}

beforeAll(() => {
  mkdirSync(join(project, 'src'));
  writeFileSync(join(project, 'src', 'App.js'), components);
  writeFileSync(join(project, 'schema.graphql'), readFileSync('schema.graphql', 'utf8'));
});

it('compiles queries, connections and mutations against schema.graphql', async () => {
  const artifacts = await compile('typescript');
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

it('loads a connection page by page into the store', async () => {
  const artifacts = await compile('javascript');
  const artifact = (name: string) => require(join(artifacts, `${name}.graphql.js`));
  const environment = new Environment({
    network: Network.create(
      async ({ text }, variables) => (await world.graphql(text ?? '', variables)) as never,
    ),
    store: new Store(new RecordSource()),
  });
  const load = async (name: string, variables: Variables) => {
    const query = artifact(name);
    environment.retain(createOperationDescriptor(getRequest(query), variables));
    await fetchQuery(environment, query, variables).toPromise();
  };
  const connection = () => {
    const state = { ids: [] as unknown[], cursor: undefined as unknown, hasNextPage: false };
    commitLocalUpdate(environment, (store) => {
      const board = store.get('board_abc123');
      const record = board && ConnectionHandler.getConnection(board, 'App_items');
      const pageInfo = record?.getLinkedRecord('pageInfo');
      const edges = record?.getLinkedRecords('edges') ?? [];
      state.ids = edges.map((edge) => edge?.getLinkedRecord('node')?.getValue('id'));
      state.cursor = pageInfo?.getValue('endCursor');
      state.hasNextPage = pageInfo?.getValue('hasNextPage') === true;
    });
    return state;
  };

  await load('AppQuery', { id: 'board_abc123', count: 50 });
  const pages = [connection()];
  for (let page = pages[0]; page?.hasNextPage; page = connection()) {
    await load('AppItemsQuery', { id: 'board_abc123', count: 50, cursor: page.cursor });
    pages.push(connection());
  }
  expect(pages.map(({ ids }) => ids.length)).toEqual([50, 100, 127]);
  expect(new Set(pages.at(-1)?.ids).size).toBe(127);
});
