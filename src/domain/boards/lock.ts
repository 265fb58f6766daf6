import type { Transaction } from '../../postgres/client.ts';
import { boardNotFound } from '../not-found.ts';

/** The primary key of a board. */
export interface BoardKey {
  workspaceId: string;
  boardId: string;
}

/**
 * Locks the board until the transaction ends. Every change of a board, its items or its columns does this first, so
 * changes of one board are serialized. Throws BOARD_NOT_FOUND, for the input `field`.
 */
export async function lockBoard(
  tx: Transaction,
  { workspaceId, boardId }: BoardKey,
  field?: string,
): Promise<void> {
  const [row] = await tx.$queryRaw<{ exists: boolean }[]>`
    SELECT lock_board(${workspaceId}, ${boardId}) AS exists`;
  if (!row?.exists) throw boardNotFound(boardId, field);
}

/** Runs a change of a locked board or of its columns under the next revision, and logs it. */
export async function changeBoard<Result>(
  tx: Transaction,
  { workspaceId, boardId, agentId }: BoardKey & { agentId: string },
  change: () => Promise<Result>,
): Promise<Result> {
  const [row] = await tx.$queryRaw<{ entries: object }[]>`
    SELECT bump_revision(${workspaceId}, ${boardId}) AS entries`;
  const result = await change();
  await tx.$queryRaw`SELECT log_board(${workspaceId}, ${boardId}, ${agentId}, ${JSON.stringify(row?.entries)}::jsonb)::text`;
  return result;
}

/** Logs the creation of a board with its columns. */
export const logCreation = (
  tx: Transaction,
  { workspaceId, boardId, agentId }: BoardKey & { agentId: string },
) => tx.$queryRaw`SELECT log_board(${workspaceId}, ${boardId}, ${agentId}, NULL)::text`;

/** Limits the waits for locks of a transaction that locks other rows than that of one board. */
export const limitLockWaits = (tx: Transaction) => tx.$queryRaw`SELECT limit_lock_waits()::text`;
