import { Prisma } from '../../generated/prisma/client.ts';
import type { Transaction } from '../../postgres/client.ts';
import { limitLockWaits } from '../boards/lock.ts';
import { changeItems, type ItemsOperation } from '../items/write/many.ts';
import { contactNotFound } from '../not-found.ts';
import type { WriteContext } from '../transaction.ts';

const { sql } = Prisma;

const linkedTo = (workspaceId: string, contacts: readonly string[]): Prisma.Sql =>
  sql`workspace_id = ${workspaceId} AND contact_id = ANY(${[...contacts]}::text[])`;

/** Another transaction linked an item to a contact, or merged one, in the meantime. `transact` retries on its code. */
export class ConcurrentLink extends Error {
  readonly code = '40001';
}

/**
 * Locks the boards that have items of the `owners`, then the contacts `ids`. Every write locks boards first and in the
 * order of their ids, so there are no deadlocks. Returns the ids of existing contacts, and the number of items that are
 * linked to the owners.
 */
export async function lockContacts(
  tx: Transaction,
  { workspaceId }: Pick<WriteContext, 'workspaceId'>,
  { ids, owners }: { ids: readonly string[]; owners: readonly string[] },
): Promise<{ lockedIds: string[]; items: number }> {
  const linked = linkedTo(workspaceId, owners);
  await limitLockWaits(tx);
  const boards = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM board
    WHERE workspace_id = ${workspaceId} AND id IN (SELECT board_id FROM item WHERE ${linked})
    ORDER BY id FOR NO KEY UPDATE`;
  const lockedBoards = boards.map(({ id }) => id);
  const contacts = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM contact
    WHERE workspace_id = ${workspaceId} AND id = ANY(${[...ids]}::text[]) ORDER BY id FOR UPDATE`;
  const counts = await tx.$queryRaw<{ board_id: string; items: number }[]>`
    SELECT board_id, count(*)::integer AS items FROM item WHERE ${linked} GROUP BY board_id`;
  const changedBoards = counts.map(({ board_id }) => board_id);
  if (changedBoards.some((id) => !lockedBoards.includes(id))) throw new ConcurrentLink();
  // Only boards with changes: revisions have no gaps.
  await tx.$executeRaw`UPDATE board SET revision = revision + 1
    WHERE workspace_id = ${workspaceId} AND id = ANY(${changedBoards}::text[])`;
  return {
    lockedIds: contacts.map(({ id }) => id),
    items: counts.reduce((sum, board) => sum + board.items, 0),
  };
}

/** Links the items of the contacts `from` to another contact, or to none. Throws CONTACT_NOT_FOUND for `to`. */
export async function relinkItems(
  tx: Transaction,
  write: WriteContext,
  { from, to }: { from: string[]; to: string | null },
): Promise<void> {
  const { workspaceId } = write;
  if (to !== null) {
    const exists = (await tx.contact.count({ where: { workspaceId, id: to } })) > 0;
    if (!exists || from.includes(to)) throw contactNotFound(to, 'moveItemsTo');
  }
  await changeLinkedItems(tx, write, {
    contacts: from,
    operation: { op: 'update', fields: { contact_id: to } },
  });
}

/** Changes all items that are linked to contacts. The boards that have any are locked, and their revisions bumped. */
export async function changeLinkedItems(
  tx: Transaction,
  write: WriteContext,
  { contacts, operation }: { contacts: readonly string[]; operation: ItemsOperation },
): Promise<void> {
  const linked = linkedTo(write.workspaceId, contacts);
  const boards = await tx.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT board_id AS id FROM item WHERE ${linked} ORDER BY id`;
  for (const { id } of boards)
    await changeItems(tx, write, { boardId: id, where: linked, operation });
}
