import { distance } from 'fastest-levenshtein';

/** Longer names are not compared. */
export const maxNameLength = 64;

const sortLetters = (name: string): string => [...name].sort().join('');

/** The edit distance of two names, whatever their case; any change of the order of letters counts as one edit. */
export function editDistance(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return sortLetters(a) === sortLetters(b) ? 1 : distance(a, b);
}

/** Shorter names are parts of others by chance, and so are those that are less than half of the other. */
const minPartLength = 4;

const isPart = (part: string, name: string): boolean =>
  part.length >= Math.max(minPartLength, name.length / 2) &&
  name.toLowerCase().includes(part.toLowerCase());

/** Names as short as `in` and `nin` are one edit from many words, so the first letter must be that of the other. */
const isTooShort = (candidate: string, name: string): boolean =>
  candidate.length < 4 &&
  candidate[0]?.toLowerCase() !== name[0]?.toLowerCase() &&
  sortLetters(candidate.toLowerCase()) !== sortLetters(name.toLowerCase());

/**
 * The most similar of some names: it is one edit away, or as many as a third of its letters; or else one is half of the other or
 * more, as `cursor` of `next_cursor`.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxNameLength) return undefined;
  const byEdits = [...candidates]
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const isSimilar = ({ candidate, edits }: { candidate: string; edits: number }) =>
    edits <= Math.max(1, Math.floor(candidate.length / 3)) && !isTooShort(candidate, name);
  const nearest =
    byEdits.find(isSimilar) ??
    byEdits.find(({ candidate }) => isPart(candidate, name) || isPart(name, candidate));
  return nearest?.candidate;
}

/** `; did you mean title?`, for the most similar of some names; empty where none is. */
export function didYouMean(name: unknown, candidates: Iterable<string>): string {
  const nearest = typeof name === 'string' ? nearestName(name, candidates) : undefined;
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** The message about a value that is none of some choices. */
export const mustBeOneOf = (choices: readonly string[], value: unknown): string =>
  `must be one of ${choices.join(', ')}${didYouMean(value, choices)}`;
