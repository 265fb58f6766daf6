import { distance } from 'fastest-levenshtein';
import { type ApiError, invalid } from '../errors.ts';

const letters = (name: string): string => [...name.toLowerCase()].sort().join('');

/** How far two names are apart; letters in another order are one slip. */
const slips = (a: string, b: string): number =>
  letters(a) === letters(b) ? 1 : distance(a.toLowerCase(), b.toLowerCase());

/** No name is longer; what is, is like none. */
const longest = 64;

/** The known name that is most like an unknown one, if any is near. */
export function nearest(unknown: string, known: Iterable<string>): string | undefined {
  if (unknown.length > longest) return undefined;
  const near = [...known]
    .map((name) => ({ name, far: slips(unknown, name) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far);
  return near[0]?.name;
}

/** Why a key cannot be used: what it may mean, else which ones there are. `place` stands before it. */
export function unknownKeyError(key: string, known: Iterable<string>, place = ''): ApiError {
  const meant = nearest(key, known);
  const hint = meant === undefined ? `use ${[...known].join(', ')}` : `did you mean ${meant}?`;
  const name = key.length > longest ? `${key.slice(0, longest)}…` : key;
  return invalid(place + name, `is not known: ${hint}`);
}
