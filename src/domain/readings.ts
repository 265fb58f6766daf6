import { Prisma } from '../generated/prisma/client.ts';
import { isLonger } from '../sql/operand.ts';

const { sql } = Prisma;

// By what labels, e-mail addresses and phone numbers are equal. The database also has email_key and phone_key.

/** An e-mail address without case and outer white space; undefined for a text without @. */
export const emailKey = (text: string): string | undefined =>
  text.includes('@')
    ? text.trim().replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : undefined;

/** A label as it is stored: two that look the same are one, with outer white space or with letters in parts. */
export const labelKey = (label: string): string => label.normalize().trim();

const maxPhone = 200;
const minDigits = 7;
const otherDigits = '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９';
const extension = /[ ,;]*(?:x|ext\.?|extension|#|,|;)[ .:=]*[0-9]{1,6} *$/i;

/**
 * The digits of a phone number, of any script, without leading zeros, the zero of `+49 (0)30` and an extension; undefined
 * for a text with other letters or fewer than 7 digits.
 */
export function phoneKey(text: string): string | undefined {
  if (isLonger(text, maxPhone)) return undefined;
  const number = text
    .replace(/\P{ASCII}/gu, (char) => {
      const index = otherDigits.indexOf(char);
      return index < 0 ? char : String(index % 10);
    })
    .replaceAll('(0)', '');
  return phoneDigits(number.replace(extension, '')) ?? phoneDigits(number);
}

function phoneDigits(text: string): string | undefined {
  if (/[A-Za-z@]/.test(text)) return undefined;
  const digits = text.replace(/[^0-9]/g, '').replace(/^0+/, '');
  return digits.length < minDigits ? undefined : digits;
}

/** Says which phone numbers an upsert can match on. */
export const phoneWords =
  'one phone number, which has at least 7 digits, no letters and no extension';

/**
 * The key of a phone number that an upsert matches on. One with an extension has none, and is not found: people of one
 * company share the rest of it.
 */
export const uniquePhoneKey = (text: string): string | undefined =>
  /[A-Za-z#,;]/.test(text) ? undefined : phoneKey(text);

/** The key is one of these. One alone is compared by `=`, which leaves an index in its order: it is chosen without statistics too. */
const isAmong = (key: Prisma.Sql, keys: readonly string[]): Prisma.Sql =>
  keys.length === 1 ? sql`${key} = ${keys[0]}` : sql`${key} = ANY(${[...keys]}::text[])`;

/** A condition: the text is an e-mail address with one of these keys. */
export const hasEmail = (text: Prisma.Sql, keys: readonly string[]): Prisma.Sql =>
  isAmong(sql`email_key(${text})`, keys);

/**
 * A condition: the text is a phone number with one of these keys, or one of both lacks the country's part. The index has
 * the last 7 digits; their number is no parameter, for which a generic plan would not use it.
 */
export const hasPhone = (text: Prisma.Sql, keys: readonly string[]): Prisma.Sql =>
  sql`(${isAmong(
    sql`right(phone_key(${text}), 7)`,
    keys.map((key) => key.slice(-minDigits)),
  )}
    AND EXISTS (SELECT FROM unnest(${[...keys]}::text[]) AS key WHERE phones_match(phone_key(${text}), key)))`;
