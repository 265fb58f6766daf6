import type { Transaction } from '../../postgres/client.ts';
import { boardNotFound } from '../not-found.ts';

/** A board, as everything of it is found. */
export interface BoardKey {
  workspaceId: string;
  boardId: string;
}

/**
 * Takes the board's lock for the rest of the transaction and notes who writes. Every change to a board, its items or
 * its columns does this first, so that changes of one board happen one after the other. Throws BOARD_NOT_FOUND.
 */
export async function lockBoard(
  tx: Transaction,
  { workspaceId, boardId }: BoardKey,
  { agentId, field }: { agentId: string; field?: string },
): Promise<void> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    SELECT lock_board(${workspaceId}, ${boardId}, ${agentId}) AS found`;
  if (!row?.found) throw boardNotFound(boardId, field);
}

/** Counts the revision of a locked board on: before something of it changes, and only then. The log has no gaps. */
export const bumpRevision = (tx: Transaction, { workspaceId, boardId }: BoardKey) =>
  tx.$executeRaw`UPDATE board SET revision = revision + 1
    WHERE workspace_id = ${workspaceId} AND id = ${boardId}`;

/** Notes who writes, for the log, where there is no board to lock yet. */
export const setActor = (tx: Transaction, agentId: string) =>
  tx.$queryRaw`SELECT set_actor(${agentId})::text`;
