import { expect } from 'vitest';
import type { Connection } from '../../src/postgres/client.ts';
import { createBoard, mutateOk } from './boards.ts';
import { query } from './databases.ts';
import { exampleCall } from './mutations.ts';
import { openWorld, type World } from './world.ts';

/** The tables of a database that survive a crash: all but the unlogged ones. */
export const tablesOf = async (connection: Connection): Promise<string[]> =>
  (await query(
    connection,
    `SELECT relname::text FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p' ORDER BY 1`,
  )) as string[];

/** A statement that adds 5,000 items to a board of the demo, so that a copy takes a while. */
export const manyItems = `
  SELECT load_items(w, b, array_agg(i))::text FROM (SELECT 'workspace_demo' AS w, 'board_abc123' AS b) x,
    jsonb_populate_recordset(NULL::item, (SELECT jsonb_agg(to_jsonb(i) - 'search' || jsonb_build_object('id', 'item_many' || n))
      FROM generate_series(1, 5000) n, (SELECT * FROM item WHERE id = 'item_001') i)) i GROUP BY w, b`;

/**
 * Writes rows into every table: changes in the log of the demo's board, a deleted board, the feed, and a write with an
 * idempotency key.
 */
export async function populate(world: World): Promise<void> {
  for (const name of ['updateItem', 'moveItems', 'updateColumn', 'mergeContacts'])
    await mutateOk(world, ...(await exampleCall(world, name)));
  const { id } = await createBoard(world, { A: [] });
  await mutateOk(world, 'deleteBoard', { id }, 'deletedIds');
  await world.rest('GET', '/changes');
  const { status } = await world.rest('POST', '/boards/board_abc123/items', {
    headers: { 'idempotency-key': 'backup' },
    body: {
      title: 'Crème brûlée',
      values: {
        amount: '12.50',
        due: '2026-02-28',
        nested: { a: [1, null] },
        text: "it's \\ \n слово",
      },
      labels: ['a,b', '"'],
    },
  });
  expect(status).toBe(201);
  const { body } = await world.rest<{ id: string }>('POST', '/webhooks', {
    body: { url: 'https://10.0.0.1/' },
  });
  await world.rest('POST', `/webhooks/${body.data.id}/ping`, { body: {} });
}

/** Expects that two databases have the same tables with the same rows, at least one in each; not those of `others`. */
export async function expectSameRows(
  source: Connection,
  copy: Connection,
  others: readonly string[] = [],
): Promise<void> {
  const tables = await tablesOf(source);
  expect(await tablesOf(copy)).toEqual(tables);
  for (const table of tables.filter((name) => !others.includes(name))) {
    const statement = `SELECT t::text FROM public.${table} t ORDER BY 1`;
    const rows = await query(source, statement);
    expect(rows, table).not.toEqual([]);
    expect(await query(copy, statement), table).toEqual(rows);
  }
}

/** Expects that a gateway searches and writes in a copy of a database that `populate` has filled. */
export async function expectServes(copy: Connection): Promise<void> {
  const { rest, graphql, close } = openWorld(copy);
  try {
    const items = '/boards/board_abc123/items';
    const titles = async (search: string) => {
      const { data } = await graphql<{ board: { items: { nodes: { title: string }[] } } }>(
        `query ($search: String!) {
          board(id: "board_abc123") { items(search: $search) { nodes { title } } } }`,
        { search },
      );
      const { body } = await rest<{ title: string }[]>('GET', `${items}?search=${search}`);
      const found = body.data.map(({ title }) => title);
      expect(data.board.items.nodes.map(({ title }) => title)).toEqual(found);
      return found;
    };
    expect(await titles('creme')).toEqual(['Crème brûlée']);
    const created = await rest<{ id: string }>('POST', items, { body: { title: 'Éclair' } });
    expect(created.status).toBe(201);
    expect(await titles('eclair')).toEqual(['Éclair']);
    const { id } = created.body.data;
    const { errors } = await graphql(
      'mutation ($id: ID!) { updateItem(input: { id: $id, title: "Tarte", values: { n: 7 } }) { item { id } } }',
      { id },
    );
    expect(errors).toBeUndefined();
    expect(await titles('tarte')).toEqual(['Tarte']);
    expect((await rest('DELETE', items, { body: { item_ids: [id] } })).status).toBe(200);
  } finally {
    await close();
  }
}
