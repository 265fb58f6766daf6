import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ValueFilter } from '../../src/domain/items/filter/value-filter.ts';
import {
  type GroupBy,
  type GroupQuery,
  readGroups,
  readNumbers,
} from '../../src/domain/items/groups/groups.ts';
import {
  CompiledItemQuery,
  type ItemParent,
  type ItemQuery,
} from '../../src/domain/items/read/query.ts';
import { countItems, readItemPages } from '../../src/domain/items/scan/choose.ts';
import {
  createStrategyCache,
  defaultThresholds,
  isFoundInParent,
} from '../../src/domain/items/scan/scan-context.ts';
import { type Column, Prisma } from '../../src/generated/prisma/client.ts';
import type { Reads } from '../../src/limits/read-limiter.ts';
import type { Reader } from '../../src/postgres/client.ts';
import { and } from '../../src/sql/conditions.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

/** The most blocks that one write may touch: about 80 are needed. Plans that read the large board touch 250 to 9,000. */
const mostBlocks = 150;
/** More runs of a statement than PostgreSQL plans with its values, before it may keep one plan for all. */
const runs = 7;
const tables = [
  'item',
  'item_value',
  'board',
  'board_column',
  'board_change',
  'idempotency_record',
];

/** Items without their log; a board of so many, or many boards of four. */
const insertItems = (boards: number, items: number) => `
  WITH board AS (
    INSERT INTO board (workspace_id, id, name) SELECT 'workspace_demo', 'board_${items}_' || b, 'b'
    FROM generate_series(1, ${boards}) b RETURNING id
  ), "column" AS (
    INSERT INTO board_column (workspace_id, board_id, id, name, position, items_count)
    SELECT 'workspace_demo', id, 'col_' || id, 'c', 0, ${items} FROM board RETURNING board_id
  ), made AS (
    INSERT INTO item (workspace_id, board_id, column_id, id, title, position, "values", created_by_id)
    SELECT 'workspace_demo', board_id, 'col_' || board_id, 'item_' || board_id || '_' || n, 'Item ' || n, n * 1000,
      jsonb_build_object('code', 'c' || n, 'n', n), 'agent_123'
    FROM "column", generate_series(1, ${items}) n RETURNING *
  )
  INSERT INTO item_value SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, v.text, i.id
  FROM made i, item_value_rows(i."values") v`;

const large = { id: 'board_20000_1', items: 20_000 };
const small = { id: 'board_4_77', items: 4 };
const asBulk = (sql: string) => `BEGIN; SET LOCAL items.writer = 'on'; ${sql}; COMMIT`;

