import { type Contact, Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient, Transaction } from '../../postgres/client.ts';
import { fromJson } from '../../sql/json-row.ts';
import type { WriteContext } from '../transaction.ts';

const { sql } = Prisma;

/** The most ids that `mergedIdsOf` returns for a contact. */
export const maxMergedIds = 100;

/** For each id that was merged: the id of the contact that it stands for. */
export async function survivorsOf(
  db: PrismaClient | Transaction,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.mergedContact.findMany({ where: { workspaceId, id: { in: [...ids] } } });
  return new Map(rows.map(({ id, contactId }) => [id, contactId]));
}

/** SQL: the id of the contact that an id stands for. Not correlated, it is read once in a statement. */
export const survivorOf = (workspaceId: string, id: Prisma.Sql): Prisma.Sql =>
  sql`coalesce((SELECT m.contact_id FROM merged_contact m
    WHERE m.workspace_id = ${workspaceId} AND m.id = ${id}), ${id})`;

/** Contacts by their ids, also by those of contacts that were merged into them; undefined for an unknown id. */
export async function readContacts(
  db: PrismaClient,
  workspaceId: string,
  ids: readonly string[],
): Promise<(Contact | undefined)[]> {
  const find = (wanted: readonly string[]) =>
    db.contact.findMany({ where: { workspaceId, id: { in: [...wanted] } } });
  const contacts = new Map((await find(ids)).map((contact) => [contact.id, contact]));
  const missing = ids.filter((id) => !contacts.has(id));
  if (missing.length > 0) {
    const survivors = await survivorsOf(db, workspaceId, missing);
    if (survivors.size > 0) {
      const found = await find([...survivors.values()]);
      for (const contact of found) contacts.set(contact.id, contact);
    }
    return ids.map((id) => contacts.get(survivors.get(id) ?? id));
  }
  return ids.map((id) => contacts.get(id));
}

/** The ids that were merged into each of the contacts, newest first, at most 100 of each. */
export async function mergedIdsOf(
  db: PrismaClient,
  workspaceId: string,
  ids: readonly string[],
): Promise<string[][]> {
  const rows = await db.$queryRaw<{ ids: string[] }[]>(sql`
    SELECT ARRAY(SELECT m.id FROM merged_contact m
      WHERE m.workspace_id = ${workspaceId} AND m.contact_id = p.id
      ORDER BY m.merged_at DESC, m.id LIMIT ${maxMergedIds}) AS ids
    FROM unnest(${[...ids]}::text[]) WITH ORDINALITY AS p (id, n) ORDER BY p.n`);
  return rows.map((row) => row.ids);
}

/**
 * Deletes contacts that are locked and have no items, or merges them into the `remaining` one, and logs it. Returns the
 * remaining one.
 */
export async function removeContacts(
  tx: Transaction,
  { workspaceId, agentId }: WriteContext,
  { ids, remaining }: { ids: readonly string[]; remaining?: string },
): Promise<Contact | undefined> {
  const [row] = await tx.$queryRaw<{ contact: object | null }[]>(sql`SELECT remove_contacts(
    ${workspaceId}, ${agentId}, ${[...ids]}::text[], ${remaining ?? null}::text) AS contact`);
  return row?.contact ? fromJson<Contact>(row.contact) : undefined;
}
