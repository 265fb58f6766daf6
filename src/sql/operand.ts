import { invalid } from '../errors.ts';
import { fold, foldedName } from './fold.ts';

// Texts of requests are folded here only: one character can become 18, and the time of marks grows with their square.

/** Longer than any name, label, title, e-mail address or phone number. */
const maxOperand = 1000;

/** True for more than `max` characters: code points, as PostgreSQL counts them; `length` counts UTF-16 units. */
export const isLonger = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || [...text].length > max);

/** Returns a text that is folded or made a key, as it is. Throws VALIDATION_ERROR for one that is too long. */
export function checkedOperand(field: string, text: string, max = maxOperand): string {
  if (isLonger(text, max)) throw invalid(field, `must not be longer than ${max} characters`);
  return text;
}

/** An operand as search compares it. */
export const foldedOperand = (field: string, text: string, max?: number): string =>
  fold(checkedOperand(field, text, max));

/** An operand as names are compared. */
export const foldedNameOperand = (field: string, name: string): string =>
  foldedName(checkedOperand(field, name));
