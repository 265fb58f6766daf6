import type pg from 'pg';

/** Whether the database is on a Citus cluster. */
export async function isDistributed(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ is_distributed: boolean }>(
    "SELECT to_regclass('pg_dist_partition') IS NOT NULL AS is_distributed",
  );
  return rows[0]?.is_distributed ?? false;
}

/** The parameters that `sql/generic-plan.ts` hides from the planner. */
const hidden = /\(SELECT (\$\d+::text(?:\[\])?)\)/g;

/**
 * A statement as Citus needs it: the workspace must be visible, because it decides which worker is asked. Citus plans
 * each statement anew anyway.
 */
export const showParameters = (text: string): string => text.replace(hidden, '$1');
