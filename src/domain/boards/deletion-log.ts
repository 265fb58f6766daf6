import { Prisma } from '../../generated/prisma/client.ts';
import type { Transaction } from '../../postgres/client.ts';
import type { BoardKey } from './lock.ts';

const { sql } = Prisma;

/** Logs the deletion of a locked board, before it: under its next revision, with its row. */
export const logDeletion = (
  tx: Transaction,
  { workspaceId, boardId, agentId }: BoardKey & { agentId: string },
) => tx.$queryRaw`SELECT log_deletion(${workspaceId}, ${boardId}, ${agentId})::text`;

/** The last entries of the logs of deleted boards, as rows of board_change. */
export const deletions = sql`(SELECT d.workspace_id, d.board_id, d.revision, 0::bigint AS n, 'BOARD' AS subject,
  d.board_id AS subject_id, 'DELETED' AS action, NULL::integer AS version, d.agent_id, d.at, d.before, '{}'::jsonb AS after
  FROM deleted_board d)`;
