import { ApiError, invalid } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { emailKey, phoneWords, uniquePhoneKey } from '../readings.ts';
import { type ContactFields, type ContactOperation, checkContact } from './save.ts';

/** The field by which a contact is found. */
export type ContactMatch = 'EMAIL' | 'PHONE';

/** A contact that is found by its e-mail address or phone number, or else created. */
export interface MatchedContact extends ContactFields {
  matchOn: ContactMatch;
}

/** The contact to find or to create, as the database takes it. Throws VALIDATION_ERROR. */
export function matchContact({ matchOn, name, email, phone }: MatchedContact): ContactOperation {
  const fields = { name, email, phone };
  checkContact(fields);
  return { match: matchOf(matchOn, fields), newId: newId('contact'), fields };
}

function matchOf(matchOn: ContactMatch, { email, phone }: ContactFields) {
  if (matchOn === 'EMAIL') {
    const key = email == null ? undefined : emailKey(email);
    if (key === undefined) throw invalid('email', 'is required to match on it');
    return { email: key };
  }
  const key = phone == null ? undefined : uniquePhoneKey(phone);
  if (phone == null) throw invalid('phone', 'is required to match on it');
  if (key === undefined) throw invalid('phone', `is '${phone}', but must be ${phoneWords}`);
  return { phone: key };
}

/** The contact of an item that is written: errors name its fields like `contact.email`. */
export function matchContactOfItem(contact: MatchedContact): ContactOperation {
  try {
    return matchContact(contact);
  } catch (error) {
    const [detail] = error instanceof ApiError ? error.details : [];
    throw detail ? invalid(`contact.${detail.field}`, detail.message) : error;
  }
}
