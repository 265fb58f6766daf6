import type { Contact } from '../../generated/prisma/client.ts';
import { newId } from '../../ids.ts';
import type { Transaction } from '../../postgres/client.ts';
import { contactNotFound } from '../not-found.ts';
import { transact, type WriteContext } from '../transaction.ts';
import { checkText, isUnchanged, withoutNulls } from '../validation.ts';

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
