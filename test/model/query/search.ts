import type { Json } from '../../../src/domain/items/write/values.ts';
import type { Row } from './query.ts';
import { memoize, textOf } from './value-types.ts';

/** Folds case and accents. */
const fold = memoize((text: string): string =>
  [...text.toLowerCase().normalize('NFKD')]
    .filter((char) => char < '\u0300' || char > '\u036f')
    .join('')
    .replaceAll('ς', 'σ'),
);

export const hasText = (text: string, part: string): boolean => fold(text).includes(fold(part));
export const startsWithText = (text: string, part: string): boolean =>
  fold(text).startsWith(fold(part));

/** The texts, numbers and booleans in a value at any depth, as text; keys are not searched. */
function leavesOf(value: Json): string[] {
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(leavesOf);
  const text = textOf(value);
  return text === undefined ? [] : [text];
}

export function matchesSearch({ title, values }: Row, search: string): boolean {
  const texts = [title, ...leavesOf(values)];
  const words = search.split(/\s/).filter((word) => word !== '');
  return words.every((word) => texts.some((text) => hasText(text, word)));
}
