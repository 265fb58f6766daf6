import type { Json } from '../../../src/domain/items/write/values.ts';
import type { Row } from './query.ts';
import { memoize, textOf } from './value-types.ts';

const letters: Readonly<Record<string, string>> = {
  ...{ ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd' },
  ...{
    '\u2018': "'",
    '\u2019': "'",
    '\u201c': '"',
    '\u201d': '"',
    '\u2013': '-',
    '\u2014': '-',
    '\u2044': '/',
  },
};

const isVisible = (char: string): boolean =>
  !/\p{Default_Ignorable_Code_Point}|[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0640]/u.test(char);

/** Folds the characters that the rows have: full case folding, accents, strokes, ligatures, what cannot be seen. */
export const fold = memoize((text: string): string =>
  [...text.toUpperCase().normalize('NFKD').toLowerCase().normalize('NFKD')]
    .filter(isVisible)
    .map((char) => letters[char] ?? char)
    .join('')
    .replaceAll('ς', 'σ'),
);

/** Folded, without outer white space, and with one space for white space inside. */
export const foldName = (name: string): string => fold(name).trim().replace(/\s+/g, ' ');

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
  const words = fold(search)
    .split(/\s/)
    .filter((word) => word !== '');
  return words.every((word) => texts.some((text) => hasText(text, word)));
}