async function run(...statements: string[]): Promise<void> {
  const client = new pg.Client(world.connection);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

beforeAll(async () => {
  const noAutovacuum = tables.map((table) => `ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  await run(
    ...noAutovacuum,
    asBulk(insertItems(400, small.items)),
    'ANALYZE',
    asBulk(insertItems(1, large.items)),
  );
}, 60_000);

let count = 0;
const set = (values: object) => ({ set: values, removed: [] });

/** The operations, each for the nth item of a board. */
const operations: Record<string, (id: string) => object> = {
  create: () => ({ op: 'create', fields: { title: 'x' }, ...set({ code: `e${count}` }) }),
  upsert: () => ({
    op: 'upsert',
    match: [{ n: 2 }, { n: '2' }],
    fields: {},
    ...set({ n: 2, m: count }),
  }),
  'update of a value': (id) => ({ op: 'update', id, ...set({ code: `d${count}` }) }),
  'update of labels': (id) => ({ op: 'update', id, fields: { labels: [`l${count}`] } }),
  'move to the top': (id) => ({ op: 'update', id, place: { at: 'TOP' } }),
  'move to the bottom': (id) => ({ op: 'update', id, place: { at: 'BOTTOM' } }),
  'move before another': (id) => ({ op: 'update', id, place: { before: id.replace(/\d+$/, '3') } }),
  delete: (id) => ({ op: 'delete', id }),
};

/** The blocks that one call touches, in the functions and all their statements. */
async function blocksOf(client: pg.Client, boardId: string, operation: object): Promise<number> {
  const { place = null, ...rest } = operation as { place?: object };
  const operations = [{ n: 0, newId: `item_new_${count++}`, fields: {}, ...rest }];
  const { rows } = await client.query(
    `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) SELECT write_items('workspace_demo', 'agent_123', '${boardId}',
      '${JSON.stringify(operations)}', ${place === null ? 'NULL' : `'${JSON.stringify(place)}'`}, FALSE, FALSE, FALSE,
      'key ${count}', '', 'x')`,
  );
  const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

const statistics = [
  ['from before the large board', 'SELECT 1'],
  ['fresh', 'ANALYZE'],
  [
    'missing',
    `BEGIN; DELETE FROM pg_statistic WHERE starelid = ANY ('{${tables}}'::regclass[]);
     UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = ANY ('{${tables}}'::regclass[]); COMMIT`,
  ],
] as const;

/** Runs statements under EXPLAIN, and counts the rows that their plans read. */
function explainingReader() {
  const read = { rows: 0 };
  const rowsOf = (plan: Plan): number =>
    (plan['Actual Rows'] +
      (plan['Rows Removed by Filter'] ?? 0) +
      (plan['Rows Removed by Join Filter'] ?? 0)) *
      plan['Actual Loops'] +
    (plan.Plans ?? []).reduce((sum, below) => sum + rowsOf(below), 0);
  const $rows: Reader['$rows'] = async ({ text, values }) => {
    const explained = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`;
    const [row] = await world.db.$rows({ text: explained, values });
    read.rows += rowsOf(JSON.parse(row?.[0] ?? '')[0].Plan);
    return world.db.$rows({ text, values });
  };
  return { $rows, read };
}

interface Plan {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
}

const where = (...values: ValueFilter[]): ItemQuery => ({ filter: { values } });
const wide = { key: 'n', gte: 5000 };
const exists = { key: 'code', exists: true };
const named: ItemQuery = { filter: { columnName: { contains: 'c' } } };

/** Reads of the large board. */
const reads: Record<string, (db: Reader) => Promise<unknown>> = {
  'groups by month': (db) => readGroups(groupsOf(db, { month: 'n' })),
  'sums of months': (db) =>
    readNumbers(groupsOf(db, { month: 'n' }), { keys: ['x'], valueKey: 'n' }),
  'sums of columns': (db) =>
    readNumbers(groupsOf(db, { field: 'COLUMN' }), { keys: ['x'], valueKey: 'n' }),
  'groups of a range': (db) =>
    readGroups(groupsOf(db, { month: 'n' }, where({ key: 'n', lt: 500 }))),
  'total of a range': (db) => countItems(...scanOf(db, where(wide))),
  'total of two ranges': (db) => countItems(...scanOf(db, where(wide, exists))),
  'total of a range and more': (db) =>
    countItems(...scanOf(db, { filter: { values: [wide], createdById: { eq: 'agent_123' } } })),
  'page of a range': (db) => readItemPages(...scanOf(db, where({ key: 'n', lt: 500 }))),
  'page of a wide range without an index': (db) =>
    readItemPages(
      ...scanOf(db, { ...where(wide), orderBy: [{ field: 'TITLE' }, { value: { key: 'n' } }] }),
    ),
  'page of a name of columns': (db) => readItemPages(...scanOf(db, named)),
  'total of a name of columns': (db) => countItems(...scanOf(db, named)),
  'page by a value': (db) => readItemPages(...scanOf(db, { orderBy: [{ value: { key: 'n' } }] })),
};

/** Reads of the large board that an index on content answers. */
const lookups: Record<string, (db: Reader) => Promise<unknown>> = {
  'page of a word': (db) => readItemPages(...scanOf(db, { ...byTwo, search: '19999' })),
  'total of a column with a word': (db) =>
    countItems(...scanOf(db, { search: '19999' }, { kind: 'column', ...place })),
  'total of a word': (db) => countItems(...scanOf(db, { search: '19999' })),
  'total of a text': (db) => countItems(...scanOf(db, where({ key: 'code', eq: 'c19999' }))),
  'total of a label': (db) =>
    countItems(...scanOf(db, { filter: { labels: { hasAny: ['rare'] } } })),
  'groups of a word': (db) =>
    readGroups(groupsOf(db, { field: 'CREATED_MONTH' }, { search: '19999' })),
  'total of a contact': (db) =>
    countItems(...scanOf(db, { filter: { contactId: { eq: 'none' } } })),
};

const eq = (text: string) => ({ values: [{ key: 'code', eq: text }] });
/** An order that no index has. */
const byTwo: ItemQuery = { orderBy: [{ field: 'TITLE' }, { field: 'UPDATED_AT' }] };
const place = { boardId: large.id, columnId: `col_${large.id}` };

const compile = (query: ItemQuery) => new CompiledItemQuery('workspace_demo', 'board', query);

const groupsOf = (db: Reader, by: GroupBy, query: ItemQuery = {}): GroupQuery => ({
  ...{ db, by, first: 50, workspaceId: 'workspace_demo', boardId: large.id },
  ...{ query: compile(query), sample: defaultThresholds.sample },
});

const scanOf = (
  db: Reader,
  query: ItemQuery,
  parent: ItemParent = { kind: 'board', boardId: large.id },
) => {
  const board = { id: place.columnId, itemsCount: large.items } as Column;
  const context = {
    db: { ...db, large: db } as Reads,
    workspaceId: 'workspace_demo',
    thresholds: defaultThresholds,
    strategies: createStrategyCache(),
    recentBoardState: async () => ({ boardId: large.id, revision: '', etag: '', columns: [board] }),
  };
  const args = { contact: false, createdBy: false, atMost: undefined, query: compile(query) };
  return [context, [parent], args] as const;
};

/** Each node of a plan may pass on each item once or twice: a nested loop of two parts would read 400 million rows. */
const mostRows = large.items * 20;
/** Twice the sample of the newest items that the server reads before it chooses. */
const fewRows = 4 * defaultThresholds.sample;

describe.each(statistics)('with statistics %s', (_, prepare) => {
  beforeAll(() => run(prepare));

  it('writes touch few blocks', async () => {
    const client = new pg.Client(world.connection);
    await client.connect();
    const found: Record<string, number> = {};
    let next = large.items;
    for (const [name, operation] of Object.entries(operations)) {
      const touched: number[] = [];
      for (let n = 0; n < runs; n++) {
        if (name === 'delete') next -= 1;
        const id = `item_${large.id}_${name === 'delete' ? next : 10 + n}`;
        touched.push(await blocksOf(client, large.id, operation(id)));
      }
      if (name !== 'delete')
        touched.push(await blocksOf(client, small.id, operation(`item_${small.id}_1`)));
      // The first call reads the catalog, and one may clean up the pending list of the index on content.
      found[name] = touched.slice(1).sort((a, b) => b - a)[1] ?? 0;
    }
    await client.end();
    expect(Object.entries(found).filter(([, blocks]) => blocks > mostBlocks)).toEqual([]);
  });

  it.each(Object.entries(reads))('%s reads each item a few times', async (_name, read) => {
    const db = explainingReader();
    await read(db);
    expect(db.read.rows).toBeLessThan(mostRows);
  });

  it.each(Object.entries(lookups))('%s reads few items', async (_name, read) => {
    const db = explainingReader();
    await read(db);
    expect(db.read.rows).toBeLessThan(fewRows);
  });
});

it('finds an idempotency key by the primary key, also by a plan from when there was none', async () => {
  await run('TRUNCATE idempotency_record', 'ANALYZE idempotency_record');
  const client = new pg.Client(world.connection);
  await client.connect();
  const create = () => blocksOf(client, small.id, { op: 'create', fields: { title: 'x' } });
  for (let n = 0; n < runs; n++) await create();
  await run(`
    INSERT INTO idempotency_record (workspace_id, agent_id, key, part, fingerprint, response)
    SELECT 'workspace_demo', 'agent_123', 'old ' || n, '', 'x', '{}' FROM generate_series(1, 20000) n`);
  const touched = await create();
  await client.end();
  expect(touched).toBeLessThan(mostBlocks);
});

it.each<[string, ItemQuery]>([
  ['a search', { search: 'item 19999' }],
  ['an equal text', { filter: eq('c19999') }],
  ['one of two conditions', { filter: { or: [eq('c19999'), { title: { contains: '19998' } }] } }],
])('looks up %s in the index on content, and large items in their own', async (_, query) => {
  await run('ANALYZE item');
  const compiled = compile(query);
  const board = { workspaceId: 'workspace_demo', parent: { kind: 'board', ...place } } as const;
  const rows = await world.db.$queryRaw<{ 'QUERY PLAN': string }[]>(
    Prisma.sql`EXPLAIN SELECT FROM item i
      WHERE ${and([isFoundInParent({ ...board, query: compiled }), ...compiled.where])}`,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Bitmap Index Scan on item_board_content_idx');
  expect(plan).toContain('Bitmap Index Scan on item_board_large_idx');
});

it.each([
  'item',
  'item_value',
])('lets autovacuum come to %s after one row in a hundred is new', async (table) => {
  const [row] = await world.db.$queryRaw<{ options: string[] }[]>(
    Prisma.sql`SELECT reloptions AS options FROM pg_class WHERE oid = to_regclass(${table})`,
  );
  expect(row?.options).toEqual(
    expect.arrayContaining([
      'autovacuum_analyze_scale_factor=0.01',
      'autovacuum_vacuum_insert_scale_factor=0.01',
    ]),
  );
});
