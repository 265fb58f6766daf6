/**
 * The parameters, beside fields of the written object that may be null, whose null or empty text means something: null removes what is optional, and an empty title or name is
 * refused, as ignoring it would keep the old one without a word.
 */
const meanings: ReadonlyMap<string, null | ''> = new Map<string, null | ''>([
  ['contact_id', null],
  ['phone', null],
  ['email', null],
  ['title', ''],
  ['name', ''],
]);

/** True for null and an empty text: many clients send them for an optional parameter that they do not set. */
export const isAbsent = (name: string, value: unknown): boolean =>
  (value === null || value === '') && meanings.get(name) !== value;
