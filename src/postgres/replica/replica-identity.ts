import pg from 'pg';
import type { Connection, Reader } from '../client.ts';
import { StartupError } from '../startup-error.ts';

/** Reads the identity of a database: its server's, which a replica shares with its primary, and its name. */
export const identity = {
  text: 'SELECT system_identifier::text, current_database()::text FROM pg_control_system()',
  values: [],
};

export const notAReplica =
  'it has another database than DATABASE_URL, or a copy that is not a streaming replica of it';

/** Throws StartupError where a server can be reached that is no replica of the primary. */
export async function checkReplica(primary: Reader, connection: Connection): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query({ ...identity, rowMode: 'array' });
    if (String(rows[0]) === String((await primary.$rows(identity))[0])) return;
  } catch {
    // It may come later: reads go to the primary until then.
    return;
  } finally {
    await client.end().catch(() => {});
  }
  throw new StartupError(`READ_DATABASE_URL cannot be used: ${notAReplica}.`);
}
