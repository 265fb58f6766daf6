import { ApiError, invalid } from '../errors.ts';
import { type Contact, Prisma } from '../generated/prisma/client.ts';
import { newId } from '../ids.ts';
import type { Transaction } from '../postgres/client.ts';
import { jsonRow } from '../sql/json-row.ts';
import { type PageQuery, type Source, table } from '../sql/page.ts';
import { setActor } from './boards/lock.ts';
import { maxBatch } from './items/write/write.ts';
import { contactNotFound } from './not-found.ts';
import { deleteItemsOf, inChunks, transact, type WriteContext } from './transaction.ts';
import { checkText, isUnchanged, withoutNulls } from './validation.ts';

const { sql } = Prisma;

export interface ContactFields {
  name?: string | null | undefined;
  /** Null removes it. */
  phone?: string | null | undefined;
  email?: string | null | undefined;
}

function checkContact({ name, phone, email }: ContactFields): void {
  checkText('name', name, { max: 200 });
  if (phone != null) checkText('phone', phone, { max: 50 });
  if (email != null) checkText('email', email, { max: 320 });
}

/** Creates a contact. */
export function createContact(
  write: WriteContext,
  fields: ContactFields & { name: string },
): Promise<Contact> {
  checkContact(fields);
  const { workspaceId } = write;
  const id = newId('contact');
  const data = { ...withoutNulls(fields), name: fields.name, workspaceId, id };
  return transact(write, { queue: id, work: (tx) => tx.contact.create({ data }) });
}

/** Updates the given fields. Throws CONTACT_NOT_FOUND. */
export function updateContact(
  write: WriteContext,
  { id, name, phone, email }: ContactFields & { id: string },
): Promise<Contact> {
  checkContact({ name, phone, email });
  const { workspaceId } = write;
  const data = {
    ...withoutNulls({ name }),
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
  };
  const work = async (tx: Transaction) => {
    const where = { workspaceId, id };
    const contact = await tx.contact.findFirst({ where });
    // An update bumps the contacts revision, which is part of the ETag of every board.
    if (contact !== null && isUnchanged(contact, data)) return contact;
    const change = { where, data: { ...data, updatedAt: new Date() } };
    const [changed] = await tx.contact.updateManyAndReturn(change);
    if (changed === undefined) throw contactNotFound(id, 'id');
    return changed;
  };
  return transact(write, { queue: id, work });
}

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
  const { workspaceId } = write;
  const work = async (tx: Transaction) => {
    const { lockedIds, items } = await lockContacts(tx, write, { ids, owners: ids });
    const linked = linkedTo(workspaceId, lockedIds);
    if (items > 0 && setOptions.length === 0) {
      throw new ApiError(
        'CONTACT_IN_USE',
        `${items} items are still linked to these contacts. Set moveItemsTo: "<another contact>", unlinkItems: true or deleteItems: true.`,
      ).withContext({ itemsCount: items });
    }
    if (options.deleteItems) await deleteItemsOf(tx, write, linked);
    else await relinkItems(tx, write, { from: lockedIds, to: options.moveItemsTo ?? null });
    await tx.contact.deleteMany({ where: { workspaceId, id: { in: lockedIds } } });
    return [...new Set(ids)].filter((id) => lockedIds.includes(id));
  };
  return transact(write, { queue: 'contacts', work, length: 'long' });
}

/**
 * Merges contacts into one: their items are linked to it, and it takes a missing phone number or e-mail address from
 * the first of them that has one. The others are deleted. Throws CONTACT_NOT_FOUND.
 */
