import { invalid } from '../../../errors.ts';
import { inexactReason, isExact } from '../../../limits/input.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** The custom fields of an item. */
export type Values = { [key: string]: Json };

const maxDepth = 5;

/** True for an object, which is what values are: neither a list nor null. */
export const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Refuses values nested deeper than 5 levels, and numbers that JavaScript cannot hold exactly. The database checks the
 * size of the merged values. Throws VALIDATION_ERROR.
 */
export function checkValues(value: Json, depth = 1): void {
  if (typeof value === 'number' && !isExact(value)) {
    throw invalid('values', inexactReason);
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > maxDepth)
    throw invalid('values', `must not be nested deeper than ${maxDepth} levels`);
  for (const child of Object.values(value)) checkValues(child, depth + 1);
}

/** Splits a change of values into keys to set and keys to remove, which are null. */
export function splitChange(change: Values): { set: Values; removed: string[] } {
  const removed = Object.keys(change).filter((key) => change[key] === null);
  if (removed.length === 0) return { set: change, removed };
  const kept = Object.entries(change).filter(([, value]) => value !== null);
  return { set: Object.fromEntries(kept), removed };
}
