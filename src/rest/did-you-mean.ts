import { distance } from 'fastest-levenshtein';
import { type ApiError, invalid } from '../errors.ts';

/** Longer names are not compared, and are shortened in messages. */
const maxNameLength = 64;

const sortLetters = (name: string): string => [...name].sort().join('');

/** The edit distance of two names, whatever their case; any change of the order of letters counts as one edit. */
export function editDistance(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return sortLetters(a) === sortLetters(b) ? 1 : distance(a, b);
}

/** Shorter names are parts of others by chance. */
const minPartLength = 4;

const isPart = (part: string, name: string): boolean =>
  part.length >= minPartLength && name.toLowerCase().includes(part.toLowerCase());

/**
 * The most similar of some names: at most a third of its letters differ, or else one is a part of the other, as in
 * `next_cursor` and `sort`.
 */
function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxNameLength) return undefined;
  const byEdits = [...candidates]
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const isSimilar = ({ candidate, edits }: { candidate: string; edits: number }) =>
    edits <= Math.max(1, Math.floor(candidate.length / 3));
  const nearest =
    byEdits.find(isSimilar) ??
    byEdits.find(({ candidate }) => isPart(candidate, name) || isPart(name, candidate));
  return nearest?.candidate;
}

/** A VALIDATION_ERROR that suggests the nearest name, else lists all. `path` is what precedes the name in the body. */
export function unknownNameError(name: string, allowed: Iterable<string>, path = ''): ApiError {
  const nearest = nearestName(name, allowed);
  const list = [...allowed].join(', ');
  const known = list === '' ? 'there are no parameters here' : `use ${list}`;
  const hint = nearest === undefined ? known : `did you mean ${nearest}?`;
  const shown = name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name;
  return invalid(path + shown, `is not known: ${hint}`);
}
