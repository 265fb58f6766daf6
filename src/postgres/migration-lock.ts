import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isDeadlock, isLockTimeout } from './errors.ts';
import { inTransaction } from './transaction.ts';

/** The key of the advisory lock under which every process of ours migrates. */
const lockKey = 7_236_402_114;

/** Milliseconds that a migration waits for another process that migrates. */
const turnTimeout = 60_000;
/** Milliseconds that it waits for a lock. PostgreSQL looks for deadlocks, and fails a write, after a second. */
const lockTimeout = 300;
/** Milliseconds between two attempts, for the writes that waited meanwhile; and after which there is no further one. */
const retries = { pause: 200, until: 60_000 };

/**
 * Runs `work` in a transaction, beside which no other process migrates. It may be run several times: changing a table
 * waits for all who read or write it, and those who come later wait behind it. While a lock is not free, or somebody who
 * has it waits for this transaction, it gives up the locks that it has and tries again.
 */
export async function withMigrationLock<Result>(
  client: pg.Client,
  work: () => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + retries.until;
  for (;;) {
    try {
      return await attempt(client, work);
    } catch (error) {
      const isRetried = isLockTimeout(error) || isDeadlock(error);
      if (!isRetried || performance.now() > deadline) throw error;
      await sleep(retries.pause);
    }
  }
}

/**
 * The advisory lock ends with the transaction: one of a session would stay on the connection of a pooler, and the next
 * process would wait for it for ever.
 */
const attempt = <Result>(client: pg.Client, work: () => Promise<Result>): Promise<Result> =>
  inTransaction(client, async () => {
    await client.query(`SET LOCAL lock_timeout = ${turnTimeout}`);
    // Functions name the schema public, so everything is created there. Extensions may be in another schema.
    await client.query(
      "SELECT set_config('search_path', 'public, ' || current_setting('search_path'), TRUE)",
    );
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
    await client.query(`SET LOCAL lock_timeout = ${lockTimeout}`);
    return work();
  });
