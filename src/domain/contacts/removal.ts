import { ApiError, counted, invalid } from '../../errors.ts';
import type { Contact } from '../../generated/prisma/client.ts';
import type { Transaction } from '../../postgres/client.ts';
import { maxBatch } from '../items/write/write.ts';
import { contactNotFound } from '../not-found.ts';
import { transact, type WriteContext } from '../transaction.ts';
import { ConcurrentLink, changeLinkedItems, lockContacts, relinkItems } from './linked-items.ts';
import { removeContacts, survivorsOf } from './merged.ts';

/** How to treat the items of deleted contacts; at most one is set. */
export interface LinkedItemsOptions {
  moveItemsTo?: string | null | undefined;
  unlinkItems?: boolean | null | undefined;
  deleteItems?: boolean | null | undefined;
}

/**
 * Deletes contacts; unknown ids are ignored. Throws CONTACT_IN_USE if items are linked to them and no option is set.
 * Returns the deleted ids.
 */
export function deleteContacts(
  write: WriteContext,
  { ids, ...options }: LinkedItemsOptions & { ids: readonly string[] },
): Promise<string[]> {
  if (ids.length > maxBatch) throw invalid('ids', `must not be more than ${maxBatch}`);
  const setOptions = (['moveItemsTo', 'unlinkItems', 'deleteItems'] as const).filter(
    (name) => options[name] != null && options[name] !== false,
  );
  const [first, second] = setOptions;
  if (first && second) throw invalid(second, `cannot be given together with ${first}`);
  const work = async (tx: Transaction) => {
    const { lockedIds, items } = await lockContacts(tx, write, { ids, owners: ids });
    if (items > 0 && setOptions.length === 0) {
      throw new ApiError(
        'CONTACT_IN_USE',
        `These contacts are still linked to ${counted(items, 'item')}. Set moveItemsTo: "<another contact>", unlinkItems: true or deleteItems: true.`,
      ).withContext({ itemsCount: items });
    }
    if (options.deleteItems)
      await changeLinkedItems(tx, write, { contacts: lockedIds, operation: { op: 'delete' } });
    else {
      const to = options.moveItemsTo ?? null;
      const survivors = await survivorsOf(tx, write.workspaceId, to === null ? [] : [to]);
      await relinkItems(tx, write, { from: lockedIds, to: survivors.get(to ?? '') ?? to });
    }
    await removeContacts(tx, write, { ids: lockedIds });
    return [...new Set(ids)].filter((id) => lockedIds.includes(id));
  };
  return transact(write, { queue: 'contacts', work, length: 'long' });
}

/**
 * Merges contacts into one: their items are linked to it, and it takes a missing phone number or e-mail address from
 * the first of them that has one. The others are deleted, and their ids stand for it. An id that was merged before
 * stands for the contact that it was merged into, so that a repeated merge changes nothing. Throws CONTACT_NOT_FOUND.
 */
export function mergeContacts(
  write: WriteContext,
  input: { into: string; ids: readonly string[] },
): Promise<Contact> {
  if (input.ids.length > maxBatch) throw invalid('ids', `must not be more than ${maxBatch}`);
  if (input.ids.includes(input.into))
    throw invalid('ids', 'must not contain the contact to merge into');
  const { workspaceId } = write;
  const work = async (tx: Transaction) => {
    const survivors = await survivorsOf(tx, workspaceId, [input.into, ...input.ids]);
    const survivorOf = (id: string) => survivors.get(id) ?? id;
    const into = survivorOf(input.into);
    const ids = [...new Set(input.ids.map(survivorOf))].filter((id) => id !== into);
    const { lockedIds } = await lockContacts(tx, write, { ids: [into, ...ids], owners: ids });
    const missing = [input.into, ...input.ids].find((id) => !lockedIds.includes(survivorOf(id)));
    if (missing !== undefined) {
      const merged = await survivorsOf(tx, workspaceId, [survivorOf(missing)]);
      if (merged.size > 0) throw new ConcurrentLink();
      throw contactNotFound(missing, missing === input.into ? 'into' : 'ids');
    }
    await relinkItems(tx, write, { from: ids, to: into });
    const contact = await removeContacts(tx, write, { ids, remaining: into });
    if (contact === undefined) throw new Error('the contact to keep is locked');
    return contact;
  };
  return transact(write, { queue: 'contacts', work, length: 'long' });
}
