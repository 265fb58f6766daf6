import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

/** The verb and the first table of a statement. */
const brief = (statement: string): string =>
  /^\s*(\w+)[\s\S]*?(?:FROM|INTO|UPDATE|JOIN)\s+"?(?:public"?\."?)?(unnest|\w+)/i
    .exec(statement)
    ?.slice(1)
    .join(' ')
    .toLowerCase() ?? statement.slice(0, 30);

const run = (query: string) =>
  world.statementsOf(async () => {
    const { errors } = await world.graphql(query);
    expect(errors).toBeUndefined();
  });

const page = (first: number) => `{
  items(boardId: "board_abc123", first: ${first}) {
    totalCount
    nodes { title contact { name phone } createdBy { name } column { name board { name } } board { name } }
  }
}`;

it('costs the same number of statements for 50 items as for 5', async () => {
  await run(page(1));
  const few = await run(page(5));
  const many = await run(page(50));
  // Boards and columns are loaded at the same time, in any order.
  expect(many.map(brief).sort()).toEqual(few.map(brief).sort());
  expect(many.map(brief).sort()).toMatchInlineSnapshot(`
    [
      "select board",
      "select board",
      "select board_column",
      "select unnest",
    ]
  `);
});

it('loads the first items of every column in one statement', async () => {
  const statements = await run(`{ boards { nodes { name columns { nodes {
    name items(first: 3) { totalCount nodes { title contact { name } } } } } } } }`);
  expect(statements.map(brief)).toMatchInlineSnapshot(`
    [
      "select lateral",
      "select board",
      "select unnest",
    ]
  `);
});

it('loads the histories of all items in one statement and their actors in another', async () => {
  const statements = await run(`{ items(boardId: "board_abc123", first: 20) {
    nodes { history(first: 3) { nodes { action actor { name } } } } } }`);
  expect(statements.map(brief)).toMatchInlineSnapshot(`
    [
      "select unnest",
      "select unnest",
      "select agent",
    ]
  `);
});

it('counts a whole board without reading an item', async () => {
  const statements = await run('{ items(boardId: "board_abc123") { totalCount } }');
  expect(statements.filter((statement) => /\bitem\b/.test(statement))).toEqual([]);
  expect(statements.map(brief)).toMatchInlineSnapshot(`
    [
      "select board",
    ]
  `);
});

it('pins the statements of every REST endpoint', async () => {
  const board = '/boards/board_abc123';
  const calls = [
    ['GET', `${board}/items`],
    ['GET', `${board}/items/item_001`],
    ['POST', `${board}/items/search`, { query: 'acme' }],
    ['POST', `${board}/items`, { title: 'New', column_name: 'Lead' }],
    ['PUT', `${board}/items/item_003`, { column_name: 'Proposal' }],
    ['DELETE', `${board}/items`, { item_ids: ['item_003', 'item_004'] }],
    ['GET', '/boards'],
    ['GET', board],
    ['GET', `${board}/columns/col_001`],
    ['POST', `${board}/columns/by-name`, { name: 'Lead' }],
  ] as const;
  const costs: Record<string, string[]> = {};
  for (const [method, path, body] of calls) {
    const statements = await world.statementsOf(() => world.rest(method, path, { body }));
    costs[`${method} ${path}`] = statements.map(brief);
  }
  expect(costs).toMatchInlineSnapshot(`
    {
      "DELETE /boards/board_abc123/items": [
        "SELECT write_items(
        $1, $2",
      ],
      "GET /boards": [
        "select lateral",
        "select lateral",
        "select board",
      ],
      "GET /boards/board_abc123": [
        "select board",
        "select board",
      ],
      "GET /boards/board_abc123/columns/col_001": [
        "select board",
        "select board",
      ],
      "GET /boards/board_abc123/items": [
        "select board_column",
      ],
      "GET /boards/board_abc123/items/item_001": [
        "select item",
      ],
      "POST /boards/board_abc123/columns/by-name": [
        "select board",
        "select board",
      ],
      "POST /boards/board_abc123/items": [
        "SELECT write_items(
        $1, $2",
      ],
      "POST /boards/board_abc123/items/search": [
        "select board",
        "select unnest",
        "select unnest",
      ],
      "PUT /boards/board_abc123/items/item_003": [
        "SELECT write_items(
        $1, $2",
      ],
    }
  `);
});

it('reads the ETag, the revision and the total of a board or a column with its rows', async () => {
  const selection = 'etag revision totalCount';
  for (const place of ['boardId: "board_abc123"', 'columnId: "col_001", boardId: "board_abc123"']) {
    const page = `items(${place}, first: 2) { ${selection} nodes { id } }`;
    expect(await run(`{ ${page} }`)).toHaveLength(1);
    const { data } = await world.graphql<Record<string, object>>(
      `{ page: ${page} alone: items(${place}) { ${selection} } boardEtag(id: "board_abc123") }`,
    );
    expect(data.page).toEqual({ ...data.alone, nodes: expect.any(Array) });
    expect(data.alone).toMatchObject({ etag: data.boardEtag, totalCount: expect.any(Number) });
  }
});

it('reports a board or a column that does not exist to a page with its ETag', async () => {
  const page = (place: string) => `{ items(${place}) { etag totalCount nodes { id } } }`;
  for (const place of ['boardId: "no"', 'boardId: "board_abc123", columnId: "no"']) {
    const { errors } = await world.graphql(page(place));
    expect(errors?.[0]?.extensions.code).toMatch(/^(BOARD|COLUMN)_NOT_FOUND$/);
  }
});
