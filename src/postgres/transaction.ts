import type pg from 'pg';

/** Runs `work` in a transaction, which the SQL `begin` begins and may set up. */
export async function inTransaction<Result>(
  client: pg.Client,
  work: () => Promise<Result>,
  begin = 'BEGIN',
): Promise<Result> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be lost: the first error says why.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
