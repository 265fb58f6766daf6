import { distance } from 'fastest-levenshtein';
import { type ApiError, invalid } from '../errors.ts';

/** Longer names are not compared, and are shortened in messages. */
const maxNameLength = 64;

const sortLetters = (name: string): string => [...name.toLowerCase()].sort().join('');

/** The edit distance of two names; any change of the order of letters counts as one edit. */
const editDistance = (a: string, b: string): number =>
  sortLetters(a) === sortLetters(b) ? 1 : distance(a.toLowerCase(), b.toLowerCase());

/** The most similar of some names; undefined if more than a third of its letters differ. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxNameLength) return undefined;
  const [nearest] = [...candidates]
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return nearest?.candidate;
}

/** A VALIDATION_ERROR that suggests the nearest name, else lists all. `path` is what precedes the name in the body. */
export function unknownNameError(name: string, allowed: Iterable<string>, path = ''): ApiError {
  const nearest = nearestName(name, allowed);
  const hint =
    nearest === undefined ? `use ${[...allowed].join(', ')}` : `did you mean ${nearest}?`;
  const shown = name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name;
  return invalid(path + shown, `is not known: ${hint}`);
}
