import type pg from 'pg';

/** The key of the advisory lock under which every process of ours migrates. */
const lockKey = 7_236_402_114;

/**
 * Runs `work` in a transaction, beside which no other process migrates. The lock ends with the transaction: one of a
 * session would stay on the connection of a pooler, and the next process would wait for it for ever.
 */
export async function withMigrationLock<Result>(
  client: pg.Client,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('BEGIN');
  try {
    await client.query("SET LOCAL lock_timeout = '60s'");
    // Functions name the schema public, so everything is created there. Extensions may be in another schema.
    await client.query(
      "SELECT set_config('search_path', 'public, ' || current_setting('search_path'), TRUE)",
    );
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be lost: the first error says why.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
