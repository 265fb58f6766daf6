/** Texts that must not be empty: ignoring an empty one would keep the old one without a word. */
const refusedIfEmpty: ReadonlySet<string> = new Set(['title', 'name']);

/**
 * True for null and an empty text, which many clients send for an optional parameter that they do not set. Null means
 * something for the fields in `nullable`: it removes their value.
 */
export const isAbsent = (
  name: string,
  value: unknown,
  nullable: ReadonlySet<string> = new Set(),
): boolean =>
  (value === null && !nullable.has(name)) || (value === '' && !refusedIfEmpty.has(name));
