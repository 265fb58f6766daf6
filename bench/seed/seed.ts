import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Connection } from '../../src/postgres/client.ts';
import { type BoardPlan, boardId, keyOf } from './board-plans.ts';
import { countItems, insertBoards, insertItems, insertPeople } from './seed-statements.ts';
import * as vocabulary from './vocabulary.ts';

/** Items per INSERT. */
const chunk = 50_000;
/** The number of items above which indexes are created after the rows. */
const many = 50_000;
/** Connections that insert items in parallel. */
const writers = 2;

/** Inserts the boards that are missing; returns the number of items and the seconds it took. */
export async function seed(connection: Connection, plans: readonly BoardPlan[]) {
  const start = performance.now();
  const clients = Array.from({ length: writers }, () => new pg.Client(connection));
  await Promise.all(clients.map((client) => client.connect()));
  try {
    // The statements see to counts and value index themselves.
    await Promise.all(clients.map((client) => client.query("SET items.writer = 'on'")));
    const missing = await missingOf(clients, plans);
    if (missing.length > 0) await insertAll(clients, missing);
    const items = missing.reduce((sum, { boards, size }) => sum + boards * size, 0);
    return { items, seconds: (performance.now() - start) / 1000 };
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** Deletes boards with their columns and items. */
export async function removeBoards(connection: Connection, ids: readonly string[]): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query("SET items.writer = 'on'");
    for (const [table, key] of [
      ['item_value', 'board_id'],
      ['item', 'board_id'],
      ['board', 'id'],
    ])
      await client.query(`DELETE FROM ${table} WHERE ${key} = ANY($1)`, [ids]);
  } finally {
    await client.end();
  }
}

async function missingOf([client]: pg.Client[], plans: readonly BoardPlan[]): Promise<BoardPlan[]> {
  const half = await client?.query("SELECT FROM workspace WHERE name = 'unfinished'");
  if (half?.rowCount !== 0) {
    throw new Error('This database was only partly filled by a bench that was stopped. Remove it.');
  }
  const existing = await client?.query<{ id: string }>('SELECT id FROM board WHERE id = ANY($1)', [
    plans.map(boardId),
  ]);
  const existingIds = new Set(existing?.rows.map(({ id }) => id));
  return plans.filter((plan) => !existingIds.has(boardId(plan)));
}

async function insertAll(clients: pg.Client[], plans: BoardPlan[]): Promise<void> {
  const [client = new pg.Client()] = clients;
  for (const id of new Set(plans.map((plan) => plan.workspaceId))) await workspace(client, id);
  await client.query("UPDATE workspace SET name = 'unfinished'");
  await client.query("SET maintenance_work_mem = '512MB'");
  const isMuch = plans.some(({ boards, size }) => boards * size > many);
  const rebuild = isMuch ? await dropIndexes(client) : [];
  for (const plan of plans) await insertPlan(clients, plan);
  for (const statement of rebuild) await client.query(statement);
  await client.query('UPDATE workspace SET name = id');
  await client.query('VACUUM (ANALYZE)');
  // A checkpoint during a measurement would disturb it. The role may lack the privilege.
  await client.query('CHECKPOINT').catch(() => {});
}

async function workspace(client: pg.Client, id: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM workspace WHERE id = $1', [id]);
  if (rowCount !== 0) return;
  const hash = createHash('sha256')
    .update(keyOf({ workspaceId: id }))
    .digest('hex');
  await client.query(insertPeople, [id, vocabulary.firstNames, vocabulary.lastNames, hash]);
}

async function insertPlan(clients: pg.Client[], plan: BoardPlan): Promise<void> {
  const { workspaceId: workspace, prefix, boards, size, name } = plan;
  const { commonWord, rareWord, rareCount, words, sources, labels, columnNames } = vocabulary;
  await clients[0]?.query(insertBoards, [workspace, prefix, boards, columnNames]);
  const texts = [commonWord, rareWord, rareCount, words, sources, labels, name.toLowerCase()];
  let next = 0;
  const insert = async (client: pg.Client) => {
    while (next < boards * size) {
      const first = next;
      next = Math.min(first + chunk, boards * size);
      const range = [first, next - 1, plan.columns ?? columnNames.length];
      await client.query(insertItems, [workspace, prefix, size, ...texts, ...range]);
    }
  };
  await Promise.all(clients.map(insert));
  await clients[0]?.query(countItems, [workspace, prefix]);
}

/**
 * Drops what is faster to create after the rows: the indexes and foreign keys of the item tables, and the primary keys
 * of those that are filled with it. Returns the statements that create them again.
 */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; make: string }>(`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
    FROM pg_constraint
    WHERE conrelid::regclass::text LIKE 'item%' AND (contype = 'f' OR contype = 'p' AND conrelid <> 'item'::regclass)
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid::regclass::text LIKE 'item%' AND NOT indisunique`);
  for (const { drop } of rows) await client.query(drop);
  return rows.map(({ make }) => make);
}
