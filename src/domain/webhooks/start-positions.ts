import type { Board, Webhook } from '../../generated/prisma/client.ts';
import type { Transaction } from '../../postgres/client.ts';
import { contactsLog } from '../contacts/contact-log.ts';
import { maxBigint } from '../feed/position.ts';
import { boardNotFound } from '../not-found.ts';
import { followsContacts } from './input.ts';

// Where the deliveries of a webhook begin. `positions.ts` moves them on.

/** The condition that a position is one of the webhook. */
export const positionsOf = ({ workspaceId, id }: Webhook) => ({ workspaceId, webhookId: id });

/** Begins at the current revision of each board that has no position yet. Throws BOARD_NOT_FOUND. */
export async function addPositions(
  tx: Transaction,
  { workspaceId, id, boardIds }: Webhook,
): Promise<void> {
  const boards = await tx.board.findMany({
    where: { workspaceId, ...(boardIds.length > 0 && { id: { in: boardIds } }) },
    select: { id: true, revision: true },
  });
  const missing = boardIds.find(
    (boardId) => !boards.some((board: Pick<Board, 'id'>) => board.id === boardId),
  );
  if (missing !== undefined) throw boardNotFound(missing, 'boardIds');
  await tx.webhookPosition.createMany({
    data: boards.map(({ id: boardId, revision }) => ({
      workspaceId,
      webhookId: id,
      boardId,
      revision,
      n: BigInt(maxBigint),
    })),
    skipDuplicates: true,
  });
}

/** Begins at the current revision of the contacts, or no longer follows them. */
export async function followContacts(tx: Transaction, webhook: Webhook): Promise<void> {
  const position = { ...positionsOf(webhook), boardId: contactsLog };
  if (!followsContacts(webhook)) {
    await tx.webhookPosition.deleteMany({ where: position });
    return;
  }
  const { contactsRevision: revision } = await tx.workspace.findUniqueOrThrow({
    where: { id: webhook.workspaceId },
  });
  await tx.webhookPosition.createMany({
    data: [{ ...position, revision, n: BigInt(maxBigint) }],
    skipDuplicates: true,
  });
}
