import pg from 'pg';
import { type Connection, poolOptions } from '../postgres/client.ts';
import { inTransaction } from '../postgres/transaction.ts';

/** Texts of rows that are the same on all servers, and no time limits: a table may take hours. */
const settings = `SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex';
  SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`;

/**
 * Runs `work` on a connection of its own. Keep-alive notices that the server has gone while it waits for a response; data
 * that is not acknowledged is sent again for as long as the system has it, on Linux a quarter of an hour.
 */
export async function withConnection(
  connection: Connection,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    ...poolOptions(connection),
    application_name: 'items-gateway copy',
    query_timeout: 0,
    keepAliveInitialDelayMillis: 15_000,
  });
  // Whatever waits for a connection that broke fails too.
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Runs `work` in a transaction whose rows have the same text on all servers. `mode` follows BEGIN. */
export const inCopyTransaction = <Result>(
  client: pg.Client,
  work: () => Promise<Result>,
  mode = '',
): Promise<Result> => inTransaction(client, work, `BEGIN ${mode}; ${settings}`);
