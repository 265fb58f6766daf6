import { invalid } from '../errors.ts';

/** PostgreSQL holds every text but NUL characters; half a surrogate pair is no text at all. */
export const isStorableText = (text: string): boolean =>
  !text.includes('\0') && text.isWellFormed();

export const unstorableReason =
  'has a NUL character or half a character (a lone surrogate), which no text can hold';

/** More levels than anything that the schema takes, and few enough that no stack runs out. */
const maxDepth = 100;

/** Objects and their fields: many times a batch of 500 items, and few enough to be checked in a moment. */
const maxParts = 50_000;
/** Entries of one list of objects: each is checked against its type. */
const maxObjects = 5000;

/**
 * Refuses what cannot be stored, at any depth, in keys as well, and what is too deep or too much to be looked at.
 * Throws VALIDATION_ERROR.
 */
export function checkInput(name: string, value: unknown): void {
  let parts = 0;
  const check = (part: unknown, depth: number): void => {
    if (typeof part === 'string' && !isStorableText(part)) throw invalid(name, unstorableReason);
    if (typeof part !== 'object' || part === null) return;
    if (depth > maxDepth) throw invalid(name, 'is nested too deeply');
    if (Array.isArray(part)) {
      if (part.length > maxObjects && typeof part[0] === 'object')
        throw invalid(name, `has a list of more than ${maxObjects} objects`);
      for (const child of part) check(child, depth + 1);
      return;
    }
    const entries = Object.entries(part);
    parts += 1 + entries.length;
    if (parts > maxParts) throw invalid(name, `has more than ${maxParts} parts`);
    for (const [key, child] of entries) {
      if (!isStorableText(key)) throw invalid(name, unstorableReason);
      check(child, depth + 1);
    }
  };
  check(value, 0);
}
