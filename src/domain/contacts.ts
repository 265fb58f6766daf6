import { ApiError, invalid } from '../errors.ts';
import { type Contact, Prisma } from '../generated/prisma/client.ts';
import { newId } from '../ids.ts';
import type { Transaction } from '../postgres/client.ts';
import { timedRow } from '../sql/decode.ts';
import { type PageQuery, type Source, table } from '../sql/page.ts';
import { setActor } from './boards/lock.ts';
import { maxBatch } from './items/write/write.ts';
import { contactNotFound } from './not-found.ts';
import { deleteItemsOf, inChunks, transact, type WriteContext } from './transaction.ts';
import { checkText, isUnchanged, withoutNulls } from './validation.ts';

const { sql } = Prisma;

export interface ContactFields {
  name?: string | null | undefined;
  /** Null takes it away. */
  phone?: string | null | undefined;
  email?: string | null | undefined;
}

function checkContact({ name, phone, email }: ContactFields): void {
  checkText('name', name, { max: 200 });
  if (phone != null) checkText('phone', phone, { max: 50 });
  if (email != null) checkText('email', email, { max: 320 });
}

/** Makes a contact. */
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

/** Changes what is given. Throws CONTACT_NOT_FOUND. */
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
    // Else what every list that names contacts is known by would change.
    if (contact !== null && isUnchanged(contact, data)) return contact;
    const change = { where, data: { ...data, updatedAt: new Date() } };
    const [changed] = await tx.contact.updateManyAndReturn(change);
    if (changed === undefined) throw contactNotFound(id, 'id');
    return changed;
  };
  return transact(write, { queue: id, work });
}

/** What becomes of the items of deleted contacts: exactly one of them, or none. */
export interface ItemsOfDeleted {
  moveItemsTo?: string | null | undefined;
  unlinkItems?: boolean | null | undefined;
  deleteItems?: boolean | null | undefined;
}

/**
 * Deletes contacts; unknown ids are passed over. Throws CONTACT_IN_USE while items are linked to one of them
 * and nothing is said of these. Returns the deleted ids.
 */
export function deleteContacts(
  write: WriteContext,
  { ids, ...fate }: ItemsOfDeleted & { ids: readonly string[] },
): Promise<string[]> {
  if (ids.length > maxBatch) throw invalid('ids', `must not be more than ${maxBatch}`);
  const said = (['moveItemsTo', 'unlinkItems', 'deleteItems'] as const).filter(
    (name) => fate[name] != null && fate[name] !== false,
  );
  const [one, other] = said;
  if (one && other) throw invalid(other, `cannot be given together with ${one}`);
  const { workspaceId } = write;
  const work = async (tx: Transaction) => {
    const { gone, items } = await takeContacts(tx, write, { ids, whose: ids });
    const linked = linkedTo(workspaceId, gone);
    if (items > 0 && said.length === 0) {
      throw new ApiError(
        'CONTACT_IN_USE',
        `${items} items are still linked to these contacts. Say moveItemsTo: "<another contact>", unlinkItems: true or deleteItems: true.`,
      ).withContext({ itemsCount: items });
    }
    if (fate.deleteItems) await deleteItemsOf(tx, write, linked);
    else await linkAnew(tx, write, { from: gone, to: fate.moveItemsTo ?? null });
    await tx.contact.deleteMany({ where: { workspaceId, id: { in: gone } } });
    return [...new Set(ids)].filter((id) => gone.includes(id));
  };
  return transact(write, { queue: 'contacts', work, length: 'long' });
}

/**
 * Makes one contact of several: their items are linked to the one that stays, which takes the phone number and the
 * e-mail address that it lacks from the first that has them; then they go. Throws CONTACT_NOT_FOUND.
 */
export function mergeContacts(
  write: WriteContext,
  { into, ids }: { into: string; ids: readonly string[] },
): Promise<Contact> {
  if (ids.length > maxBatch) throw invalid('ids', `must not be more than ${maxBatch}`);
  if (ids.includes(into)) throw invalid('ids', 'must not name the contact that stays');
  const { workspaceId } = write;
  const work = async (tx: Transaction) => {
    await takeContacts(tx, write, { ids: [into, ...ids], whose: ids });
    const found = await tx.contact.findMany({ where: { workspaceId, id: { in: [into, ...ids] } } });
    const [kept, ...others] = [into, ...ids].map((id) => {
      const contact = found.find((other) => other.id === id);
      if (contact === undefined) throw contactNotFound(id, id === into ? 'into' : 'ids');
      return contact;
    });
    await linkAnew(tx, write, { from: [...ids], to: into });
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

/** Another transaction linked an item to a contact in the meantime: `transact` begins again. */
class LinkedMeanwhile extends Error {
  readonly code = '40001';
}

/**
 * Locks contacts and, before them, the boards that have items of theirs: every write takes boards first and in the
 * order of their ids, so that no two wait for each other. Returns the contacts that are there, and how many
 * items are linked to those of `whose`.
 */
async function takeContacts(
  tx: Transaction,
  { workspaceId, agentId }: WriteContext,
  { ids, whose }: { ids: readonly string[]; whose: readonly string[] },
): Promise<{ gone: string[]; items: number }> {
  const linked = linkedTo(workspaceId, whose);
  await setActor(tx, agentId);
  const boards = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM board
    WHERE workspace_id = ${workspaceId} AND id IN (SELECT board_id FROM item WHERE ${linked})
    ORDER BY id FOR NO KEY UPDATE`;
  const locked = boards.map(({ id }) => id);
  const contacts = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM contact
    WHERE workspace_id = ${workspaceId} AND id = ANY(${[...ids]}::text[]) ORDER BY id FOR UPDATE`;
  const counts = await tx.$queryRaw<{ board_id: string; items: number }[]>`
    SELECT board_id, count(*)::integer AS items FROM item WHERE ${linked} GROUP BY board_id`;
  const touched = counts.map(({ board_id }) => board_id);
  if (touched.some((id) => !locked.includes(id))) throw new LinkedMeanwhile();
  // Only what is really changed is counted on: revisions have no gaps.
  await tx.$executeRaw`UPDATE board SET revision = revision + 1
    WHERE workspace_id = ${workspaceId} AND id = ANY(${touched}::text[])`;
  return {
    gone: contacts.map(({ id }) => id),
    items: counts.reduce((sum, board) => sum + board.items, 0),
  };
}

async function linkAnew(
  tx: Transaction,
  write: WriteContext,
  { from, to }: { from: string[]; to: string | null },
): Promise<void> {
  const { workspaceId } = write;
  if (to !== null) {
    const isThere = await tx.contact.count({ where: { workspaceId, id: to } });
    if (isThere === 0 || from.includes(to)) throw contactNotFound(to, 'moveItemsTo');
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
  read: timedRow,
});

/** Contacts in the order they were made; `search` is part of the name, the phone number or the e-mail. */
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
