import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Connection } from '../../src/postgres/client.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { expectSameRows, expectServes, populate, tablesOf } from '../support/database-copies.ts';
import { newDatabase, query, urlOf } from '../support/databases.ts';
import { cleanUp } from '../support/folders.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
let restored: Connection;
afterAll(cleanUp);

/** Whether this machine has a pg_dump that can dump the suite's server. */
async function hasPgDump(): Promise<boolean> {
  const [version] = await query(inject('server'), 'SHOW server_version_num');
  const { stdout } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  const major = Number(/ (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
  return major >= Math.floor(Number(version) / 10_000);
}

function dumpAndRestore(source: Connection, target: Connection): void {
  const [from, to] = [source, target].map(({ database = '' }) => urlOf({ database }));
  const dump = execFileSync('pg_dump', [from ?? '']);
  execFileSync('psql', ['--quiet', '--set', 'ON_ERROR_STOP=1', to ?? ''], { input: dump });
}

/**
 * Restores without pg_dump, in its order: the schema, then under an empty search_path the rows as `pg_dump --inserts`
 * writes them, without triggers, which pg_dump creates after the rows, and last the indexes.
 */
async function migrateAndCopy(source: Connection, target: Connection): Promise<void> {
  await migrate(target);
  const statements = [
    "SELECT set_config('search_path', '', FALSE)",
    'SET session_replication_role = replica',
  ];
  const tables = await tablesOf(source);
  statements.push(`TRUNCATE ${tables.map((table) => `public.${table}`).join()}`);
  for (const table of tables) {
    const columns = await query(
      source,
      `SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = 'public.${table}'::regclass
        AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    );
    const [rows] = await query(
      source,
      `SELECT quote_literal(coalesce(json_agg(t), '[]')::text) FROM public.${table} t`,
    );
    statements.push(
      `INSERT INTO public.${table} (${columns})
        SELECT ${columns} FROM json_populate_recordset(NULL::public.${table}, ${rows})`,
    );
  }
  statements.push(`REINDEX DATABASE ${target.database}`);
  await query(target, ...statements);
}

beforeAll(async () => {
  await populate(world);
  restored = { ...inject('server'), database: await newDatabase() };
  if (await hasPgDump()) dumpAndRestore(world.connection, restored);
  else await migrateAndCopy(world.connection, restored);
});

it('restores every row of every table', async () => {
  await expectSameRows(world.connection, restored);
});

it('finds nothing to migrate in a restored database', async () => {
  expect(await migrate(restored)).toEqual([]);
});

it('searches and writes in a restored database', async () => {
  await expectServes(restored);
});

it('writes under an empty search_path', async () => {
  const write = (key: string, operation: object) =>
    `SELECT public.write_items('workspace_demo', id, 'board_abc123', '[${JSON.stringify(operation)}]',
      '{"at": "TOP"}', FALSE, FALSE, FALSE, '${key}', '', '') FROM public.agent LIMIT 1`;
  const values = { n: 1, due: '2026-02-28', text: 'x' };
  const create = write('create', {
    n: 0,
    op: 'create',
    newId: 'item_path',
    fields: { title: 'Path' },
    set: values,
  });
  const run = (...statements: string[]) =>
    query(restored, "SELECT set_config('search_path', '', FALSE)", ...statements);
  const [created] = await run(create);
  expect(created).toMatchObject({ results: [{ item: { title: 'Path', version: 1 } }] });
  expect(await run(create)).toEqual([{ kept: created }]);
  const update = {
    n: 0,
    op: 'update',
    id: 'item_path',
    fields: { title: 'Way' },
    set: { n: 2 },
    columnName: ' QUALIFIED',
  };
  expect(await run(write('update', update))).toMatchObject([
    { results: [{ item: { version: 2 } }] },
  ]);
  const remove = { n: 0, op: 'delete', id: 'item_path' };
  expect(await run(write('delete', remove))).toMatchObject([{ results: [{ changes: true }] }]);
  const rename = (table: string) => `UPDATE public.${table} SET name = name || '!' RETURNING 1`;
  for (const table of ['board', 'board_column', 'contact'])
    expect(await run(rename(table)), table).not.toEqual([]);
});
