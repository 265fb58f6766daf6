import { Prisma } from '../../../generated/prisma/client.ts';
import type { Transaction } from '../../../postgres/client.ts';
import { inChunks, type WriteContext } from '../../transaction.ts';

const { sql } = Prisma;

/** The change of each of many items, as apply_operations takes it. */
export type ItemsOperation =
  | { op: 'delete' }
  | { op: 'update'; columnId: string }
  | { op: 'update'; fields: { contact_id: string | null } };

interface Change {
  boardId: string;
  /** Selects items of the board, of which no more are left once they are changed; it may end in an order. */
  where: Prisma.Sql;
  operation: ItemsOperation;
}

/** Changes any number of items of a locked board, whose revision was bumped. */
export const changeItems = (
  tx: Transaction,
  write: Pick<WriteContext, 'workspaceId' | 'agentId' | 'chunkSize'>,
  { boardId, where, operation }: Change,
): Promise<void> =>
  inChunks(write, async (atMost) => {
    const { workspaceId, agentId } = write;
    const ids = sql`ARRAY(SELECT id FROM item
      WHERE workspace_id = ${workspaceId} AND board_id = ${boardId} AND ${where} LIMIT ${atMost})`;
    const [row] = await tx.$queryRaw<{ changed: number }[]>`SELECT change_items(
      ${workspaceId}, ${boardId}, ${agentId}, ${ids}, ${JSON.stringify(operation)}::jsonb) AS changed`;
    return row?.changed ?? 0;
  });
