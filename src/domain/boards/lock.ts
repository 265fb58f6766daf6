import type { Transaction } from '../../postgres/client.ts';
import { boardNotFound } from '../not-found.ts';

/** The primary key of a board. */
export interface BoardKey {
  workspaceId: string;
  boardId: string;
}

/**
 * Locks the board until the transaction ends and sets the actor for the change log. Every change of a board, its items
 * or its columns does this first, so changes of one board are serialized. Throws BOARD_NOT_FOUND.
 */
export async function lockBoard(
  tx: Transaction,
  { workspaceId, boardId }: BoardKey,
  { agentId, field }: { agentId: string; field?: string },
): Promise<void> {
  const [row] = await tx.$queryRaw<{ exists: boolean }[]>`
    SELECT lock_board(${workspaceId}, ${boardId}, ${agentId}) AS exists`;
  if (!row?.exists) throw boardNotFound(boardId, field);
}

/** Bumps the revision of a locked board, before a change and only then: the log has no gaps. */
export const bumpRevision = (tx: Transaction, { workspaceId, boardId }: BoardKey) =>
  tx.$executeRaw`UPDATE board SET revision = revision + 1
    WHERE workspace_id = ${workspaceId} AND id = ${boardId}`;

/** Sets the actor for the change log where no board is locked. */
export const setActor = (tx: Transaction, agentId: string) =>
  tx.$queryRaw`SELECT set_actor(${agentId})::text`;
