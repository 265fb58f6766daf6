import pg from 'pg';
import type { Connection } from './client.ts';

// On Citus (https://docs.citusdata.com), a coordinator knows on which worker the rows of a workspace are. All tables are
// distributed by workspace, so that the rows of one workspace are together, and a statement or a transaction of a
// request concerns one worker.

/**
 * The tables that stay on the coordinator. A key is looked up before its workspace is known; a write to a table that every
 * node has a copy of, such as that of the last use of a key, would commit on all nodes.
 */
export const localTables = ['_prisma_migrations', '_applied_function', 'rate_window', 'api_key'];

/**
 * The functions that are whole transactions. A call that is a statement of its own runs on the worker that has the
 * workspace; every other function runs where it is called.
 */
const delegatedFunctions = ['write_items', 'sequence_changes'];

/**
 * Distributes the tables and functions of a migrated database over the workers of a Citus coordinator. What is
 * distributed already stays, so it can be run again: after an upgrade that adds a table, and after a failure. Returns
 * the names of the tables that it distributed. Throws if the database is not that of a coordinator with workers.
 */
export async function distribute(connection: Connection): Promise<string[]> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await checkCluster(client);
    await client.query("SET search_path = 'public'");
    await client.query('SET client_min_messages = warning');
    await returnLocalTables(client);
    await dropObstacles(client);
    const tables = await pendingTables(client);
    for (const table of tables) await distributeTable(client, table);
    await distributeFunctions(client);
    return tables;
  } finally {
    await client.end();
  }
}

/** Distributes what migrations have added, where the tables are distributed already. */
export async function distributeAdditions(
  client: pg.Client,
  connection: Connection,
): Promise<void> {
  const { rows: catalogs } = await client.query("SELECT to_regclass('pg_dist_partition') AS found");
  if (catalogs[0]?.found === null) return;
  const { rows } = await client.query(
    "SELECT FROM pg_dist_partition WHERE logicalrelid = 'public.workspace'::regclass",
  );
  if (rows.length > 0) await distribute(connection);
}

async function checkCluster(client: pg.Client): Promise<void> {
  const { rows: extensions } = await client.query(
    "SELECT FROM pg_extension WHERE extname = 'citus'",
  );
  if (extensions.length === 0)
    throw new Error(
      'it has no extension citus. Create the database and the extension on every node, then add the workers to the coordinator: see docs/scaling.md.',
    );
  const { rows: workers } = await client.query(
    "SELECT FROM pg_dist_node WHERE noderole = 'primary' AND shouldhaveshards",
  );
  if (workers.length === 0)
    throw new Error(
      "it has no workers. Add them: SELECT citus_add_node('<host>', <port>), see docs/scaling.md.",
    );
}

/** Brings back to the coordinator the tables that an earlier version of the gateway distributed or copied. */
async function returnLocalTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_dist_partition p ON p.logicalrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY($1)`,
    [localTables],
  );
  for (const { name } of rows) await client.query('SELECT undistribute_table($1)', [name]);
}

/**
 * Citus has no foreign keys from tables of the coordinator to distributed ones, and triggers of a table would run for its
 * shards, where they would refuse the rows that are moved there.
 */
async function dropObstacles(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS statement
     FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY($1::regclass[])
     UNION ALL
     SELECT format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass)
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = c.oid)`,
    [localTables],
  );
  for (const { statement } of rows) await client.query(statement);
}

/** The tables that are not distributed yet, each after those that it references. */
async function pendingTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; references: string[]; pending: boolean }>(
    `SELECT c.relname AS name, p.logicalrelid IS NULL AS pending, ARRAY(
       SELECT f.confrelid::regclass::text FROM pg_constraint f
       WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS references
     FROM pg_class c LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL($1)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
     ORDER BY c.relname <> 'workspace', c.relname`,
    [localTables],
  );
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    const table = rows.find((row) => row.name === name);
    if (table === undefined || ordered.has(name)) return;
    table.references.forEach(visit);
    ordered.add(name);
  };
  for (const { name } of rows) visit(name);
  return [...ordered].filter((name) => rows.some((row) => row.name === name && row.pending));
}

async function distributeTable(client: pg.Client, table: string): Promise<void> {
  if (table === 'workspace') {
    await client.query("SELECT create_distributed_table('workspace', 'id')");
  } else {
    await client.query(
      "SELECT create_distributed_table($1, 'workspace_id', colocate_with => 'workspace')",
      [table],
    );
  }
}

/**
 * Creates all functions on the workers, too. Those that are new or changed there already are left as they are.
 *
 * The statements of a write get plans of their own each time. Of the generic plans that functions ask for elsewhere, Citus
 * from 13.2.1 on makes one more at each execution and keeps them all: docs/scaling.md has what that costs.
 */
async function distributeFunctions(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; signature: string; has_mode: boolean }>(
    `SELECT p.proname AS name, p.oid::regprocedure::text AS signature,
       array_to_string(p.proconfig, ' ') LIKE '%plan_cache_mode%' IS TRUE AS has_mode
     FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
     ORDER BY p.prokind = 'a'`,
  );
  for (const { name, signature, has_mode } of rows) {
    if (delegatedFunctions.includes(name)) {
      await client.query(
        "SELECT create_distributed_function($1, 'the_workspace', colocate_with => 'workspace')",
        [signature],
      );
    } else await client.query('SELECT create_distributed_function($1)', [signature]);
    if (has_mode || delegatedFunctions.includes(name))
      await client.query(`ALTER FUNCTION ${signature} SET plan_cache_mode = 'force_custom_plan'`);
  }
}
