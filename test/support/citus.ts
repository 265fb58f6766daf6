import pg from 'pg';
import type { Connection } from '../../src/postgres/client.ts';

/** Runs statements one after the other in a session of each server. */
export async function runOn(servers: readonly Connection[], ...statements: string[]) {
  for (const server of servers) {
    const client = new pg.Client(server);
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

interface Node {
  host: string;
  port: number;
}

/** The workers of a server if it is a Citus coordinator: those of the database that the tests are started with. */
export async function readWorkers(server: Connection): Promise<Connection[]> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    const { rows: extensions } = await client.query(
      "SELECT FROM pg_extension WHERE extname = 'citus'",
    );
    if (extensions.length === 0) return [];
    const { rows } = await client.query<Node>(
      `SELECT nodename AS host, nodeport AS port FROM pg_dist_node
       WHERE noderole = 'primary' AND groupid <> 0 ORDER BY nodeid`,
    );
    return rows.map((node) => ({ ...server, ...node }));
  } finally {
    await client.end();
  }
}

/** Makes a cluster of a new database that exists on the coordinator and on its workers. */
export async function joinWorkers(
  coordinator: Connection,
  workers: readonly Connection[],
): Promise<void> {
  const { database } = coordinator;
  await runOn(
    [coordinator, ...workers.map((worker) => ({ ...worker, database }))],
    'CREATE EXTENSION citus',
  );
  await runOn(
    [coordinator],
    `SELECT citus_set_coordinator_host('${coordinator.host}', ${coordinator.port})`,
    ...workers.map(({ host, port }) => `SELECT citus_add_node('${host}', ${port})`),
  );
}

/** Ends the connections that Citus keeps to a database, so that it can be copied. */
export const closeForCopies = (database: string): string[] => [
  `ALTER DATABASE ${database} ALLOW_CONNECTIONS FALSE`,
  `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${database}'`,
];

/** The two-phase commits of all nodes, and the statements on several parts of a table. */
async function costsOf(clients: readonly pg.Client[]): Promise<string[]> {
  const found = await Promise.all(
    clients.map((client) =>
      client.query<{ one: string }>(
        `SELECT 'two-phase commit ' || gid AS one FROM pg_dist_transaction
         UNION ALL SELECT 'multi-shard statement on ${client.port} ' || generate_series(1, query_execution_multi_shard)
         FROM citus_stat_counters WHERE name = current_database()`,
      ),
    ),
  );
  return found.flatMap(({ rows }) => rows.map(({ one }) => one));
}

/**
 * The two-phase commits and the statements on several parts of a table that `run` adds, where `citus.enable_stat_counters` is
 * on. One client for each node.
 */
export async function addedCosts(
  clients: readonly pg.Client[],
  run: () => Promise<unknown>,
): Promise<string[]> {
  const before = new Set(await costsOf(clients));
  await run();
  return (await costsOf(clients)).filter((one) => !before.has(one));
}
