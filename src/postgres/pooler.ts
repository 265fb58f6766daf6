import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Connection } from './client.ts';

/** Throws where a pooler does less than the setting says, which requests would notice later. */
export async function checkPooler(client: pg.Client, { pooler }: Connection): Promise<void> {
  if (pooler === undefined && !(await hasSessionLimits(client)))
    throw new Error(
      'the time limits of a session do not reach it, so there is a pooler that ignores them. ' +
        'If it is in transaction mode, set DATABASE_POOLER=on; otherwise let it pass them on',
    );
  if (pooler === 'prepared' && !(await keepsStatements(client)))
    throw new Error(
      'there is no pooler that keeps prepared statements. PgBouncer does so from version 1.21 on, ' +
        'with max_prepared_statements above 0. Without them, set DATABASE_POOLER=on',
    );
}

/** Whether the options of this connection are those of its session. */
async function hasSessionLimits(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("SELECT current_setting('lock_timeout') <> '0' AS has");
  return rows[0]?.has === true;
}

/** A pooler that keeps prepared statements gives them names of its own, which are the same for all its clients. */
async function keepsStatements(client: pg.Client): Promise<boolean> {
  const name = `items_gateway_${randomUUID()}`;
  const { rows } = await client.query({
    name,
    text: 'SELECT NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = $1) AS keeps',
    values: [name],
  });
  return rows[0]?.keeps === true;
}
