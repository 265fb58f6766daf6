import type { PrismaClient, Transaction } from '../../src/postgres/client.ts';
import type { World } from './world.ts';

/** Writes items past the functions that keep counts, change log and index of values: for states that they never make. */
export const directly = <Result>(
  { db }: Pick<World, 'db'>,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> =>
  db.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL items.writer = 'on'`;
    return work(tx);
  });

/** Inserts whole items with their log and index. Rows are named by column. */
export async function loadItems(
  db: PrismaClient,
  workspaceId: string,
  rows: readonly object[],
): Promise<void> {
  const now = new Date();
  const defaults = {
    labels: [],
    conversation_ids: [],
    version: 1,
    created_at: now,
    updated_at: now,
  };
  const items = JSON.stringify(
    rows.map((row) => ({ ...defaults, ...row, workspace_id: workspaceId })),
  );
  await db.$queryRaw`SELECT load_items(workspace_id, board_id, array_agg(i))::text
    FROM jsonb_populate_recordset(NULL::item, ${items}::jsonb) i GROUP BY workspace_id, board_id`;
}
