import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { clientAt, type GatewayClient } from '../support/client.ts';
import { newDatabase, urlOf } from '../support/databases.ts';
import { describedBy } from '../support/described.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts, project } from '../support/platform.ts';
import { bundle, start } from '../support/program.ts';

vi.setConfig(longTimeouts);

/** An edit of the project: text that is inserted before the one match of a pattern, or a new file. */
type Edit = readonly [file: string, before: RegExp | null, text: string];

/** All edits for a writable field. `npx vitest run -u test/graphql/schema.test.ts` then updates schema.graphql. */
const edits: readonly Edit[] = [
  ['prisma/schema.prisma', /^ {2}conversationIds /m, '  priority Int?\n'],
  [
    'prisma/migrations/9999_priority/migration.sql',
    null,
    'ALTER TABLE item ADD COLUMN priority integer;\n',
  ],
  [
    'src/domain/items/fields.ts',
    /^ {2}position: /m,
    "  priority: { type: 'integer', isNullable: true, isWritable: true },\n",
  ],
  [
    'src/graphql/schema/items/item.ts',
    /^ {4}boardId: t\.exposeID/m,
    "    priority: t.exposeInt('priority', { nullable: true, description: 'The priority.' }),\n",
  ],
  [
    'src/graphql/schema/items/item-inputs.ts',
    /^ {2}values: t\.field/m,
    "  priority: t.int({ description: 'The priority; null removes it.' }),\n",
  ],
  ['src/rest/routes.ts', /\$contact_id: ID/, '$priority: Int, '],
  ['src/rest/routes.ts', /(?<=const itemBase = `)/, 'priority '],
];

/** A copy of the project with the edits, built. */
function createEditedProject(): string {
  const copy = newFolder();
  const sources = ['prisma', 'scripts', 'src', 'package.json', 'prisma.config.ts'];
  for (const name of [...sources, 'tsconfig.json'])
    fs.cpSync(join(project, name), join(copy, name), { recursive: true });
  fs.symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, before, text] of edits) {
    const path = join(copy, file);
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, before === null ? text : insert(path, before, text));
  }
  for (const [tool, ...words] of [['prisma', 'generate', '--no-hints'], ['tsc']])
    execFileSync(join(project, `node_modules/.bin/${tool}`), words, { cwd: copy, stdio: 'pipe' });
  bundle(copy);
  return copy;
}

function insert(path: string, before: RegExp, text: string): string {
  const parts = fs.readFileSync(path, 'utf8').split(new RegExp(`(?=${before.source})`, 'm'));
  if (parts.length !== 2) throw new Error(`${path} must match ${before} once`);
  return parts.join(text);
}

let rest: GatewayClient['rest'];
let graphql: GatewayClient['graphql'];

beforeAll(async () => {
  const program = createEditedProject();
  const env = { DATABASE_URL: urlOf({ database: await newDatabase() }), DEMO: 'on' };
  const { url } = await start({ folder: newFolder(), program, env });
  const openApi = await fetch(`${url}/api/crm/openapi.json`);
  ({ rest, graphql } = clientAt(url, describedBy((await openApi.json()) as object)));
});
afterAll(cleanUp);

const items = '/boards/board_abc123/items';

interface Item {
  id: string;
  priority: number | null;
}

async function createItem(priority: number): Promise<Item> {
  const { status, body } = await rest<Item>('POST', items, { body: { title: 'Prio', priority } });
  expect(status).toBe(201);
  return body.data;
}

it('takes at most 7 edits', () => {
  expect(edits.length).toBeLessThanOrEqual(7);
});

it('creates, updates and clears the field through REST', async () => {
  const { id, priority } = await createItem(3);
  expect(priority).toBe(3);
  const path = `${items}/${id}`;
  const update = async (body: object) => (await rest<Item>('PUT', path, { body })).body.data;
  expect((await update({ priority: 5 })).priority).toBe(5);
  expect((await update({ title: 'Kept' })).priority).toBe(5);
  expect((await update({ priority: null })).priority).toBeNull();
  expect((await rest<Item>('GET', path)).body.data.priority).toBeNull();
});

it('creates and updates the field through GraphQL', async () => {
  const { data } = await graphql<{ made: { item: Item } }>(
    `mutation { made: createItem(input: { boardId: "board_abc123", title: "x", priority: 1 }) {
      item { id priority } } }`,
  );
  expect(data.made.item.priority).toBe(1);
  const changed = await graphql<{ made: { item: Item } }>(
    `mutation ($id: ID!) { made: updateItem(input: { id: $id, priority: 2 }) {
      item { priority board { name } } } }`,
    { id: data.made.item.id },
  );
  expect(changed.data.made.item.priority).toBe(2);
});

it('writes the field in batches', async () => {
  const { id } = await createItem(1);
  const operations = [
    { op: 'create', title: 'x', priority: 7 },
    { op: 'update', id, priority: 8 },
    { op: 'upsert', match_on: 'key', title: 'y', values: { key: 'k' }, priority: 9 },
  ];
  const { body } = await rest<{ results: { action: string; item: Item }[] }>(
    'POST',
    `${items}/batch`,
    { body: { operations } },
  );
  expect(body.data.results.map(({ action, item }) => [action, item.priority])).toEqual([
    ['created', 7],
    ['updated', 8],
    ['created', 9],
  ]);
  await rest('POST', `${items}/batch`, {
    body: { operations: [{ op: 'update', id, priority: null }] },
  });
  expect((await rest<Item>('GET', `${items}/${id}`)).body.data.priority).toBeNull();
});

it('returns the field in lists and search results', async () => {
  const { id } = await createItem(11);
  const byId = (rows: Item[]) => rows.find((row) => row.id === id)?.priority;
  const list = await rest<Item[]>('GET', `${items}?search=Prio&limit=100`);
  expect(byId(list.body.data)).toBe(11);
  const search = { body: { query: 'prio', limit: 100 } };
  expect(byId((await rest<Item[]>('POST', `${items}/search`, search)).body.data)).toBe(11);
  const { data } = await graphql<{ asJson: { nodes: Item[] }; asRows: { nodes: Item[] } }>(
    `{ asJson: items(search: "prio") { nodes { id priority } }
      asRows: items(search: "prio") { nodes { id priority column { name } } } }`,
  );
  expect(byId(data.asJson.nodes)).toBe(11);
  expect(byId(data.asRows.nodes)).toBe(11);
});

it('records the field in the change log', async () => {
  const { id } = await createItem(1);
  await rest('PUT', `${items}/${id}`, { body: { priority: 2 } });
  const { data } = await graphql<{ item: { history: { nodes: { fields: object[] }[] } } }>(
    'query ($id: ID!) { item(id: $id) { history { nodes { fields { field before after } } } } }',
    { id },
  );
  expect(data.item.history.nodes.map(({ fields }) => fields)).toContainEqual([
    { field: 'priority', before: 1, after: 2 },
  ]);
});

it('names the field in a version conflict', async () => {
  const { id } = await createItem(1);
  await rest('PUT', `${items}/${id}`, { body: { priority: 2 } });
  const update = { body: { priority: 3, expected_version: 1 } };
  const { status, body } = await rest('PUT', `${items}/${id}`, update);
  expect(status).toBe(412);
  expect(body.error).toMatchObject({
    current: { priority: 2 },
    changed_fields: ['priority'],
    conflicting_fields: ['priority'],
  });
});