export function mergeContacts(
  write: WriteContext,
  { into, ids }: { into: string; ids: readonly string[] },
): Promise<Contact> {
  if (ids.length > maxBatch) throw invalid('ids', `must not be more than ${maxBatch}`);
  if (ids.includes(into)) throw invalid('ids', 'must not contain the contact to merge into');
  const { workspaceId } = write;
  const work = async (tx: Transaction) => {
    await lockContacts(tx, write, { ids: [into, ...ids], owners: ids });
    const contacts = await tx.contact.findMany({
      where: { workspaceId, id: { in: [into, ...ids] } },
    });
    const [kept, ...others] = [into, ...ids].map((id) => {
      const contact = contacts.find((candidate) => candidate.id === id);
      if (contact === undefined) throw contactNotFound(id, id === into ? 'into' : 'ids');
      return contact;
    });
    await relinkItems(tx, write, { from: [...ids], to: into });
    await tx.contact.deleteMany({ where: { workspaceId, id: { in: [...ids] } } });
    return tx.contact.update({
      where: { workspaceId_id: { workspaceId, id: into } },
      data: {
        phone: kept?.phone ?? others.find(({ phone }) => phone !== null)?.phone ?? null,
        email: kept?.email ?? others.find(({ email }) => email !== null)?.email ?? null,
        updatedAt: new Date(),
      },
    });
  };
  return transact(write, { queue: 'contacts', work, length: 'long' });
}

const linkedTo = (workspaceId: string, contacts: readonly string[]): Prisma.Sql =>
  sql`workspace_id = ${workspaceId} AND contact_id = ANY(${[...contacts]}::text[])`;

/** Another transaction linked an item to a contact in the meantime. `transact` retries on its code. */
class ConcurrentLink extends Error {
  readonly code = '40001';
}

/**
 * Locks the boards that have items of the `owners`, then the contacts `ids`. Every write locks boards first and in the
 * order of their ids, so there are no deadlocks. Returns the ids of existing contacts, and the number of items that are
 * linked to the owners.
 */
async function lockContacts(
  tx: Transaction,
  { workspaceId, agentId }: WriteContext,
  { ids, owners }: { ids: readonly string[]; owners: readonly string[] },
): Promise<{ lockedIds: string[]; items: number }> {
  const linked = linkedTo(workspaceId, owners);
  await setActor(tx, agentId);
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

async function relinkItems(
  tx: Transaction,
  write: WriteContext,
  { from, to }: { from: string[]; to: string | null },
): Promise<void> {
  const { workspaceId } = write;
  if (to !== null) {
    const exists = (await tx.contact.count({ where: { workspaceId, id: to } })) > 0;
    if (!exists || from.includes(to)) throw contactNotFound(to, 'moveItemsTo');
  }
  await inChunks(
    write,
    (atMost) => tx.$executeRaw`UPDATE item SET contact_id = ${to}, version = version + 1,
      updated_at = clock_timestamp() WHERE (workspace_id, id) IN (
        SELECT workspace_id, id FROM item WHERE ${linkedTo(workspaceId, from)} LIMIT ${atMost})`,
  );
}

/** The contacts of a workspace. */
export const contactSource = (workspaceId: string): Source<Contact> => ({
  row: sql`json_build_object('workspaceId', k.workspace_id, 'id', k.id, 'name', k.name, 'phone', k.phone,
    'email', k.email, 'createdAt', k.created_at, 'updatedAt', k.updated_at)`,
  pick: table(sql`contact k`, sql`k.workspace_id = ${workspaceId}`),
  parents: sql`(SELECT 1 AS n) AS p`,
  names: [''],
  read: jsonRow,
});

/** Contacts, oldest first; `search` is a part of the name, the phone number or the e-mail address. */
export const contactPageQuery = (search: string | null | undefined): PageQuery => ({
  where: search
    ? [sql`search_fold(concat_ws(E'\\n', k.name, k.phone, k.email)) LIKE search_pattern(${search})`]
    : [],
  order: [
    { by: sql`k.created_at`, cast: sql`timestamptz`, descending: false },
    { by: sql`k.id`, cast: sql`text`, descending: false },
  ],
  identity: JSON.stringify(['contacts', search]),
});
