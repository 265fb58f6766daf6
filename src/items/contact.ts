import type { PrismaClient, Transaction } from '../database/open.ts';
import { ApiError, invalid } from '../errors.ts';
import { type Contact, Prisma } from '../generated/prisma/client.ts';
import { newId } from './ids.ts';
import { type Question, type Source, table } from './page.ts';
import { contactNotFound, lockBoard } from './place.ts';
import { checkText, given } from './text.ts';
import { maxBatch } from './write.ts';

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
  db: PrismaClient,
  workspaceId: string,
  fields: ContactFields & { name: string },
): Promise<Contact> {
  checkContact(fields);
  return db.contact.create({
    data: { ...given(fields), name: fields.name, workspaceId, id: newId('contact') },
  });
}

/** Changes what is given. Throws CONTACT_NOT_FOUND. */
export async function updateContact(
  db: PrismaClient,
  workspaceId: string,
  { id, name, phone, email }: ContactFields & { id: string },
): Promise<Contact> {
  checkContact({ name, phone, email });
  const [contact] = await db.contact.updateManyAndReturn({
    where: { workspaceId, id },
    data: {
      ...given({ name }),
      ...(phone === undefined ? {} : { phone }),
      ...(email === undefined ? {} : { email }),
      updatedAt: new Date(),
    },
  });
  if (contact === undefined) throw contactNotFound(id);
  return contact;
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
  db: PrismaClient,
  workspaceId: string,
  { ids, ...fate }: ItemsOfDeleted & { ids: readonly string[] },
): Promise<string[]> {
  if (ids.length > maxBatch) throw invalid('ids', `must not be more than ${maxBatch}`);
  const said = [fate.moveItemsTo != null, fate.unlinkItems === true, fate.deleteItems === true];
  if (said.filter(Boolean).length > 1) {
    throw invalid('moveItemsTo', 'cannot be given together with unlinkItems or deleteItems');
  }
  return db.$transaction(async (tx) => {
    const found = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM contact
      WHERE workspace_id = ${workspaceId} AND id = ANY(${[...ids]}::text[]) ORDER BY id FOR UPDATE`;
    const gone = found.map(({ id }) => id);
    await releaseItems(tx, workspaceId, { contacts: gone, fate });
    await tx.contact.deleteMany({ where: { workspaceId, id: { in: gone } } });
    return [...new Set(ids)].filter((id) => gone.includes(id));
  });
}

async function releaseItems(
  tx: Transaction,
  workspaceId: string,
  { contacts, fate }: { contacts: string[]; fate: ItemsOfDeleted },
): Promise<void> {
  const { moveItemsTo, unlinkItems, deleteItems } = fate;
  const linked = sql`workspace_id = ${workspaceId} AND contact_id = ANY(${contacts}::text[])`;
  const boards = await tx.$queryRaw<{ board_id: string; items: number }[]>`
    SELECT board_id, count(*)::integer AS items FROM item WHERE ${linked} GROUP BY board_id ORDER BY board_id`;
  if (boards.length === 0) return;
  if (moveItemsTo == null && !unlinkItems && !deleteItems) {
    const items = boards.reduce((sum, board) => sum + board.items, 0);
    throw new ApiError(
      'CONTACT_IN_USE',
      `${items} items are still linked to these contacts. Say moveItemsTo: "<another contact>", unlinkItems: true or deleteItems: true.`,
    );
  }
  // In the order of their ids, so that two such requests never wait for each other.
  for (const { board_id } of boards) await lockBoard(tx, { workspaceId, boardId: board_id });
  if (deleteItems) {
    await tx.$executeRaw`WITH gone AS (DELETE FROM item WHERE ${linked} RETURNING board_id, column_id)
      UPDATE board_column c SET items_count = items_count - gone.items
      FROM (SELECT board_id, column_id, count(*)::integer AS items FROM gone GROUP BY board_id, column_id) gone
      WHERE c.workspace_id = ${workspaceId} AND c.board_id = gone.board_id AND c.id = gone.column_id`;
    return;
  }
  if (moveItemsTo != null) {
    const isThere = await tx.contact.count({ where: { workspaceId, id: moveItemsTo } });
    if (isThere === 0 || contacts.includes(moveItemsTo)) throw contactNotFound(moveItemsTo);
  }
  await tx.$executeRaw`UPDATE item SET contact_id = ${moveItemsTo ?? null}, version = version + 1,
    updated_at = clock_timestamp() WHERE ${linked}`;
}

/** The contacts of a workspace. */
export const contactSource = (workspaceId: string): Source<Contact> => ({
  row: sql`json_build_object('workspaceId', k.workspace_id, 'id', k.id, 'name', k.name, 'phone', k.phone,
    'email', k.email, 'createdAt', k.created_at, 'updatedAt', k.updated_at)`,
  pick: table(sql`contact k`, sql`k.workspace_id = ${workspaceId}`),
  parents: sql`(SELECT 1 AS n) AS p`,
  revive: (contact) => ({
    ...contact,
    createdAt: new Date(contact.createdAt),
    updatedAt: new Date(contact.updatedAt),
  }),
});

/** Contacts in the order they were made; `search` is part of the name, the phone number or the e-mail. */
export const contactQuestion = (search: string | null | undefined): Question => ({
  where: search
    ? [sql`search_fold(concat_ws(E'\\n', k.name, k.phone, k.email)) LIKE search_pattern(${search})`]
    : [],
  order: [
    { by: sql`k.created_at`, cast: sql`timestamptz`, descending: false },
    { by: sql`k.id`, cast: sql`text`, descending: false },
  ],
  identity: JSON.stringify(['contacts', search]),
});
