import { ApiError, invalid } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { emailKey, phoneWords, uniquePhoneKey } from '../readings.ts';
import { Checks, joinErrors } from '../validation.ts';
import { checkEmail, checkPhone, isPhone } from './addresses.ts';
import { type ContactFields, type ContactOperation, checkContact } from './save.ts';

/** The field by which a contact is found. */
export type ContactMatch = 'EMAIL' | 'PHONE';

/** A contact that is found by its e-mail address or phone number, or else created. */
export interface MatchedContact extends ContactFields {
  matchOn: ContactMatch;
}

/** The contact to find or to create, as the database takes it. Throws one VALIDATION_ERROR for all that is wrong. */
export function matchContact({ matchOn, name, email, phone }: MatchedContact): ContactOperation {
  const fields = { name, email, phone };
  const checks = new Checks();
  const match = checks.run(() => matchOf(matchOn, fields));
  checkContact({ name, ...(matchOn === 'EMAIL' ? { phone } : { email }) }, checks);
  return { ...(match && { match }), newId: newId('contact'), fields };
}

function matchOf(matchOn: ContactMatch, { email, phone }: ContactFields) {
  if (matchOn === 'EMAIL') {
    if (email == null) throw invalid('email', 'is required to match on it');
    checkEmail(email);
    return { email: emailKey(email) ?? email };
  }
  if (phone == null) throw invalid('phone', 'is required to match on it');
  const key = uniquePhoneKey(phone);
  // One rule for numbers to match on, which is stricter than that for those which are only kept.
  if (key === undefined || !isPhone(phone))
    throw invalid('phone', `is '${phone}', but must be ${phoneWords}`);
  checkPhone(phone);
  return { phone: key };
}

/** The contact of an item that is written: errors name its fields like `contact.email`. */
export function matchContactOfItem(contact: MatchedContact): ContactOperation {
  try {
    return matchContact(contact);
  } catch (error) {
    const details = error instanceof ApiError ? error.details : [];
    const named = details.map(({ field, message }) => invalid(`contact.${field}`, message));
    throw joinErrors(named) ?? error;
  }
}
