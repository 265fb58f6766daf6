import pg from 'pg';
import { apiKey } from './board-plans.ts';

/** The URL of another database of the same server. */
export function urlOfDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** Inserts a workspace with an agent and the API key of the bench into a database without any. */
export async function insertWorkspace(client: pg.Client): Promise<void> {
  await client.query("INSERT INTO workspace (id, name) VALUES ('w', 'Bench')");
  await client.query("INSERT INTO agent (workspace_id, id, name) VALUES ('w', 'agent', 'Bench')");
  await client.query(
    `INSERT INTO api_key (workspace_id, id, agent_id, name, hash, scopes)
     VALUES ('w', 'key', 'agent', 'Bench', sha256($1), '{read,write}')`,
    [Buffer.from(apiKey)],
  );
}

/** Runs statements on a database, one after the other. */
export async function runOn(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
