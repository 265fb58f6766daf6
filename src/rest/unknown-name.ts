import { type ApiError, invalid } from '../errors.ts';
import { maxNameLength, nearestName } from '../limits/nearest-name.ts';

/** A VALIDATION_ERROR that suggests the nearest name, else lists all. `path` is what precedes the name in the body. */
export function unknownNameError(name: string, allowed: Iterable<string>, path = ''): ApiError {
  const nearest = nearestName(name, allowed);
  const list = [...allowed].join(', ');
  const known = list === '' ? 'there are no parameters here' : `use ${list}`;
  const hint = nearest === undefined ? known : `did you mean ${nearest}?`;
  const shown = name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name;
  return invalid(path + shown, `is not known: ${hint}`);
}
