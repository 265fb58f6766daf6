import { ApiError, invalid } from '../../errors.ts';
import type { Contact } from '../../generated/prisma/client.ts';
import type { Transaction } from '../../postgres/client.ts';
import { fromJson } from '../../sql/json-row.ts';
import { type Mode, maxBatch } from '../items/write/write.ts';
import { checkAtomic } from '../items/write/write-errors.ts';
import { transact, type WriteContext } from '../transaction.ts';
import { contactsLog } from './contact-log.ts';
import { type ContactMatch, matchContact } from './match-contact.ts';
import { type ContactFields, type ContactRow, contactError, writeContacts } from './save.ts';

export interface ContactResult {
  /** Its index among the contacts. */
  index: number;
  action: ContactRow['action'];
  contact: Contact | null;
  error: ApiError | null;
}

interface ContactBatch {
  matchOn: ContactMatch;
  contacts: readonly ContactFields[];
  /** ATOMIC by default. */
  mode?: Mode | null | undefined;
}

/**
 * Updates the contacts that have the same e-mail address or phone number, and creates those that are missing; in order,
 * so that two of one address are one contact. In an atomic batch, throws one error that names every one that failed.
 */
export async function upsertContacts(
  write: WriteContext,
  { matchOn, contacts, mode }: ContactBatch,
): Promise<ContactResult[]> {
  if (contacts.length === 0) throw invalid('contacts', 'must not be empty');
  if (contacts.length > maxBatch) throw invalid('contacts', `must not be more than ${maxBatch}`);
  const prepared = contacts.map((fields) => operationOrError(matchOn, fields));
  const operations = prepared.flatMap((one) => (one instanceof ApiError ? [] : [one]));
  const resultsOf = (rows: readonly ContactRow[]): ContactResult[] => {
    const remaining = [...rows];
    return prepared.map((one, index) => {
      if (one instanceof ApiError) return failed(index, one);
      const { action, contact, fault } = remaining.shift() ?? { action: 'FAILED' };
      if (contact === undefined) return failed(index, contactError(fault, one));
      return { index, action, contact: fromJson(contact), error: null };
    });
  };
  const work = async (tx: Transaction) => {
    const rows = await writeContacts(tx, write, operations);
    if (mode !== 'PER_ITEM') checkAtomic(resultsOf(rows));
    return rows;
  };
  return resultsOf(await transact(write, { queue: 'contacts', logId: contactsLog, work }));
}

const failed = (index: number, error: ApiError): ContactResult => ({
  ...{ index, action: 'FAILED', contact: null, error },
});

function operationOrError(matchOn: ContactMatch, fields: ContactFields) {
  try {
    return matchContact({ matchOn, ...fields });
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
