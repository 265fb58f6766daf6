import { type Contact, Prisma } from '../../generated/prisma/client.ts';
import { newId } from '../../ids.ts';
import type { Transaction } from '../../postgres/client.ts';
import { fromJson } from '../../sql/json-row.ts';
import { contactNotFound } from '../not-found.ts';
import { transact, type WriteContext } from '../transaction.ts';
import { checkText } from '../validation.ts';
import { checkEmail, checkPhone } from './addresses.ts';

export interface ContactFields {
  name?: string | null | undefined;
  /** Null removes it. */
  phone?: string | null | undefined;
  /** Null removes it. */
  email?: string | null | undefined;
}

/** Throws VALIDATION_ERROR for a field that cannot be stored. */
function checkContact({ name, phone, email }: ContactFields): void {
  checkText('name', name, { max: 200 });
  if (phone != null) checkPhone(phone);
  if (email != null) checkEmail(email);
}

/** An operation of the SQL function write_contacts. */
interface ContactOperation {
  id?: string;
  newId?: string;
  fields: ContactFields;
}

/** A result of write_contacts. */
interface ContactRow {
  action: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED';
  contact?: object;
  fault?: 'CONTACT_NOT_FOUND';
}

/** Creates a contact. */
export const createContact = (
  write: WriteContext,
  fields: ContactFields & { name: string },
): Promise<Contact> => saveContact(write, { newId: newId('contact'), fields });

/** Updates the given fields; those of the remaining contact for an id that was merged. Throws CONTACT_NOT_FOUND. */
export const updateContact = (
  write: WriteContext,
  { id, name, phone, email }: ContactFields & { id: string },
): Promise<Contact> => saveContact(write, { id, fields: { name, phone, email } });

async function saveContact(write: WriteContext, operation: ContactOperation): Promise<Contact> {
  checkContact(operation.fields);
  const work = (tx: Transaction) => writeContacts(tx, write, [operation]);
  const queue = operation.id ?? operation.newId ?? '';
  const [row] = await transact(write, { queue, work });
  if (row?.fault) throw contactNotFound(operation.id ?? '', 'id');
  if (!row?.contact) throw new Error('write_contacts returned no contact');
  return fromJson(row.contact);
}

async function writeContacts(
  tx: Transaction,
  { workspaceId, agentId }: WriteContext,
  operations: readonly ContactOperation[],
): Promise<ContactRow[]> {
  const [row] = await tx.$queryRaw<{ results: ContactRow[] }[]>(Prisma.sql`
    SELECT write_contacts(${workspaceId}, ${agentId}, ${JSON.stringify(operations)}::jsonb) AS results`);
  return row?.results ?? [];
}
