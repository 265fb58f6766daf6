import { ApiError, invalid } from '../../errors.ts';
import { type Contact, Prisma } from '../../generated/prisma/client.ts';
import { newId } from '../../ids.ts';
import type { Transaction } from '../../postgres/client.ts';
import { fromJson } from '../../sql/json-row.ts';
import { contactNotFound } from '../not-found.ts';
import { transact, type WriteContext } from '../transaction.ts';
import { Checks, checkText } from '../validation.ts';
import { checkEmail, checkPhone } from './addresses.ts';
import { contactsLog } from './contact-log.ts';

export interface ContactFields {
  name?: string | null | undefined;
  /** Null removes it. */
  phone?: string | null | undefined;
  /** Null removes it. */
  email?: string | null | undefined;
}

/** Throws one VALIDATION_ERROR for all fields that cannot be stored. */
export function checkContact({ name, phone, email }: ContactFields, checks = new Checks()): void {
  checks.run(() => checkText('name', name, { max: 200 }));
  if (phone != null) checks.run(() => checkPhone(phone));
  if (email != null) checks.run(() => checkEmail(email));
  checks.end();
}

/** An operation of the SQL function write_contacts. */
export interface ContactOperation {
  id?: string;
  /** The key of the e-mail address or the phone number by which the contact is found. */
  match?: { email: string } | { phone: string };
  newId?: string;
  fields: ContactFields;
}

/** A result of write_contacts. */
export interface ContactRow {
  action: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED';
  contact?: object;
  fault?: 'CONTACT_NOT_FOUND' | 'MATCHES_SEVERAL' | 'NO_NAME';
}

/** The error of an operation that write_contacts refused. */
export function contactError(
  fault: ContactRow['fault'],
  { id, match }: ContactOperation,
): ApiError {
  const field = Object.keys(match ?? {})[0] ?? 'id';
  switch (fault) {
    case 'MATCHES_SEVERAL':
      return new ApiError(
        'AMBIGUOUS_MATCH',
        `Several contacts have this ${field}. Merge them, or update one by its id.`,
        [{ field, message: 'is not of one contact' }],
      );
    case 'NO_NAME':
      return invalid('name', `is required, for no contact has this ${field} yet`);
    default:
      return contactNotFound(id ?? '', field);
  }
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
  const queue = operation.id ?? operation.newId ?? '';
  const work = async (tx: Transaction) => {
    const [row] = await writeContacts(tx, write, [operation]);
    if (row?.contact === undefined) throw contactError(row?.fault, operation);
    return row.contact;
  };
  return fromJson(await transact(write, { queue, logId: contactsLog, work }));
}

/** Runs operations on contacts in their order. Returns one result for each. */
export async function writeContacts(
  tx: Transaction,
  { workspaceId, agentId }: WriteContext,
  operations: readonly ContactOperation[],
): Promise<ContactRow[]> {
  const [row] = await tx.$queryRaw<{ results: ContactRow[] }[]>(Prisma.sql`
    SELECT write_contacts(${workspaceId}, ${agentId}, ${JSON.stringify(operations)}::jsonb) AS results`);
  return row?.results ?? [];
}
