import { invalid } from '../errors.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** The custom fields of an item. */
export type Values = { [key: string]: Json };

const maxDepth = 5;
const maxBytes = 64 * 1024;

export const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Refuses values that cannot come back as they were written: deeper than 5 levels, over 64 KiB, or with a
 * number that JavaScript cannot hold exactly.
 */
export function checkValues(values: Values): void {
  checkLevel(values, 1);
  if (Buffer.byteLength(JSON.stringify(values)) > maxBytes)
    throw invalid('values', 'must not be over 64 KiB');
}

function checkLevel(value: Json, depth: number): void {
  if (typeof value === 'number' && !isExact(value)) {
    throw invalid('values', 'has a number that would lose digits; send it as a string');
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > maxDepth)
    throw invalid('values', `must not be nested deeper than ${maxDepth} levels`);
  for (const child of Object.values(value)) checkLevel(child, depth + 1);
}

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value));

/** A change of values taken apart: keys to set, and keys that null removes. */
export function splitChange(change: Values): { set: Values; removed: string[] } {
  const entries = Object.entries(change);
  return {
    set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    removed: entries.filter(([, value]) => value === null).map(([key]) => key),
  };
}
